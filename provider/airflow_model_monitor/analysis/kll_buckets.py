"""The ten equal-width buckets the original draws from a sketch."""

from __future__ import annotations

from itertools import pairwise
from math import isnan
from typing import Final

import numpy as np

from airflow_model_monitor.analysis.kll_sketch import KllSketch
from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.contract.statistics import Bucket

BUCKETS: Final = 10

# Where the original's search for the extremes starts: the largest and the smallest 32-bit integer.
_FIRST_MINIMUM, _FIRST_MAXIMUM = 2147483647.0, -2147483648.0


def buckets_of(
    sketch: KllSketch, minimum: float, maximum: float, compatibility: Compatibility = SAGEMAKER
) -> tuple[Bucket, ...]:
    """Ten buckets between the extremes; counts are weights of the sketch's items, so approximate beyond its capacity.

    The original looks for the extremes from the 32-bit integers inwards: of a column entirely above 2,147,483,647 (or
    below -2,147,483,648) that number is the lower (the upper) bound. ``corrected`` takes the true one.

    :param minimum: least value of the column
    :param maximum: greatest value of the column
    """
    if compatibility == SAGEMAKER:
        minimum, maximum = min(minimum, _FIRST_MINIMUM), max(maximum, _FIRST_MAXIMUM)
    levels = sketch.levels
    items = np.concatenate(levels)
    weights = np.repeat([1 << level for level in range(len(levels))], [len(level) for level in levels])
    order = np.argsort(items, kind="stable")
    items, running = items[order], np.concatenate(([0], np.cumsum(weights[order])))

    def weight_up_to(bound: float, *, inclusive: bool) -> int:
        if isnan(bound):
            return int(running[-1]) if inclusive else 0
        return int(running[np.searchsorted(items, bound, side="right" if inclusive else "left")])

    with np.errstate(over="ignore", invalid="ignore"):
        bounds = [minimum + (maximum - minimum) * i / BUCKETS for i in range(BUCKETS + 1)]
    return tuple(
        Bucket(
            lower,
            upper,
            float(weight_up_to(upper, inclusive=i == BUCKETS - 1) - weight_up_to(lower, inclusive=False)),
        )
        for i, (lower, upper) in enumerate(pairwise(bounds))
    )
