"""Differences between the groups in a rate of right predictions: AD, DAR, DRR, RD, SD, each in [-1, 1]."""

from __future__ import annotations

from airflow_model_monitor.analysis.bias.division import divide
from airflow_model_monitor.analysis.bias.facet_sample import FacetSample


def accuracy_difference(sample: FacetSample) -> float:
    """AD: share of right predictions, of the others minus of the sensitive group."""
    first, second = (
        divide(group.true_positives + group.true_negatives, group.rows)
        for group in (sample.advantaged, sample.disadvantaged)
    )
    return first - second


def acceptance_rate_difference(sample: FacetSample) -> float:
    """DAR: share of the predicted positives that are positive, of the others minus of the sensitive group."""
    first, second = (
        divide(group.true_positives, group.predicted_positives) for group in (sample.advantaged, sample.disadvantaged)
    )
    return first - second


def rejection_rate_difference(sample: FacetSample) -> float:
    """DRR: share of the predicted negatives that are negative, of the sensitive group minus of the others."""
    first, second = (
        divide(group.true_negatives, group.predicted_negatives) for group in (sample.disadvantaged, sample.advantaged)
    )
    return first - second


def recall_difference(sample: FacetSample) -> float:
    """RD: share of the positives found, of the others minus of the sensitive group."""
    first, second = (
        divide(group.true_positives, group.positives) for group in (sample.advantaged, sample.disadvantaged)
    )
    return first - second


def specificity_difference(sample: FacetSample) -> float:
    """SD: share of the negatives found, of the sensitive group minus of the others."""
    first, second = (
        divide(group.true_negatives, group.negatives) for group in (sample.disadvantaged, sample.advantaged)
    )
    return first - second
