"""The largest gap between two cumulative distributions, each known by its KLL sketch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.drift.linfinity import comparable
from airflow_model_monitor.contract.monitoring_config import ComparisonMethod
from airflow_model_monitor.contract.statistics import Doubles

SketchLevels = Sequence[Doubles]


@dataclass(frozen=True, slots=True)
class RankMap:
    """Distinct values of a sketch, ascending, and how much weight lies at or below each."""

    values: NDArray[np.float64]
    ranks: NDArray[np.int64]

    @property
    def total(self) -> float:
        return float(self.ranks[-1])

    def shares(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the weight at or below each of the given values."""
        ranks = np.concatenate((np.zeros(1, dtype=np.int64), self.ranks))
        below: NDArray[np.float64] = ranks[np.searchsorted(self.values, at, side="right")] / self.total
        return below


def rank_map(levels: SketchLevels, *, count_repeats: bool) -> RankMap | None:
    """Lay out a sketch as a cumulative distribution; None for an empty one.

    An item on level ``h`` stands for ``2**h`` values. The original puts sorted items into a map keyed by value, where
    equal values overwrite each other: of each distinct value only the item of the highest level survives. A column of
    few distinct values thus looks like a sample of a few rows, which no threshold can tell from another.

    :param levels: the sketch's buffers, level 0 first (``kll.sketch.data`` of a statistics file)
    :param count_repeats: False reproduces that loss, True adds the weights of equal values up
    """
    values = np.concatenate([np.asarray(level, dtype=np.float64) for level in levels] or [np.empty(0)])
    if not values.size:
        return None
    weights = np.repeat(np.left_shift(1, np.arange(len(levels), dtype=np.int64)), [len(level) for level in levels])
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    # NaN sorts last and, against IEEE, equals itself here: it is one value like any other.
    starts = np.concatenate(([True], (values[1:] != values[:-1]) & ~(np.isnan(values[1:]) & np.isnan(values[:-1]))))
    first = np.flatnonzero(starts)
    if count_repeats:
        weights = np.add.reduceat(weights, first)
    else:
        weights = weights[np.concatenate((first[1:], [len(values)])) - 1]
    return RankMap(values[first], np.cumsum(weights))


def numeric_linfinity(
    current: SketchLevels, baseline: SketchLevels, method: ComparisonMethod = "Robust", *, count_repeats: bool
) -> float | None:
    """Distance of two numeric columns, 0 to 1; None when one of them has no values.

    :param current: levels of the current data's sketch
    :param baseline: levels of the baseline's sketch
    :param method: ``Robust`` corrects for small samples, ``Simple`` does not
    :param count_repeats: False as the original (see :func:`rank_map`), True for the distance it means to compute
    """
    one = rank_map(current, count_repeats=count_repeats)
    other = rank_map(baseline, count_repeats=count_repeats)
    if one is None or other is None:
        return None
    values = np.union1d(one.values, other.values)
    gap = float(np.max(np.abs(one.shares(values) - other.shares(values))))
    return comparable(gap, one.total, other.total, method)
