"""What AWS's own SDK was recorded sending, sent to the local SageMaker over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from airflow_model_monitor.service.monitor_kind import KINDS
from tests.golden_folder import golden_files
from tests.local_aws import Client, local_aws

#: A recording begins with these where it presupposes a schedule: by the first letters of its name.
PRESUPPOSED = {
    "dq": "dq_schedule_hourly",
    "mq": "mq_schedule_endpoint",
    "mb": "mb_schedule_config_uri",
    "me": "me_schedule_config_uri",
    "alerts": "dq_schedule_hourly",
}
#: Calls whose answer was made up by the recorder, and what they get from a service that is not.
ANSWERED_OTHERWISE = {
    # The recorder let the second call fail, so that the SDK takes the first one back.
    ("dq_schedule_create_fails_rolls_back", "DeleteDataQualityJobDefinition"): "locked by monitoring schedule",
    # The recorder listed an execution that is none of ours.
    ("dq_list_executions", "DescribeProcessingJob"): "Could not find requested job",
    ("mq_list_executions", "DescribeProcessingJob"): "Could not find requested job",
    ("mb_list_executions", "DescribeProcessingJob"): "Could not find requested job",
    ("me_list_executions", "DescribeProcessingJob"): "Could not find requested job",
    # What the SDK waits for after it has deleted a schedule.
    **{(f"{kind}_delete", "DescribeMonitoringSchedule"): "not found" for kind in ("dq", "mq", "mb", "me")},
    # The SDK's name of an alert is the user's; ours is its schedule's.
    ("alerts_update_list_history", "UpdateMonitoringAlert"): "Could not find monitoring alert",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with local_aws(pending=0.0) as aws:
        aws.make_bucket("ml-bucket")
        aws.make_endpoint("churn-endpoint", "s3://ml-bucket/capture")
        yield aws


@pytest.fixture
def sagemaker(server: Client) -> Iterator[Any]:
    client = server.sagemaker
    yield client
    for one in client.list_monitoring_schedules()["MonitoringScheduleSummaries"]:
        client.delete_monitoring_schedule(MonitoringScheduleName=one["MonitoringScheduleName"])
    for kind in KINDS.values():
        for one in getattr(client, xform_name(kind.list_action))()["JobDefinitionSummaries"]:
            delete = getattr(client, xform_name(kind.action("Delete")))
            delete(JobDefinitionName=one["MonitoringJobDefinitionName"])
    for one in client.list_processing_jobs()["ProcessingJobSummaries"]:
        if one["ProcessingJobStatus"] in ("Completed", "Failed", "Stopped"):
            client.delete_processing_job(ProcessingJobName=one["ProcessingJobName"])


def calls(recording: Path) -> list[dict[str, Any]]:
    found = [one for one in json.loads(recording.read_text())["calls"] if one["service"] == "sagemaker"]
    return json.loads(json.dumps(found).replace("111122223333:monitoring-schedule", "123456789012:monitoring-schedule"))


def described(sagemaker: Any, call: dict[str, Any]) -> dict[str, Any]:
    """What was created, as Describe answers it."""
    name = call["operation"].removeprefix("Create")
    member = next(member for member in call["api_params"] if member in (f"{name}Name", "JobDefinitionName"))
    return getattr(sagemaker, xform_name(f"Describe{name}"))(**{member: call["api_params"][member]})


@pytest.mark.parametrize("recording", golden_files("sdk-requests/*_*.json"), ids=lambda path: path.stem)
def test_a_recorded_scenario_is_answered_as_a_service_would(sagemaker: Any, recording: Path) -> None:
    stem = recording.stem
    before: list[dict[str, Any]] = []
    sent = calls(recording)
    if not sent[0]["operation"].startswith("Create"):
        before = calls(recording.with_name(f"{PRESUPPOSED[stem.split('_')[0]]}.json"))
    for call in [*before, *sent]:
        operation, parameters = call["operation"], call["api_params"]
        expected = ANSWERED_OTHERWISE.get((stem, operation))
        try:
            getattr(sagemaker, xform_name(operation))(**parameters)
        except ClientError as error:
            message = error.response["Error"]["Message"]
            assert expected is not None, f"{operation}: {message}"
            assert expected in message
            continue
        if operation.startswith("Create"):
            answer = described(sagemaker, call)
            assert {member: answer.get(member) for member in parameters if member != "Tags"} == {
                member: value for member, value in parameters.items() if member != "Tags"
            }
