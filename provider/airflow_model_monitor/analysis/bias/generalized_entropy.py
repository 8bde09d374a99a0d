"""Inequality of benefits over all rows, whatever their group: GE."""

from __future__ import annotations

from airflow_model_monitor.analysis.bias.facet_sample import FacetSample
from airflow_model_monitor.analysis.bias.metric_error import MetricError


def generalized_entropy(sample: FacetSample) -> float:
    """GE (alpha = 2), at least 0: a row's benefit is 2 when wrongly accepted, 0 when wrongly rejected, else 1."""
    rows = sample.rows
    wrongly_accepted = sample.advantaged.false_positives + sample.disadvantaged.false_positives
    wrongly_rejected = sample.advantaged.false_negatives + sample.disadvantaged.false_negatives
    if not rows:
        raise MetricError("There are no rows")
    mean = (rows - wrongly_rejected + wrongly_accepted) / rows
    if mean == 0:
        raise MetricError("Every prediction is a false negative: the mean benefit is 0")
    right = rows - wrongly_rejected - wrongly_accepted
    total = right * ((1 / mean) ** 2 - 1) + wrongly_accepted * ((2 / mean) ** 2 - 1) - wrongly_rejected
    return total / (2 * rows)
