"""Operators on the way to a SageMaker that really answers: through what passes, and no further."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_model_monitor.operators.create_monitoring_schedule import CreateMonitoringScheduleOperator
from airflow_model_monitor.operators.delete_monitoring_schedule import DeleteMonitoringScheduleOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.operators.update_monitoring_alert import UpdateMonitoringAlertOperator
from tests.airflow.outcomes import xcom
from tests.faults.world import PASSING, connection
from tests.faulty_aws import Weather
from tests.local.traffic import put
from tests.local_aws import BUCKET, ROLE, Client

NAME = "unlucky"
CALLS = (
    "DescribeMonitoringSchedule",
    "ListDataQualityJobDefinitions",
    "CreateDataQualityJobDefinition",
    "CreateMonitoringSchedule",
)

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def connected(way: Weather, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(way, attempts=3))


@pytest.fixture
def monitor(way: Weather, service: Client) -> Iterator[CreateMonitoringScheduleOperator]:
    yield CreateMonitoringScheduleOperator(
        task_id="create",
        monitoring_schedule_name=NAME,
        endpoint_input="churn",
        output_uri=f"s3://{BUCKET}/unlucky",
        schedule_expression="cron(0 * ? * * *)",
        role_arn=ROLE,
        aws_conn_id="sagemaker",
        waiter_delay=0.05,
    )
    way._faults.clear()
    DeleteMonitoringScheduleOperator(
        task_id="delete", monitoring_schedule_name=NAME, aws_conn_id="sagemaker", waiter_delay=0.05
    ).execute({})  # type: ignore[typeddict-item]


def definitions(service: Client) -> list[str]:
    found = service.sagemaker.list_data_quality_job_definitions(NameContains=NAME)["JobDefinitionSummaries"]
    return [one["MonitoringJobDefinitionName"] for one in found]


@pytest.mark.parametrize("kind", PASSING)
def test_a_schedule_is_made_once_through_what_passes(
    way: Weather,
    service: Client,
    monitor: CreateMonitoringScheduleOperator,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(way, attempts=3, kind=kind))
    for operation in CALLS:
        way.fails(operation, kind)

    result = monitor.execute({})  # type: ignore[typeddict-item]

    assert (result["change"], result["status"]) == ("created", "Scheduled")
    assert definitions(service) == [result["monitoring_job_definition_name"]]


@pytest.mark.parametrize("operation", CALLS)
def test_credentials_that_expire_on_the_way_are_read_anew(
    way: Weather,
    service: Client,
    monitor: CreateMonitoringScheduleOperator,
    operation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rotate() -> None:
        monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(way, login="rotated", attempts=3))

    way.before(operation, rotate)
    way.fails(operation, "ExpiredTokenException")

    result = monitor.execute({})  # type: ignore[typeddict-item]

    assert result["status"] == "Scheduled"
    assert way.keys[-1] == "rotated"
    assert len(definitions(service)) == 1


@pytest.mark.parametrize("kind", ["ThrottlingException", "ExpiredTokenException", "AccessDeniedException"])
def test_what_does_not_pass_is_the_cause_and_leaves_nothing(
    way: Weather, service: Client, monitor: CreateMonitoringScheduleOperator, kind: str
) -> None:
    way.fails("CreateMonitoringSchedule", kind, times=1000, message="for ever")
    started = time.monotonic()

    with pytest.raises(Exception, match="for ever"):
        monitor.execute({})  # type: ignore[typeddict-item]

    assert time.monotonic() - started < 60
    assert way.calls.count("CreateMonitoringSchedule") <= 6
    assert definitions(service) == []


@pytest.mark.parametrize("kind", ["ThrottlingException", "torn", "lost", "ExpiredTokenException"])
def test_an_alert_is_set_through_what_passes(way: Weather, kind: str) -> None:
    for operation in ("ListMonitoringAlerts", "UpdateMonitoringAlert"):
        way.fails(operation, kind)
    number = 2 + PASSING.index(kind) if kind in PASSING else 9

    result = UpdateMonitoringAlertOperator(
        task_id="alert",
        monitoring_schedule_name="hourly",
        datapoints_to_alert=1,
        evaluation_period=number,
        aws_conn_id="sagemaker",
    ).execute({})  # type: ignore[typeddict-item]

    assert result["evaluation_period"] == number


@pytest.mark.parametrize(
    ("kind", "deferrable"), [("ThrottlingException", True), ("lost", False), ("ExpiredTokenException", True)]
)
def test_a_baseline_is_made_by_one_job_through_what_passes(
    way: Weather, service: Client, run_dag: Callable[..., Any], kind: str, deferrable: bool
) -> None:
    rows = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(20))
    dataset = put(service, f"train/{kind}-{deferrable}/data.csv", rows)
    for operation in ("CreateProcessingJob", "DescribeProcessingJob"):
        way.fails(operation, kind)
    before = jobs(service)
    with DAG(f"baseline-{kind}-{deferrable}", schedule=None) as dag:
        SuggestBaselineOperator(
            task_id="baseline",
            monitoring_schedule_name="faulty",
            dataset=dataset,
            dataset_format={"csv": {"header": True}},
            baseline_uri=f"s3://{BUCKET}/baselines/{kind}-{deferrable}",
            runtime="sagemaker",
            role_arn=ROLE,
            waiter_delay=1,
            deferrable=deferrable,
            aws_conn_id="sagemaker",
        )

    run = run_dag(dag)

    assert (xcom(run, "baseline")["status"], xcom(run, "baseline")["rows"]) == ("Completed", 20)
    assert len(jobs(service)) == len(before) + 1


def jobs(service: Client) -> list[str]:
    found = service.sagemaker.list_processing_jobs(MaxResults=100)["ProcessingJobSummaries"]
    return [one["ProcessingJobName"] for one in found]
