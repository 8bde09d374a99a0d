"""Operators that make, change and remove monitoring schedules, at a SageMaker that really answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.operators.create_monitoring_schedule import CreateMonitoringScheduleOperator
from airflow_model_monitor.operators.delete_monitoring_schedule import DeleteMonitoringScheduleOperator
from airflow_model_monitor.operators.start_monitoring_schedule import StartMonitoringScheduleOperator
from airflow_model_monitor.operators.stop_monitoring_schedule import StopMonitoringScheduleOperator
from airflow_model_monitor.operators.update_monitoring_schedule import UpdateMonitoringScheduleOperator
from airflow_model_monitor.runtimes.sagemaker_schedules import SageMakerSchedules
from airflow_model_monitor.runtimes.schedule_api import NotThereError
from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleLifecycle
from airflow_model_monitor.runtimes.settling import Settling
from tests.airflow.outcomes import states, xcom
from tests.faulty_aws import bad_weather
from tests.local_aws import ROLE, Client, local_aws

Run = Callable[..., Any]
NAME = "churn-monitor"
ASKED: dict[str, Any] = {"aws_conn_id": "sagemaker", "waiter_delay": 0.05}
KEY = "arn:aws:kms:us-west-2:111122223333:key"
MONITOR: dict[str, Any] = {
    "task_id": "create",
    "monitoring_schedule_name": NAME,
    "endpoint_input": "churn-endpoint",
    "output_uri": "s3://ml-bucket/reports",
    "schedule_expression": "cron(0 * ? * * *)",
    "role_arn": ROLE,
}
BIAS = {"label_values_or_threshold": [1], "facet": [{"name_or_index": "age", "value_or_threshold": [40]}]}
SHAP = {"num_samples": 20, "agg_method": "mean_abs", "use_logit": False, "baseline": [[0.0, 0.0]]}


class Service(Client):
    @cached_property
    def sagemaker(self) -> Any:
        return self.client("sagemaker")


def connection(url: str) -> str:
    extra = {"endpoint_url": url, "region_name": "us-west-2"}
    return json.dumps({"conn_type": "aws", "login": "key", "password": "secret", "extra": extra})


@pytest.fixture(scope="module")
def service() -> Iterator[Client]:
    with local_aws() as aws:
        aws.make_bucket("ml-bucket")
        aws.make_endpoint("churn-endpoint", "s3://ml-bucket/capture")
        yield Service(aws.url)


@pytest.fixture
def aws(service: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(service.url))
    yield service
    # Not by the operator: each makes a client, which takes longer than all it asks.
    api, settling = SageMakerSchedules(service.sagemaker), Settling(0.05, 60)
    for one in service.sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"]:
        ScheduleLifecycle(api, one["MonitoringScheduleName"], settling=settling, log=print).delete()


def create(**changed: Any) -> Any:
    return CreateMonitoringScheduleOperator(**{**MONITOR, **ASKED, **changed}).execute({})  # type: ignore[typeddict-item]


def update(**changed: Any) -> Any:
    operator = UpdateMonitoringScheduleOperator(
        **{"task_id": "update", "monitoring_schedule_name": NAME, **ASKED, **changed}
    )
    return operator.execute({})  # type: ignore[typeddict-item]


def definition(aws: Client, summary: Any) -> dict[str, Any]:
    describe = {
        "DataQuality": aws.sagemaker.describe_data_quality_job_definition,
        "ModelQuality": aws.sagemaker.describe_model_quality_job_definition,
        "ModelBias": aws.sagemaker.describe_model_bias_job_definition,
        "ModelExplainability": aws.sagemaker.describe_model_explainability_job_definition,
    }[summary["monitoring_type"]]
    return describe(JobDefinitionName=summary["monitoring_job_definition_name"])


def test_a_monitors_life_in_one_dag(aws: Client, run_dag: Run) -> None:
    named = {"monitoring_schedule_name": NAME, **ASKED}
    with DAG("life-of-a-monitor", schedule=None) as dag:
        made = CreateMonitoringScheduleOperator(**MONITOR, **ASKED)
        again = CreateMonitoringScheduleOperator(**{**MONITOR, "task_id": "again"}, **ASKED)
        larger = UpdateMonitoringScheduleOperator(task_id="larger", instance_type="ml.m5.4xlarge", **named)
        stop = StopMonitoringScheduleOperator(task_id="stop", **named)
        start = StartMonitoringScheduleOperator(task_id="start", **named)
        delete = DeleteMonitoringScheduleOperator(task_id="delete", **named)
        twice = DeleteMonitoringScheduleOperator(task_id="twice", **named)
        made >> again >> larger >> stop >> start >> delete >> twice

    run = run_dag(dag)

    tasks = ("create", "again", "larger", "stop", "start", "delete", "twice")
    found = {task: xcom(run, task) for task in tasks}
    assert [found[task]["change"] for task in tasks] == [
        *("created", "unchanged", "updated", "stopped", "started", "deleted", "unchanged")
    ]
    assert [found[task]["status"] for task in tasks] == [
        *("Scheduled", "Scheduled", "Scheduled", "Stopped", "Scheduled", None, None)
    ]
    assert found["larger"]["schedule_expression"] == "cron(0 * ? * * *)"
    assert xcom(run, "create", "_link_MonitoringScheduleLink") == (
        f"https://us-west-2.console.aws.amazon.com/sagemaker/home?region=us-west-2#/monitoring-schedules/{NAME}"
    )


def config_of(aws: Client, uri: str) -> Any:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return json.loads(aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read())


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
    "role_arn": "arn:aws:iam::111122223333:role/service-role/MonitorRole",
}


@pytest.mark.parametrize(
    ("arguments", "config"),
    [
        (
            {
                "monitoring_type": "ModelBias",
                "ground_truth_input": "s3://ml-bucket/labels",
                "bias_config": BIAS,
                "headers": ["label", "age"],
                "label": "label",
            },
            {**BIAS, "headers": ["label", "age"], "label": "label"},
        ),
        (
            {
                "monitoring_type": "ModelExplainability",
                "shap_config": SHAP,
                "model_config": {"model_name": "churn", "instance_type": "ml.m5.large", "initial_instance_count": 1},
                "headers": ["age", "income"],
            },
            {
                "methods": {"shap": {**SHAP, "seed": 0}},
                "predictor": {"model_name": "churn", "instance_type": "ml.m5.large", "initial_instance_count": 1},
                "headers": ["age", "income"],
            },
        ),
    ],
)
def test_a_configuration_is_written_below_the_output_once(
    aws: Client, arguments: dict[str, Any], config: dict[str, Any]
) -> None:
    made = create(**arguments)

    assert create(**arguments)["change"] == "unchanged"
    [app] = [value for name, value in definition(aws, made).items() if name.endswith("AppSpecification")]
    assert app["ConfigUri"].startswith("s3://ml-bucket/reports/_configs/")
    assert config_of(aws, app["ConfigUri"]) == config


def test_local_scripts_are_uploaded_and_a_repeated_task_makes_no_other_definition(aws: Client, tmp_path: Path) -> None:
    script = tmp_path / "preprocessor.py"
    script.write_text("def preprocess_handler(record):\n    return record\n")

    made = create(record_preprocessor_script=str(script))

    assert create(record_preprocessor_script=str(script))["change"] == "unchanged"
    uri = definition(aws, made)["DataQualityAppSpecification"]["RecordPreprocessorSourceUri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    assert aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() == script.read_text()
    script.write_text("def preprocess_handler(record):\n    return []\n")
    assert create(record_preprocessor_script=str(script))["change"] == "updated"


def test_only_given_members_are_changed(aws: Client) -> None:
    attributes = {"EndpointName": "churn-endpoint", "InferenceAttribute": "0", "StartTimeOffset": "-PT2H"}
    made = create(
        monitoring_type="ModelQuality",
        problem_type="Regression",
        ground_truth_input="s3://ml-bucket/labels",
        endpoint_input={**attributes, "EndTimeOffset": "-PT1H"},
        **{name: value for name, value in IN_FULL.items() if name != "role_arn"},
    )
    before = definition(aws, made)

    changed = update(
        instance_type="ml.m5.4xlarge", endpoint_input={"EndpointName": "churn-endpoint", "InferenceAttribute": "1"}
    )

    after = definition(aws, changed)
    assert changed["schedule_expression"] == "cron(0 * ? * * *)"
    expected = json.loads(json.dumps(before, default=str))
    expected["JobResources"]["ClusterConfig"]["InstanceType"] = "ml.m5.4xlarge"
    expected["ModelQualityJobInput"]["EndpointInput"]["InferenceAttribute"] = "1"
    for member in ("JobDefinitionName", "JobDefinitionArn", "CreationTime", "ResponseMetadata"):
        expected.pop(member)
        after.pop(member)
    assert after == expected
    tags = aws.sagemaker.list_tags(ResourceArn=definition(aws, changed)["JobDefinitionArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "risk"}]


@pytest.mark.parametrize(
    ("changed", "timing"),
    [
        ({"schedule_expression": "cron(0 5 ? * * *)"}, {"ScheduleExpression": "cron(0 5 ? * * *)"}),
        (
            {"data_analysis_start_time": "-PT3H", "data_analysis_end_time": "-PT1H"},
            {
                "ScheduleExpression": "cron(0 * ? * * *)",
                "DataAnalysisStartTime": "-PT3H",
                "DataAnalysisEndTime": "-PT1H",
            },
        ),
    ],
)
def test_the_timing_is_changed_member_by_member(aws: Client, changed: dict[str, Any], timing: dict[str, str]) -> None:
    made = create()

    updated = update(**changed)

    described = aws.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=NAME)
    assert described["MonitoringScheduleConfig"]["ScheduleConfig"] == timing
    assert updated["monitoring_job_definition_name"] == made["monitoring_job_definition_name"]


def test_a_configuration_can_be_changed_too(aws: Client) -> None:
    create(
        monitoring_type="ModelBias",
        ground_truth_input="s3://ml-bucket/labels",
        bias_config=BIAS,
        headers=["label", "age"],
        label="label",
    )
    config = {**BIAS, "headers": ["label", "age", "income"], "label": "label"}

    changed = update(analysis_config=SimpleNamespace(analysis_config=config))

    assert config_of(aws, definition(aws, changed)["ModelBiasAppSpecification"]["ConfigUri"]) == config
    create(monitoring_schedule_name="other")
    with pytest.raises(ValueError, match="is a DataQuality monitor"):
        update(monitoring_schedule_name="other", analysis_config=config)


def test_a_container_of_ones_own_stands_in_its_schedule(aws: Client) -> None:
    image = "111122223333.dkr.ecr.us-west-2.amazonaws.com/my-monitor:1"

    made = create(inline=True, image_uri=image, container_arguments=["--x", "1"])

    described = aws.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=NAME)
    inline = described["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
    assert inline["MonitoringAppSpecification"] == {"ImageUri": image, "ContainerArguments": ["--x", "1"]}
    assert "Environment" not in inline
    assert (made["monitoring_job_definition_name"], create(inline=True, image_uri=image)["change"]) == (None, "updated")


def test_batch_transform_as_the_sdk_says_it(aws: Client) -> None:
    source = SimpleNamespace(
        data_captured_destination_s3_uri="s3://ml-bucket/captured",
        destination="/opt/ml/processing/input",
        dataset_format={"Csv": {"Header": True}},
        s3_input_mode="File",
        s3_data_distribution_type="FullyReplicated",
    )

    made = create(endpoint_input=None, batch_transform_input=source)

    assert definition(aws, made)["DataQualityJobInput"] == {
        "BatchTransformInput": {
            "DataCapturedDestinationS3Uri": "s3://ml-bucket/captured",
            "DatasetFormat": {"Csv": {"Header": True}},
            "LocalPath": "/opt/ml/processing/input",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
        }
    }


def test_a_closed_account_fails_once_and_names_the_way(
    aws: Client, run_dag: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words = "This operation is in maintenance mode and is not available to new customers."
    with bad_weather(aws.url) as weather:
        weather.fails("CreateDataQualityJobDefinition", "ValidationException", message=words, times=9)
        monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(weather.url))
        with pytest.raises(AirflowFailException, match="model_monitor_scheduler"):
            create()
        with DAG("closed", schedule=None) as dag:
            CreateMonitoringScheduleOperator(**MONITOR, **ASKED, retries=3)

        run = run_dag(dag)

    assert states(run) == {"create": ("failed", 1)}
    assert weather.calls.count("CreateDataQualityJobDefinition") == 2


def test_the_connections_retries_are_respected(aws: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with bad_weather(aws.url) as weather:
        monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(weather.url))
        weather.fails("DescribeMonitoringSchedule", "InternalFailure", times=2)
        with pytest.raises(Exception, match="InternalFailure"):
            create(botocore_config={"retries": {"total_max_attempts": 1}})
        assert create()["change"] == "created"


def test_there_must_be_something_to_change(aws: Client) -> None:
    with pytest.raises(NotThereError, match="create it first"):
        update(instance_type="ml.m5.4xlarge")
    with pytest.raises(ValueError, match="nothing to change"):
        update()
