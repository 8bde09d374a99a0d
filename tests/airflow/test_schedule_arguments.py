"""What can be said of a monitoring schedule, and what is refused while the DAG is parsed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_model_monitor.links.monitoring_schedule import MonitoringScheduleLink, schedule_page
from airflow_model_monitor.operators.create_monitoring_schedule import CreateMonitoringScheduleOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from tests.local_aws import ROLE

MONITOR: dict[str, Any] = {
    "task_id": "create",
    "monitoring_schedule_name": "churn-monitor",
    "endpoint_input": "churn-endpoint",
    "output_uri": "s3://ml-bucket/reports",
    "schedule_expression": "cron(0 * ? * * *)",
    "role_arn": ROLE,
}
BIAS = {"label_values_or_threshold": [1], "facet": [{"name_or_index": "age"}]}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"monitoring_schedule_name": "churn_v2"}, "monitoring_schedule_name: 'churn_v2'"),
        ({"monitoring_type": "Drift"}, "monitoring_type='Drift'"),
        ({"if_exists": "replace"}, "if_exists='replace': expected one of 'update', 'skip', 'fail'"),
        ({"runtime": "spark"}, "runtime='spark'"),
        ({"runtime": "worker"}, "runtime='worker', store_uri=None"),
        ({"store_uri": "/store"}, "runtime='sagemaker', store_uri='/store'"),
        ({"endpoint_input": None}, "say what the monitor watches"),
        ({"batch_transform_input": {"DataCapturedDestinationS3Uri": "s3://b/c"}}, "give one of the two"),
        ({"output_uri": None}, "output_uri=None"),
        ({"output_uri": "/reports"}, 'output_uri: .* runtime="worker"'),
        ({"role_arn": None}, "role_arn"),
        ({"role_arn": "MonitorRole"}, "arn:aws:iam::111122223333:role/MonitorRole"),
        ({"schedule_expression": "0 * * * *"}, r"did you mean 'cron\(0 \* \? \* \* \*\)'"),
        ({"schedule_expression": "NOW"}, "'NOW' needs both ends"),
        ({"schedule_expression": None, "data_analysis_start_time": "-PT1H"}, "schedule_expression"),
        ({"max_runtime_in_seconds": 7200}, "max_runtime_in_seconds: 7200; allowed are 1 to 3600"),
        ({"instance_type": "m5.xlarge"}, "instance_type"),
        ({"environment": {"a-b": "1"}}, "environment: name"),
        ({"environment": {"a": 1}}, r"environment\['a'\]=1: variables are texts; give '1'"),
        ({"ground_truth_input": "s3://b/labels"}, "ground_truth_uri"),
        ({"monitoring_type": "ModelQuality"}, "ground_truth_uri: None"),
        ({"monitoring_type": "ModelBias", "ground_truth_input": "s3://b/labels"}, "bias_config"),
        ({"bias_config": BIAS}, "it is for monitoring_type='ModelBias'"),
        ({"captured_data_uri": "s3://b/c"}, "it is for runtime='worker'"),
        ({"inline": True, "monitoring_type": "ModelBias"}, "leave inline out"),
        ({"baseline_uri": "s3://b/x", "constraints": "s3://b/y"}, "give the folder or the files"),
        ({"constraints": object()}, "file_s3_uri"),
        ({"waiter_max_attempts": 0}, "waiter_max_attempts=0"),
        ({"tags": "team"}, "expected a mapping"),
    ],
)
def test_what_could_only_fail_at_night_is_refused_by_name_and_value(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CreateMonitoringScheduleOperator(**{**MONITOR, **changed})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"captured_data_uri": None}, "captured_data_uri: None"),
        ({"record_preprocessor_script": "/p.py"}, "enable_scripts=True"),
        ({"image_uri": "111122223333.dkr.ecr.us-west-2.amazonaws.com/mine:1"}, "image_uri"),
        ({"container_arguments": ["--x"]}, "container_arguments"),
        ({"max_runtime_in_seconds": 7200}, "max_runtime_in_seconds"),
    ],
)
def test_so_is_what_a_worker_cannot_do(changed: dict[str, Any], message: str) -> None:
    worker = {"runtime": "worker", "store_uri": "/store", "captured_data_uri": "/captures"}
    with pytest.raises(ValueError, match=message):
        CreateMonitoringScheduleOperator(**{**MONITOR, **worker, **changed})


def test_templates_are_looked_at_when_they_are_rendered() -> None:
    CreateMonitoringScheduleOperator(
        **{
            **MONITOR,
            "monitoring_schedule_name": "{{ params.name }}",
            "role_arn": "{{ var.value.role }}",
            "endpoint_input": {"EndpointName": "{{ params.endpoint }}"},
        }
    )


@pytest.mark.parametrize(
    ("arn", "page"),
    [
        (
            "arn:aws-cn:sagemaker:cn-north-1:111122223333:monitoring-schedule/churn",
            "https://cn-north-1.console.amazonaws.cn/sagemaker/home?region=cn-north-1#/monitoring-schedules/churn",
        ),
        ("arn:aws:sagemaker:self-hosted:000000000000:monitoring-schedule/churn", ""),
        (None, ""),
    ],
)
def test_the_link_leads_to_the_schedules_page(arn: str | None, page: str) -> None:
    operator = CreateMonitoringScheduleOperator(**MONITOR)
    MonitoringScheduleLink.persist(operator, arn)

    assert schedule_page(arn) == page
    assert MonitoringScheduleLink().get_link(operator, ti_key=None) == page  # type: ignore[arg-type]


def test_a_baseline_takes_the_sdks_objects_too() -> None:
    data = SimpleNamespace(
        s3_data_input_path="s3://bucket/train.csv",
        analysis_config={"dataset_type": "text/csv", "headers": ["age", "late"], "label": "late"},
    )
    predicted = SimpleNamespace(label=None, probability=0, probability_threshold=0.7, label_headers=["late"])
    model = SimpleNamespace(predictor_config={"model_name": "m", "instance_type": "x", "initial_instance_count": 1})
    common: dict[str, Any] = {
        "task_id": "suggest",
        "monitoring_schedule_name": "bias",
        "monitoring_type": "ModelBias",
        "baseline_uri": "s3://bucket/baseline",
        "bias_config": SimpleNamespace(analysis_config=BIAS),
        "model_config": model,
        "data_config": data,
        "model_predicted_label_config": predicted,
    }

    operator = SuggestBaselineOperator(**common)

    assert operator.dataset == "s3://bucket/train.csv"
    assert operator.analysis_config["predictor"] == {
        **model.predictor_config,
        "probability": 0,
        "label_headers": ["late"],
    }
    assert (operator.analysis_config["label"], operator.analysis_config["probability_threshold"]) == ("late", 0.7)
    with pytest.raises(ValueError, match=r"label='other': .* give one of the two"):
        SuggestBaselineOperator(**common, label="other")
    with pytest.raises(ValueError, match="dataset=None"):
        SuggestBaselineOperator(**{**common, "data_config": None, "dataset": None})
