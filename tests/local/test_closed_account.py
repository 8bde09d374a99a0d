"""An account that Model Monitor and Clarify are closed to: what is refused there, and what works all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.local.traffic import baseline_job, clarify_job, data_quality_definition, schedule
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
