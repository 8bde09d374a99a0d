"""Schedules kept on S3: the same documents as SageMaker's, and executions without a DAG around them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_model_monitor._compat import AirflowSkipException
from airflow_model_monitor.assets import airflow_metrics
from airflow_model_monitor.operators.create_monitoring_schedule import CreateMonitoringScheduleOperator
from airflow_model_monitor.operators.delete_monitoring_schedule import DeleteMonitoringScheduleOperator
from airflow_model_monitor.operators.list_due_schedules import ListDueSchedulesOperator
from airflow_model_monitor.operators.run_scheduled_execution import RunScheduledExecutionOperator
from airflow_model_monitor.operators.start_monitoring_schedule import StartMonitoringScheduleOperator
from airflow_model_monitor.operators.stop_monitoring_schedule import StopMonitoringScheduleOperator
from airflow_model_monitor.operators.update_monitoring_schedule import UpdateMonitoringScheduleOperator
from airflow_model_monitor.service.schedule_store import ScheduleStore
from tests.airflow.test_airflow_metrics import Kept
from tests.airflow.traffic import write_captured_hour
from tests.local_aws import ROLE, Client, local_aws

NAME = "late-arrivals"
BUCKET = "self-hosted"
STORE = f"s3://{BUCKET}/schedules"
WORKER: dict[str, Any] = {"runtime": "worker", "store_uri": STORE, "aws_conn_id": "sagemaker"}
MONITOR: dict[str, Any] = {
    "task_id": "create",
    "monitoring_schedule_name": NAME,
    "endpoint_input": "flights",
    "output_uri": f"s3://{BUCKET}/reports",
    "schedule_expression": "cron(0 * ? * * *)",
    "role_arn": ROLE,
    "instance_type": "ml.m5.xlarge",
    "instance_count": 1,
    "volume_size_in_gb": 30,
    "tags": {"team": "risk"},
}


@pytest.fixture(scope="module")
def service() -> Iterator[Client]:
    with local_aws() as aws:
        aws.make_bucket(BUCKET)
        aws.make_endpoint("flights", f"s3://{BUCKET}/captured")
        yield aws


@pytest.fixture
def aws(service: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    extra = {"endpoint_url": service.url, "region_name": "us-west-2"}
    document = {"conn_type": "aws", "login": "key", "password": "secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", json.dumps(document))
    return service


def store(aws: Client) -> ScheduleStore:
    options = {"key": "key", "secret": "secret", "endpoint_url": aws.url}
    return ScheduleStore(STORE, options)


def run(operator: Any, context: Any = None) -> Any:
    return operator.execute(context or {})


def create(**changed: Any) -> Any:
    return run(CreateMonitoringScheduleOperator(**{**MONITOR, **WORKER, **changed}))


def context(run_type: str, end: Any) -> dict[str, Any]:
    """As much of a task's context as these operators look at."""
    return {
        "dag_run": SimpleNamespace(run_type=run_type),
        "data_interval_start": end - timedelta(hours=1),
        "data_interval_end": end,
    }


def test_the_documents_are_those_that_sagemaker_answers(aws: Client) -> None:
    made = create(captured_data_uri=f"s3://{BUCKET}/captured", publish_cloudwatch_metrics=True)
    at_sagemaker = run(CreateMonitoringScheduleOperator(**MONITOR, aws_conn_id="sagemaker"))

    schedule, theirs = (
        store(aws).schedule(NAME),
        aws.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=NAME),
    )
    definition = store(aws).definition("DataQuality", made["monitoring_job_definition_name"])
    their_definition = aws.sagemaker.describe_data_quality_job_definition(
        JobDefinitionName=at_sagemaker["monitoring_job_definition_name"]
    )
    assert schedule is not None
    assert definition is not None
    assert schedule.pop("Tags") == definition.pop("Tags") == [{"Key": "team", "Value": "risk"}]
    app, their_app = (one.pop("DataQualityAppSpecification") for one in (definition, their_definition))
    for mine, other in ((schedule, theirs), (definition, their_definition)):
        other.pop("ResponseMetadata")
        for member in ("MonitoringScheduleArn", "JobDefinitionArn", "CreationTime", "LastModifiedTime"):
            assert (mine.pop(member, None) is None) == (other.pop(member, None) is None)
    # Each definition's name holds its own content; SageMaker needs an image, the worker needs to know what it captures.
    assert definition.pop("JobDefinitionName") != their_definition.pop("JobDefinitionName")
    their_definition.pop("EndpointName", None)
    for config in (schedule["MonitoringScheduleConfig"], theirs["MonitoringScheduleConfig"]):
        config.pop("MonitoringJobDefinitionName")
    assert (schedule, definition) == (theirs, their_definition)
    assert their_app.pop("ImageUri").endswith("/sagemaker-model-monitor-analyzer")
    assert app == {
        "Environment": {
            **their_app["Environment"],
            "captured_data_uri": f"s3://{BUCKET}/captured",
            "compatibility": "corrected",
            "report_enabled": "true",
        }
    }
    run(DeleteMonitoringScheduleOperator(task_id="delete", monitoring_schedule_name=NAME, aws_conn_id="sagemaker"))


def test_a_schedules_life_on_s3(aws: Client) -> None:
    named: dict[str, Any] = {"monitoring_schedule_name": NAME, **WORKER}
    captured = {"captured_data_uri": f"s3://{BUCKET}/captured"}

    done = [
        create(**captured),
        create(**captured),
        run(UpdateMonitoringScheduleOperator(task_id="update", labels_days_after=3, **named)),
        run(UpdateMonitoringScheduleOperator(task_id="update", environment={"exact_rows": "7"}, **named)),
        run(StopMonitoringScheduleOperator(task_id="stop", **named)),
        run(StartMonitoringScheduleOperator(task_id="start", **named)),
    ]

    assert [one["change"] for one in done[1:]] == ["unchanged", "updated", "updated", "stopped", "started"]
    kept = store(aws).definition("DataQuality", done[-1]["monitoring_job_definition_name"])
    assert kept is not None
    assert kept["DataQualityAppSpecification"]["Environment"] == {
        "captured_data_uri": f"s3://{BUCKET}/captured",
        "labels_days_after": "3",
        "exact_rows": "7",
        "compatibility": "corrected",
        "report_enabled": "true",
        "publish_cloudwatch_metrics": "Disabled",
    }
    assert len(store(aws).definition_names("DataQuality")) == 1
    assert run(DeleteMonitoringScheduleOperator(task_id="delete", **named))["change"] == "deleted"
    assert (store(aws).names(), store(aws).definition_names("DataQuality")) == ((), ())


def test_an_execution_on_s3_once_for_each_run(aws: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_model_monitor.service.windows import HOUR
    from tests.airflow.labelled import RUN_AT

    write_captured_hour(tmp_path, RUN_AT - HOUR)
    for file in tmp_path.rglob("*.jsonl"):
        aws.s3.upload_file(str(file), BUCKET, f"captured/{file.relative_to(tmp_path)}")
    create(captured_data_uri=f"s3://{BUCKET}/captured", environment={"report_enabled": "false"})
    listing = ListDueSchedulesOperator(task_id="due", store_uri=STORE, aws_conn_id="sagemaker")

    # The schedule was made long after the hour: only history asks for it.
    due = [run(listing, context(run_type, RUN_AT)) for run_type in ("scheduled", "backfill", "manual")]

    expected = [{"monitoring_schedule_name": NAME, "scheduled_time": "2026-01-02T02:00:00Z"}]
    assert due == [[], expected, expected]
    for _ in range(2):
        operator = RunScheduledExecutionOperator(task_id="run", store_uri=STORE, aws_conn_id="sagemaker", **due[1][0])
        summary = run(operator, context("backfill", RUN_AT))
    assert (summary["rows"], summary["status"]) == (400, "Completed")
    assert summary["execution_url"].endswith("/000001")
    kept = Kept()
    monkeypatch.setattr(airflow_metrics, "stats", lambda: kept)
    later = {**due[1][0], "scheduled_time": "2026-01-02T03:00:00Z"}
    empty = RunScheduledExecutionOperator(task_id="run", store_uri=STORE, aws_conn_id="sagemaker", **later)
    with pytest.raises(AirflowSkipException, match="Job inputs had no data"):
        run(empty, context("backfill", RUN_AT + HOUR))
    run(operator, context("backfill", RUN_AT))
    ended = {key: count for key, count in kept.counts.items() if key[0] == "model_monitor.job.ended"}
    assert ended == {
        ("model_monitor.job.ended", "monitoring_type=DataQuality,status=NoData"): 1,
        ("model_monitor.job.ended", "monitoring_type=DataQuality,status=Completed"): 1,
    }
    key = f"reports/flights/{NAME}/2026/01/02/02/statistics.json"
    assert json.loads(aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())["dataset"]["item_count"] == 400
    run(DeleteMonitoringScheduleOperator(task_id="delete", monitoring_schedule_name=NAME, **WORKER))


def test_sagemaker_and_the_worker_run_the_same_schedule_to_the_same_files(aws: Client, tmp_path: Path) -> None:
    now = datetime.fromisoformat(aws.get("/_model_monitor/clock")["now"])
    hour = now.replace(minute=0, second=0, microsecond=0)
    write_captured_hour(tmp_path, hour, missing=3)
    for file in tmp_path.rglob("*.jsonl"):
        aws.s3.upload_file(str(file), BUCKET, f"captured/{file.relative_to(tmp_path)}")
    theirs = {**MONITOR, "output_uri": f"s3://{BUCKET}/theirs", "publish_cloudwatch_metrics": False}
    run(CreateMonitoringScheduleOperator(**theirs, aws_conn_id="sagemaker"))
    create(
        output_uri=f"s3://{BUCKET}/ours",
        captured_data_uri=f"s3://{BUCKET}/captured",
        environment={"compatibility": "sagemaker", "report_enabled": "false"},
    )

    [execution] = aws.advance("PT1H")["executions"]
    due = execution["ScheduledTime"]
    moment = due if isinstance(due, str) else datetime.fromtimestamp(due, UTC).isoformat()
    run(
        RunScheduledExecutionOperator(
            task_id="run",
            store_uri=STORE,
            aws_conn_id="sagemaker",
            monitoring_schedule_name=NAME,
            scheduled_time=moment,
        ),
        context("backfill", hour + timedelta(hours=1)),
    )

    assert execution["MonitoringExecutionStatus"] == "Completed"
    place = f"flights/{NAME}/{hour + timedelta(hours=1):%Y/%m/%d/%H}"
    for name in ("statistics.json", "constraints.json"):
        one, other = (
            aws.s3.get_object(Bucket=BUCKET, Key=f"{root}/{place}/{name}")["Body"].read() for root in ("theirs", "ours")
        )
        assert one == other, name
    for keeper in ({"aws_conn_id": "sagemaker"}, WORKER):
        run(DeleteMonitoringScheduleOperator(task_id="delete", monitoring_schedule_name=NAME, **keeper))
