"""Conditional demographic disparity, of labels (CDDL) and of predicted labels (CDDPL)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.bias.facet_sample import BoolArray, FacetSample
from airflow_model_monitor.analysis.bias.metric_error import MetricError


def disparity_in_labels(sample: FacetSample) -> float:
    """CDDL, in [-1, 1]: within the subgroups of the group variable, is the sensitive group's share of the rejected
    larger than its share of the accepted? Mean over subgroups, weighted by rows."""
    return _disparity(sample, sample.observed)


def disparity_in_predicted_labels(sample: FacetSample) -> float:
    """CDDPL, in [-1, 1]: CDDL of the predicted labels."""
    assert sample.predicted is not None
    return _disparity(sample, sample.predicted)


def _disparity(sample: FacetSample, positive: BoolArray) -> float:
    if sample.groups is None or not len(sample.groups) or int(sample.groups.max()) < 0:
        raise MetricError("Group variable is empty or not provided")
    if not positive.any():
        raise MetricError("No positive labels in set")
    if positive.all():
        raise MetricError("No negative labels in set")
    known = sample.groups >= 0
    kinds = 4 * sample.groups + 2 * positive + sample.sensitive
    counts = np.bincount(kinds if known.all() else kinds[known], minlength=4 * (int(sample.groups.max()) + 1))
    by_group = counts.reshape(-1, 2, 2)  # subgroup, rejected | accepted, other | sensitive
    rows = by_group.sum(axis=2)
    shares = np.divide(by_group[:, :, 1], rows, out=np.zeros(rows.shape), where=rows > 0)
    sizes: NDArray[np.intp] = rows.sum(axis=1)
    return float(np.sum(sizes * (shares[:, 0] - shares[:, 1])) / np.sum(sizes))
