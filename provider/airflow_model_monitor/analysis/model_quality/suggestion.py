"""Constraints suggested from how well a model does now."""

from __future__ import annotations

from airflow_model_monitor.contract.model_quality_constraints import (
    CONSTRAINED_METRICS,
    MetricConstraint,
    ModelQualityConstraints,
)
from airflow_model_monitor.contract.model_quality_statistics import ModelQualityStatistics


def suggest_constraints(statistics: ModelQualityStatistics) -> ModelQualityConstraints:
    """Suggest that the model do at least as well from now on: each threshold is today's value, without a margin.

    A metric there is none of, such as ``auc`` without probabilities, gets no constraint.
    """
    return ModelQualityConstraints(
        statistics.problem_type,
        {
            name: MetricConstraint(statistics.metrics[name].value, operator)
            for name, operator in CONSTRAINED_METRICS[statistics.problem_type].items()
            if name in statistics.metrics
        },
    )
