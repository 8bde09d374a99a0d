"""The CloudWatch metrics of a model quality run, named and dimensioned as AWS's own alarms expect them."""

from __future__ import annotations

from math import isfinite
from typing import Final

from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.metric_record import MetricRecord
from airflow_model_monitor.contract.model_quality_statistics import ModelQualityStatistics

MODEL_METRICS_NAMESPACE: Final = "aws/sagemaker/Endpoints/model-metrics"
"""Where the original publishes the metrics of an endpoint."""
BATCH_MODEL_METRICS_NAMESPACE: Final = "aws/sagemaker/ModelMonitoring/model-metrics"
"""Where the original publishes the metrics of batch transform jobs."""
VIOLATIONS_METRIC: Final = "total_number_of_violations"


def model_metrics_namespace(context: MetricContext) -> str:
    """The namespace of an execution's metrics: batch transform jobs have one of their own."""
    return BATCH_MODEL_METRICS_NAMESPACE if context.endpoint is None else MODEL_METRICS_NAMESPACE


def metric_records(
    statistics: ModelQualityStatistics,
    violations: int | None,
    context: MetricContext,
    *,
    generation: Generation = NEWEST,
) -> tuple[MetricRecord, ...]:
    """One metric per single number, under its name in the files, in their order.

    Deviations, curves and matrices are not published, and neither are infinite and NaN values, which CloudWatch cannot
    take.

    :param violations: how many there are; None without a baseline
    :param generation: from 2023 on there are ``au_prc`` and ``total_number_of_violations``
    """
    values = dict(statistics.scalars(generation))
    if violations is not None and generation.counts_violations:
        values[VIOLATIONS_METRIC] = float(violations)
    return tuple(
        MetricRecord(name, context.timestamp, context.dimensions, value=value)
        for name, value in values.items()
        if isfinite(value)
    )
