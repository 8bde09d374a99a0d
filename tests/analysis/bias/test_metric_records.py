from __future__ import annotations

from datetime import UTC, datetime
from math import inf

import pytest

from airflow_model_monitor.analysis.bias import namespace
from airflow_model_monitor.analysis.bias.metric_records import metric_records
from airflow_model_monitor.analysis.metric_records import MetricContext
from tests.analysis.bias.samples import report

HOUR = datetime(2026, 11, 24, 22, tzinfo=UTC)
CONTEXT = MetricContext("churn", "hourly", HOUR)


def test_name_and_dimensions() -> None:
    (record,) = metric_records(report(0.5, name="TE"), CONTEXT)
    assert (record.metric_name, record.value, record.timestamp) == ("bias_metric_TE", 0.5, HOUR)
    assert record.dimensions == {
        "Endpoint": "churn",
        "MonitoringSchedule": "hourly",
        "BiasStage": "Post-Training",
        "Label": "y",
        "LabelValue": "1",
        "Facet": "sex",
        "FacetValue": "0",
    }


@pytest.mark.parametrize(("value", "published"), [(inf, 2.348543e108), (-inf, -2.348543e108), (0, 0.0)])
def test_infinity_has_a_number(value: float, published: float) -> None:
    (record,) = metric_records(report(value), CONTEXT)
    assert record.value == published
    assert record.to_json_line()


def test_a_metric_without_a_value_is_not_published() -> None:
    assert metric_records(report(None), CONTEXT) == ()


def test_batch_transform_has_a_namespace_of_its_own() -> None:
    assert namespace(CONTEXT) == "aws/sagemaker/Endpoints/bias-metrics"
    batch = MetricContext(None, "hourly", HOUR)
    assert namespace(batch) == "aws/sagemaker/ModelMonitoring/bias-metrics"
    assert "Endpoint" not in metric_records(report(0.5), batch)[0].dimensions
