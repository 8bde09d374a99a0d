"""Hundreds of triggers that wait for processing jobs share their looks at the service."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from airflow_model_monitor.triggers import processing_services
from airflow_model_monitor.triggers.processing_job import ProcessingJobTrigger
from tests.scripted_sagemaker import Call, Refusal, ScriptedSageMaker

JOBS = 300


class ListedJobs(ScriptedSageMaker):
    """Lists its jobs, the last one made first."""

    def answer(self, call: Call) -> dict[str, Any]:
        if call.operation == "ListProcessingJobs":
            return self.page_of(call.parameters)
        return super().answer(call)

    def page_of(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        first, size = int(parameters.get("NextToken", 0)), int(parameters["MaxResults"])
        newest = list(self.jobs.values())[::-1]
        members = ("ProcessingJobName", "ProcessingJobArn", "CreationTime", "ProcessingJobStatus")
        page = [{name: job[name] for name in members} for job in newest[first : first + size]]
        more = {"NextToken": str(first + size)} if first + size < len(newest) else {}
        return {"ProcessingJobSummaries": page, **more}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[ListedJobs]:
    monkeypatch.setattr(processing_services, "_SERVICES", {})
    server = ListedJobs()
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", server.connection())
    yield server
    server.stop()


def make_jobs(service: ListedJobs, number: int) -> list[str]:
    from datetime import UTC, datetime

    for _ in range(number):
        service.job(service.execute("hourly", datetime(2026, 1, 1, tzinfo=UTC)), ProcessingJobStatus="InProgress")
    return list(service.jobs)


async def fired(names: list[str], **arguments: Any) -> list[dict[str, Any]]:
    async def one(name: str) -> dict[str, Any]:
        trigger = ProcessingJobTrigger(
            **{"job_name": name, "aws_conn_id": "sagemaker", "waiter_delay": 0.4, **arguments}
        )
        async for event in trigger.run():
            return dict(event.payload)
        raise AssertionError("the trigger ended without an event")

    return await asyncio.wait_for(asyncio.gather(*map(one, names)), 60)


def test_three_hundred_triggers_share_a_list(service: ListedJobs) -> None:
    names = make_jobs(service, JOBS)
    looks: list[int] = []

    def finish(call: Call) -> None:
        # Half of them have ended at the second look, all at the third.
        if call.operation == "ListProcessingJobs" and "NextToken" not in call.parameters:
            looks.append(1)
            for name in names[: len(names) * (len(looks) - 1) // 2]:
                service.jobs[name]["ProcessingJobStatus"] = "Completed"

    service.before = finish
    events = asyncio.run(fired(names))

    assert {(event["status"], event["job_status"]) for event in events} == {("ended", "Completed")}
    assert [event["job_name"] for event in events] == names
    # Each asking for itself would have made 750 calls.
    assert len(looks) >= 3
    assert len(service.calls) <= 30


def test_without_the_permission_to_list_each_is_described(service: ListedJobs) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "ListProcessingJobs":
            raise Refusal("AccessDeniedException", "not authorized to perform: sagemaker:ListProcessingJobs")

    service.before = refuse
    names = make_jobs(service, 8)
    for name in names:
        service.jobs[name]["ProcessingJobStatus"] = "Failed"
    events = asyncio.run(fired(names))
    assert {event["job_status"] for event in events} == {"Failed"}
    assert len(service.asked("DescribeProcessingJob")) == 8


def test_a_job_that_only_one_may_not_see_fails_that_one(service: ListedJobs) -> None:
    names = make_jobs(service, 2)
    service.jobs[names[0]]["ProcessingJobStatus"] = "Completed"

    def refuse(call: Call) -> None:
        if call.parameters.get("ProcessingJobName") == names[1]:
            raise Refusal("AccessDeniedException", "not authorized")

    service.before = refuse
    events = asyncio.run(fired(names))
    assert [event["status"] for event in events] == ["ended", "error"]
    assert "not authorized" in events[1]["message"]
