"""What the operator sends is what AWS's SDK was recorded sending for the same monitor, whole requests compared.

Names aside, which hold the time of day there and the content here; and the SDK puts a configuration into a random
folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_model_monitor.operators.create_monitoring_schedule import CreateMonitoringScheduleOperator
from airflow_model_monitor.runtimes.sagemaker_schedules import SageMakerSchedules
from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleLifecycle
from airflow_model_monitor.runtimes.settling import Settling
from tests.faulty_aws import Weather, bad_weather
from tests.golden_folder import golden_folder
from tests.local_aws import local_aws

KEY = "arn:aws:kms:us-west-2:111122223333:key"
BASELINE = "s3://ml-bucket/churn/baseline"
IN_FULL: dict[str, Any] = {
    "environment": {"MY_FLAG": "1"},
    "instance_type": "ml.m5.2xlarge",
    "instance_count": 2,
    "volume_size_in_gb": 50,
    "volume_kms_key": f"{KEY}/11111111-1111-1111-1111-111111111111",
    "output_kms_key": f"{KEY}/22222222-2222-2222-2222-222222222222",
    "network_config": SimpleNamespace(
        enable_network_isolation=False,
        security_group_ids=["sg-0123"],
        subnets=["subnet-a", "subnet-b"],
        encrypt_inter_container_traffic=True,
    ),
    "max_runtime_in_seconds": 1800,
    "tags": [{"Key": "team", "Value": "risk"}],
}
FILES = {
    "constraints": SimpleNamespace(file_s3_uri=f"{BASELINE}/constraints.json"),
    "statistics": SimpleNamespace(file_s3_uri=f"{BASELINE}/statistics.json"),
}
WATCHED = {"s3_input_mode": "File", "s3_data_distribution_type": "FullyReplicated"}
SCENARIOS: dict[str, dict[str, Any]] = {
    "dq_schedule_hourly": FILES,
    "dq_schedule_minimal_no_cron": {"schedule_expression": None},
    "dq_schedule_no_cloudwatch": {
        "publish_cloudwatch_metrics": False,
        "schedule_expression": "cron(0 12 ? * * *)",
    },
    "dq_schedule_now": {
        "schedule_expression": "NOW",
        "data_analysis_start_time": "-PT3H",
        "data_analysis_end_time": "-PT0H",
    },
    "dq_schedule_batch_json": {
        "endpoint_input": None,
        "batch_transform_input": SimpleNamespace(
            data_captured_destination_s3_uri="s3://ml-bucket/capture",
            destination="/opt/ml/processing/input",
            dataset_format={"Json": {"Line": True}},
            **WATCHED,
        ),
    },
    "mq_schedule_full": {
        **IN_FULL,
        "monitoring_type": "ModelQuality",
        "problem_type": "Regression",
        "endpoint_input": SimpleNamespace(
            endpoint_name="churn-endpoint",
            destination="/opt/ml/processing/input_data",
            start_time_offset="-PT2H",
            end_time_offset="-PT1H",
            inference_attribute=0,
            **WATCHED,
        ),
        "ground_truth_input": "s3://ml-bucket/ground-truth",
        "constraints": FILES["constraints"],
        "record_preprocessor_script": "s3://ml-bucket/code/preprocessor.py",
        "post_analytics_processor_script": "s3://ml-bucket/code/postprocessor.py",
        "schedule_expression": "cron(0 0 ? * * *)",
    },
    "mb_schedule_config_object": {
        **IN_FULL,
        "monitoring_type": "ModelBias",
        "ground_truth_input": "s3://ml-bucket/ground-truth",
        "analysis_config": SimpleNamespace(
            analysis_config={
                "label_values_or_threshold": [1],
                "facet": [{"name_or_index": "age", "value_or_threshold": [40]}],
                "group_variable": "income",
                "headers": ["label", "age", "income"],
                "label": "label",
            }
        ),
    },
    "me_schedule_config_uri": {
        "monitoring_type": "ModelExplainability",
        "endpoint_input": {"EndpointName": "churn-endpoint", "FeaturesAttribute": "features"},
        "analysis_config": "s3://ml-bucket/clarify/cfg/analysis_config.json",
        "constraints": "s3://ml-bucket/clarify/out/analysis.json",
    },
    "byoc_schedule": {
        **IN_FULL,
        **FILES,
        "inline": True,
        "image_uri": "111122223333.dkr.ecr.us-west-2.amazonaws.com/my-monitor:1",
        "container_arguments": ["--x", "1"],
        "output_uri": SimpleNamespace(
            source="/opt/ml/processing/output", destination="s3://ml-bucket/byoc", s3_upload_mode="Continuous"
        ),
    },
}


@pytest.fixture(scope="module")
def weather() -> Iterator[Weather]:
    with local_aws() as aws:
        aws.make_bucket("ml-bucket")
        aws.make_endpoint("churn-endpoint", "s3://ml-bucket/capture")
        with bad_weather(aws.url) as passing:
            yield passing


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_requests_are_those_of_the_sdk(scenario: str, weather: Weather, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = json.loads((golden_folder() / "sdk-requests" / f"{scenario}.json").read_text())["calls"]
    recorded = {one["operation"]: one["api_params"] for one in calls if one["operation"].startswith("Create")}
    through = {"sagemaker": {"endpoint_url": weather.url}}
    extra = {"endpoint_url": weather.upstream, "region_name": "us-west-2", "service_config": through}
    document = {"conn_type": "aws", "login": "key", "password": "secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", json.dumps(document))
    name = recorded["CreateMonitoringSchedule"]["MonitoringScheduleName"]
    arguments = {
        "task_id": "create",
        "monitoring_schedule_name": name,
        "endpoint_input": "churn-endpoint",
        "output_uri": "s3://ml-bucket/reports",
        "schedule_expression": "cron(0 * ? * * *)",
        "role_arn": "arn:aws:iam::111122223333:role/service-role/MonitorRole",
        **SCENARIOS[scenario],
    }
    asked = {"aws_conn_id": "sagemaker", "waiter_delay": 0.05}
    weather.calls.clear()
    weather.bodies.clear()

    CreateMonitoringScheduleOperator(**arguments, **asked).execute({})  # type: ignore[typeddict-item]

    sent = {call: body for call, body in zip(weather.calls, weather.bodies) if call.startswith("Create")}
    api = SageMakerSchedules(weather.client())
    ScheduleLifecycle(api, name, settling=Settling(0.05, 60), log=print).delete()
    assert {call: _comparable(body) for call, body in sent.items()} == {
        call: _comparable(body) for call, body in recorded.items()
    }


def _comparable(body: Any) -> Any:
    if isinstance(body, dict):
        left_out = ["JobDefinitionName", "MonitoringJobDefinitionName"]
        # Below the output, the SDK's folder is random.
        if "/reports/" in str(body.get("ConfigUri", "")):
            left_out.append("ConfigUri")
        return {name: _comparable(value) for name, value in body.items() if name not in left_out}
    return [_comparable(one) for one in body] if isinstance(body, list) else body
