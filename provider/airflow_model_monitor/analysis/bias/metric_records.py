"""The CloudWatch metrics of a bias run, named and dimensioned as AWS documents them."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf
from typing import Final

from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_config import BiasStage
from airflow_model_monitor.contract.metric_record import MetricRecord

ENDPOINT_NAMESPACE: Final = "aws/sagemaker/Endpoints/bias-metrics"
BATCH_NAMESPACE: Final = "aws/sagemaker/ModelMonitoring/bias-metrics"
INFINITY: Final = 2.348543e108
"""What stands for infinity, which CloudWatch refuses."""
_STAGE_NAMES: Final[dict[BiasStage, str]] = {
    "pre_training_bias": "Pre-training",
    "post_training_bias": "Post-Training",  # the two spellings are AWS's
}


def namespace(context: MetricContext) -> str:
    """Where the metrics of a run are published: an endpoint's, or those of batch transform jobs."""
    return ENDPOINT_NAMESPACE if context.endpoint else BATCH_NAMESPACE


def metric_records(report: AnalysisReport, context: MetricContext) -> tuple[MetricRecord, ...]:
    """One metric ``bias_metric_<name>`` for each value of the report; metrics without a value are left out."""
    return tuple(record for stage in _STAGE_NAMES for record in _of_stage(report, stage, context))


def _of_stage(report: AnalysisReport, stage: BiasStage, context: MetricContext) -> Iterator[MetricRecord]:
    section = report.bias(stage)
    if section is None:
        return
    for facet, _, group in section.groups():
        dimensions = {
            **context.dimensions,
            "BiasStage": _STAGE_NAMES[stage],
            "Label": section.label,
            "LabelValue": section.label_value_or_threshold,
            "Facet": facet,
            "FacetValue": group.value_or_threshold,
        }
        for metric in group.metrics:
            if metric.value is not None:
                value = _publishable(float(metric.value))
                yield MetricRecord(f"bias_metric_{metric.name}", context.timestamp, dimensions, value=value)


def _publishable(value: float) -> float:
    if not isinf(value):
        return value
    return INFINITY if value > 0 else -INFINITY
