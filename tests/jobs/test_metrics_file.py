from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airflow_model_monitor.contract.environment import AnalyzerEnvironment
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.metrics_file import metric_context

WINDOW = "2023-02-13T21:00:00Z"
ENDPOINT = {
    "dataset_source": "/opt/ml/processing/input_data",
    "dataset_format": '{"sagemakerMergeJson":{"captureIndexNames":["endpointOutput"]}}',
    "baseline_constraints": "/opt/ml/processing/baseline/constraints/constraints.json",
    "publish_cloudwatch_metrics": "Enabled",
    "monitoring_input_type": "ENDPOINT_INPUT",
    "sagemaker_endpoint_name": "flights",
    "sagemaker_monitoring_schedule_name": "hourly",
    "metric_time": WINDOW,
}
BATCH = {**ENDPOINT, "monitoring_input_type": "BATCH_TRANSFORM_INPUT", "sagemaker_endpoint_name": ""}


def context(variables):
    try:
        return metric_context(AnalyzerEnvironment.from_mapping(variables))
    except ContractError as error:
        return error.field


def test_an_endpoint():
    found = context(ENDPOINT)

    assert (found.endpoint, found.schedule, found.timestamp) == (
        "flights",
        "hourly",
        datetime(2023, 2, 13, 21, tzinfo=UTC),
    )
    assert found.dimensions == {"Endpoint": "flights", "MonitoringSchedule": "hourly"}


def test_a_batch_has_no_endpoint():
    assert context(BATCH).dimensions == {"MonitoringSchedule": "hourly"}


@pytest.mark.parametrize("kind", ["ENDPOINT_INPUT", ""])
def test_an_endpoint_without_its_name(kind):
    assert context({**BATCH, "monitoring_input_type": kind}) == "sagemaker_endpoint_name"


@pytest.mark.parametrize("missing", ["sagemaker_monitoring_schedule_name", "metric_time"])
def test_a_batch_needs_the_others(missing):
    assert context({**BATCH, missing: ""}) == missing


def test_no_metrics_asked_for():
    assert context({**ENDPOINT, "publish_cloudwatch_metrics": "Disabled"}) is None
    assert context({**ENDPOINT, "baseline_constraints": ""}) is None
