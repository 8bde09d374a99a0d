"""The executions of each monitor that a plan makes, and the windows they look at."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor import Monitor
from airflow_model_monitor.service.monitoring_input import BatchTransformInput, EndpointInput
from airflow_model_monitor.service.planner import plan
from airflow_model_monitor.service.schedule_config import ScheduleConfig

ANALYZER = "777275614652.dkr.ecr.us-east-2.amazonaws.com/sagemaker-model-monitor-analyzer"
SCHEDULED = datetime(2021, 5, 6, 23, tzinfo=UTC)
MONITOR = Monitor(
    name="hourly",
    definition=JobDefinition(
        monitoring_type="DataQuality", source=EndpointInput(endpoint="churn"), output_uri="s3://b/reports"
    ),
    captured_data_uri="s3://b/c",
)


@pytest.mark.parametrize(
    ("timing", "scheduled", "start"),
    [
        (ScheduleConfig("cron(0 * ? * * *)"), SCHEDULED, "2021-05-06T22:00:00Z"),
        (ScheduleConfig("cron(0 23 ? * * *)"), SCHEDULED, "2021-05-05T23:00:00Z"),
        (ScheduleConfig("cron(0 5/6 ? * * *)"), SCHEDULED, "2021-05-06T17:00:00Z"),
        (ScheduleConfig("cron(0 23/6 ? * * *)"), SCHEDULED, "2021-05-05T23:00:00Z"),
        (None, SCHEDULED, "2021-05-05T23:00:00Z"),
        (ScheduleConfig("NOW", "-PT3H", "-PT0H"), SCHEDULED, "2021-05-06T20:00:00Z"),
    ],
)
def test_the_window_is_the_time_since_the_last_execution(
    timing: ScheduleConfig | None, scheduled: datetime, start: str
) -> None:
    analysis = plan(dataclasses.replace(MONITOR, timing=timing), scheduled).analysis
    assert (analysis.environment["start_time"], analysis.environment["end_time"]) == (start, "2021-05-06T23:00:00Z")


def test_now_comes_at_any_minute() -> None:
    timing = ScheduleConfig("NOW", "-PT1H", "-PT0H")
    analysis = plan(dataclasses.replace(MONITOR, timing=timing), SCHEDULED + timedelta(minutes=21)).analysis
    assert analysis.environment["start_time"] == "2021-05-06T22:00:00Z"
    assert analysis.environment["end_time"] == "2021-05-07T00:00:00Z"
    assert analysis.outputs[0].uri.endswith("/2021/05/06/23")


def test_data_quality_is_one_job() -> None:
    """As a job of 2023 shows it: ``data-quality.md`` lists its variables, inputs and folders."""
    definition = JobDefinition(
        monitoring_type="DataQuality",
        source=EndpointInput(endpoint="churn", exclude_features_attribute="id"),
        output_uri="s3://b/reports",
        baseline_constraints="s3://b/baseline/constraints.json",
        baseline_statistics="s3://b/baseline/statistics.json",
        record_preprocessor_script="s3://b/code/pre.py",
        image_uri=ANALYZER,
    )
    merge, analysis = plan(Monitor(name="hourly", definition=definition, captured_data_uri="s3://b/c"), SCHEDULED)
    assert merge is None
    assert analysis.job_name.startswith("model-monitoring-202105062300-")
    assert dict(analysis.environment) == {
        "baseline_constraints": "/opt/ml/processing/baseline/constraints/constraints.json",
        "baseline_statistics": "/opt/ml/processing/baseline/stats/statistics.json",
        "dataset_format": '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}',
        "dataset_source": "/opt/ml/processing/input/endpoint",
        "start_time": "2021-05-06T22:00:00Z",
        "end_time": "2021-05-06T23:00:00Z",
        "metric_time": "2021-05-06T22:00:00Z",
        "monitoring_input_type": "ENDPOINT_INPUT",
        "output_path": "/opt/ml/processing/output",
        "publish_cloudwatch_metrics": "Enabled",
        "record_preprocessor_script": "/opt/ml/processing/code/preprocessing/pre.py",
        "sagemaker_endpoint_name": "churn",
        "sagemaker_monitoring_schedule_name": "hourly",
        "exclude_features_attribute": "id",
    }
    assert {one.name: one.local_path for one in analysis.inputs} == {
        "baseline": "/opt/ml/processing/baseline/stats",
        "constraints": "/opt/ml/processing/baseline/constraints",
        "endpoint_input_1": "/opt/ml/processing/input/endpoint/churn/AllTraffic/2021/05/06/22",
        "pre_processor_script": "/opt/ml/processing/code/preprocessing",
    }
    (output,) = analysis.outputs
    assert (output.name, output.uri) == ("result", "s3://b/reports/churn/hourly/2021/05/06/23")
    assert output.upload_mode == "Continuous"


def test_data_quality_of_batch_transform_judges_what_was_sent() -> None:
    definition = JobDefinition(
        monitoring_type="DataQuality",
        source=BatchTransformInput(captured_data_uri="s3://b/capture", dataset_format=Csv(header=True)),
        output_uri="s3://b/reports",
        baselining_job_name="baseline-1",
    )
    monitor = Monitor(name="hourly", definition=definition, baselining_output_uri="s3://b/baseline/")
    analysis = plan(monitor, SCHEDULED).analysis
    assert [(one.name, one.uri) for one in analysis.inputs] == [
        ("endpoint_input_1", "s3://b/capture/input/2021/05/06/22"),
        ("baseline", "s3://b/baseline/statistics.json"),
        ("constraints", "s3://b/baseline/constraints.json"),
    ]
    assert analysis.environment["dataset_format"] == '{"csv": {"header": true, "output_columns_position": "START"}}'
    assert analysis.environment["monitoring_input_type"] == "BATCH_TRANSFORM_INPUT"
    assert analysis.outputs[0].uri == "s3://b/reports/hourly/2021/05/06/23"


def clarify(monitoring_type: Any, **further: Any) -> Monitor:
    definition = JobDefinition(
        monitoring_type=monitoring_type,
        source=EndpointInput(endpoint="churn", features_attribute="x", probability_attribute="0"),
        config_uri="s3://b/cfg/analysis_config.json",
        output_uri="s3://b/reports",
        baselining_job_name="baseline-1",
        **further,
    )
    return Monitor(
        name="hourly", definition=definition, captured_data_uri="s3://b/c", baselining_output_uri="s3://b/baseline"
    )


def test_bias_is_judged_on_what_was_merged() -> None:
    merge, analysis = plan(clarify("ModelBias", ground_truth_uri="s3://b/labels"), SCHEDULED)
    assert merge is not None
    assert [one.uri for one in merge.inputs] == [
        "s3://b/labels/2021/05/06/22",
        "s3://b/c/churn/AllTraffic/2021/05/06/22",
    ]
    assert [one.uri for one in analysis.inputs] == [
        "s3://b/reports/merge/churn/AllTraffic/2021/05/06/22",
        "s3://b/cfg/analysis_config.json",
        "s3://b/baseline/analysis.json",
    ]
    assert analysis.environment["analysis_type"] == "MODEL_BIAS"
    assert merge.job_name.rsplit("-", 1)[-1] == analysis.job_name.rsplit("-", 1)[-1]


def test_explainability_reads_requests() -> None:
    (analysis,) = plan(clarify("ModelExplainability"), SCHEDULED).jobs
    assert analysis.inputs[0].uri == "s3://b/c/churn/AllTraffic/2021/05/06/22"
    assert analysis.environment["features_attribute"] == "x"
    source = BatchTransformInput(captured_data_uri="s3://b/capture", dataset_format=Csv(header=False))
    batch = dataclasses.replace(clarify("ModelExplainability").definition, source=source)
    monitor = Monitor(name="daily", definition=batch, timing=None, baselining_output_uri="s3://b/baseline")
    (analysis,) = plan(monitor, datetime(2021, 5, 7, tzinfo=UTC)).jobs
    assert analysis.inputs[0].uri == "s3://b/capture/input/2021/05/06"
