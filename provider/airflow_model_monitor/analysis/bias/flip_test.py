"""The flip test (FT): do rows of the sensitive group get the outcome their look-alikes of the other group get?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.bias.column_values import Column
from airflow_model_monitor.analysis.bias.facet_sample import BoolArray, FacetSample
from airflow_model_monitor.analysis.bias.metric_error import MetricError
from airflow_model_monitor.analysis.bias.nearest_votes import NearestVotes

NEIGHBOURS: Final = 5
FEW_ROWS: Final = 9
"""Up to so many rows of the other group, the one nearest row decides alone."""
_LARGEST: Final = 1e150


def flip_test(sample: FacetSample) -> float:
    """FT as the original computes it, in [-1, 1]: rows flipped to the unfavourable outcome minus rows flipped to the
    favourable one, over the sensitive group's rows. AWS's documentation has the opposite sign."""
    if sample.flips is None:
        raise MetricError("There are no features to find similar rows by")
    from_positive, from_negative = sample.flips()
    return (from_positive - from_negative) / sample.disadvantaged.rows


def documented_flip_test(sample: FacetSample) -> float:
    """FT with the sign AWS's documentation gives it, in [-1, 1]: positive when look-alikes fare better."""
    return 0.0 - flip_test(sample)


def count_flips(
    features: Mapping[str, Column], sensitive: BoolArray, predicted: BoolArray, *, threads: int = 1
) -> tuple[int, int]:
    """Sensitive rows whose look-alikes (k nearest rows of the other group, features unscaled) fare otherwise.

    :param features: columns as :func:`narrow` returns them, without facet and labels
    :param predicted: row is predicted to have the favourable label
    :return: (predicted positive, look-alikes mostly negative), (predicted negative, look-alikes mostly positive)
    :raises MetricError: a feature that is no number everywhere
    """
    points = _matrix(features, ~sensitive)
    neighbours = 1 if len(points) <= FEW_ROWS else NEIGHBOURS
    votes = NearestVotes(points, predicted[~sensitive], neighbours, threads=threads)
    alike = votes.majority(_matrix(features, sensitive))
    own = predicted[sensitive]
    return int(np.count_nonzero(own & ~alike)), int(np.count_nonzero(~own & alike))


def _matrix(features: Mapping[str, Column], rows: BoolArray) -> NDArray[np.float64]:
    if not features:
        raise MetricError("There are no features to find similar rows by")
    if any(column.dtype.kind not in "biuf" for column in features.values()):
        raise MetricError("FlipTest does not support non-numeric columns")
    result = np.empty((int(np.count_nonzero(rows)), len(features)))
    for index, (name, column) in enumerate(features.items()):
        result[:, index] = column[rows]
        if not np.isfinite(result[:, index]).all():
            raise MetricError(f"FlipTest does not support missing or infinite values: feature {name!r}")
        if (np.abs(result[:, index]) > _LARGEST).any():
            raise MetricError(f"FlipTest does not support values whose squares are infinite: feature {name!r}")
    return result
