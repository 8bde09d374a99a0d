"""An account that Model Monitor and Clarify are closed to: what is refused there, and what works all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.traffic import baseline_job, clarify_job, data_quality_definition, schedule
from tests.local.training import train
from tests.local_aws import Client, local_aws

MONITORS = (
    "This operation is in maintenance mode and is not available to new customers. Existing customers are unaffected."
)


@pytest.fixture(scope="module")
def closed() -> Iterator[Client]:
    with local_aws(closed_account=True) as aws:
        aws.make_bucket()
        yield aws


def test_definitions_and_schedules_are_refused_and_lists_answer(closed: Client) -> None:
    with pytest.raises(ClientError) as definition:
        closed.sagemaker.create_data_quality_job_definition(**data_quality_definition())
    with pytest.raises(ClientError) as hourly:
        schedule(closed, "hourly")
    for error in (definition.value, hourly.value):
        assert error.response["Error"] == {"Code": "ValidationException", "Message": MONITORS}
    assert closed.sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []


def test_the_analyzer_runs_and_clarify_does_not(closed: Client) -> None:
    rows = "a,b\n" + "".join(f"{i},{i % 3}\n" for i in range(20))
    assert baseline_job(closed, "baseline", rows)["ProcessingJobStatus"] == "Completed"
    with pytest.raises(ClientError, match="SageMaker Clarify processing is in maintenance mode"):
        clarify_job(closed, "bias", {}, rows)


@pytest.mark.parametrize(
    "asked",
    [
        {"DebugHookConfig": {"S3OutputPath": "s3://monitored/debug"}},
        {"ProfilerConfig": {"S3OutputPath": "s3://monitored/profile"}},
    ],
)
def test_training_jobs_are_created_unless_debugger_is_to_look_at_them(closed: Client, asked: dict[str, Any]) -> None:
    train(closed, f"without-{min(asked).lower()}", ProfilerConfig={"DisableProfiler": True})
    with pytest.raises(ClientError, match="SageMaker Debugger is in maintenance mode") as error:
        train(closed, "debugged", **asked)
    assert min(asked) in error.value.response["Error"]["Message"]
