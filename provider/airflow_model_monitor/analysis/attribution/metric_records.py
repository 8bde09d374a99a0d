"""The CloudWatch metrics of an explainability run, named and dimensioned as AWS's own alarms expect them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract.explanations import Explanations, LabelExplanation
from airflow_model_monitor.contract.metric_record import MetricRecord

ENDPOINT_NAMESPACE: Final = "aws/sagemaker/Endpoints/explainability-metrics"
BATCH_NAMESPACE: Final = "aws/sagemaker/ModelMonitoring/explainability-metrics"


def metric_records(explanations: Explanations, context: MetricContext) -> tuple[MetricRecord, ...]:
    """Per label ``feature_<name>``, the global SHAP value of each feature, then ``ExpectedValue``.

    :param explanations: of the live data
    :param context: what the metrics are about; without an endpoint they have no such dimension
    """
    return tuple(
        record for label, found in explanations.kernel_shap.items() for record in _of_label(label, found, context)
    )


def _of_label(label: str, found: LabelExplanation, context: MetricContext) -> Iterator[MetricRecord]:
    shared = {**context.dimensions, "ExplainabilityMethod": "KernelShap", "Label": label}
    for feature, value in found.global_shap_values.items():
        yield MetricRecord(
            f"feature_{feature}", context.timestamp, {**shared, "ValueType": "GlobalShapValues"}, value=value
        )
    yield MetricRecord(
        "ExpectedValue", context.timestamp, {**shared, "ValueType": "ExpectedValue"}, value=found.expected_value
    )
