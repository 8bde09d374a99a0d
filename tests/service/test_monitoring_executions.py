"""Executions as SageMaker lists them: what became of one, which one a window stands for, and how they are asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_model_monitor.service.due_execution import DueExecution, due_execution
from airflow_model_monitor.service.execution_listing import execution_lists, lists_by_schedule
from airflow_model_monitor.service.monitoring_execution import MonitoringExecution
from airflow_model_monitor.service.windows import HOUR, Window
from tests.golden_folder import golden_folder

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ARN = "arn:aws:sagemaker:us-west-2:111122223333:processing-job/model-monitoring-1"


def summary(**members: Any) -> dict[str, Any]:
    stated = {
        "MonitoringScheduleName": "churn",
        "ScheduledTime": NOON,
        "CreationTime": NOON + timedelta(minutes=7),
        "LastModifiedTime": NOON + timedelta(minutes=9),
        "MonitoringExecutionStatus": "Completed",
        "ProcessingJobArn": ARN,
    }
    return {name: value for name, value in {**stated, **members}.items() if value is not None}


def due(schedule: str = "churn", hours: float = 0, within: timedelta = HOUR) -> DueExecution:
    start = NOON + hours * HOUR
    return DueExecution(schedule, start, start + within)


@pytest.mark.parametrize(
    ("status", "job", "reason", "outcome"),
    [
        ("Pending", None, None, None),
        ("InProgress", ARN, None, None),
        ("Stopping", ARN, None, None),
        ("Completed", ARN, None, "completed"),
        ("CompletedWithViolations", ARN, None, "completed_with_violations"),
        ("Failed", None, "Job inputs had no data", "no_data"),
        ("Failed", None, "job inputs had no data.", "no_data"),
        ("Failed", None, "ResourceLimitExceeded: ml.m5.xlarge", "no_job"),
        ("Failed", None, None, "no_job"),
        ("Failed", ARN, "AlgorithmError: See job logs", "failed"),
        ("Failed", ARN, "AlgorithmError: Job inputs had no data", "failed"),
        ("Stopped", ARN, None, "stopped"),
        ("Stopped", None, None, "stopped"),
    ],
)
def test_outcomes(status: str, job: str | None, reason: str | None, outcome: str | None) -> None:
    execution = MonitoringExecution.from_api(
        summary(MonitoringExecutionStatus=status, ProcessingJobArn=job, FailureReason=reason)
    )

    assert execution.outcome == outcome


def test_a_real_window_without_traffic() -> None:
    recorded = json.loads((golden_folder() / "service-jobs" / "execution-no-data.json").read_text())
    recorded["ScheduledTime"] = datetime.fromisoformat(recorded["ScheduledTime"])

    execution = MonitoringExecution.from_api(recorded)

    assert (execution.outcome, execution.job_arn) == ("no_data", None)


def test_what_travels_in_an_event_is_json_and_comes_back() -> None:
    execution = MonitoringExecution.from_api(summary(MonitoringType="ModelBias", EndpointName="churn"))

    event = json.loads(json.dumps(execution.to_event()))

    assert MonitoringExecution.from_event(event) == execution
    assert MonitoringExecution.from_event({**event, "of_a_newer_release": 1}) == execution


@pytest.mark.parametrize(
    ("arguments", "start"),
    [({}, NOON), ({"end_time_offset": "-P1D"}, NOON + timedelta(days=1)), ({"end_time_offset": "-PT1H"}, NOON + HOUR)],
)
def test_the_execution_is_due_when_the_windows_data_are_complete(arguments: dict[str, str], start: datetime) -> None:
    result = due_execution("churn", Window(NOON - HOUR, NOON), **arguments)

    assert (result.due_from, result.due_before) == (start, start + HOUR)


@pytest.mark.parametrize("minutes", [0, 21, 59])
def test_a_schedule_of_now_is_due_at_any_minute(minutes: int) -> None:
    assert due().matches(MonitoringExecution.from_api(summary(ScheduledTime=NOON + timedelta(minutes=minutes))))


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_next_hour_is_another_execution(hours: int) -> None:
    assert not due().matches(MonitoringExecution.from_api(summary(ScheduledTime=NOON + hours * HOUR)))


def test_of_two_under_one_name_the_newer_counts() -> None:
    first = MonitoringExecution.from_api(summary(MonitoringExecutionStatus="Failed"))
    again = MonitoringExecution.from_api(summary(CreationTime=NOON + timedelta(minutes=40)))

    assert due().newest([again, first]) == due().newest([first, again]) == again
    assert due("other").newest([first, again]) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"end_time_offset": "PT1H"}, "lies after the scheduled time"),
        ({"end_time_offset": "yesterday"}, "is not an offset"),
        ({"scheduled_within": timedelta(0)}, "scheduled_within"),
    ],
)
def test_refuses_what_has_no_execution(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        due_execution("churn", Window(NOON - HOUR, NOON), **arguments)


def test_a_name_that_sagemaker_refuses_is_refused_here() -> None:
    with pytest.raises(ValueError, match="late_arrivals"):
        due("late_arrivals")


def test_many_schedules_of_one_hour_are_one_list() -> None:
    (listed,) = execution_lists([due(f"churn-{number}") for number in range(500)])

    call = listed.page()

    assert call.operation == "ListMonitoringExecutions"
    assert "MonitoringScheduleName" not in call.parameters
    assert call.parameters["MaxResults"] == 100
    assert call.parameters["ScheduledTimeAfter"] < NOON < NOON + HOUR < call.parameters["ScheduledTimeBefore"]
    assert not [name for name in call.parameters if name.startswith("LastModified")]


def test_few_schedules_are_asked_for_singly() -> None:
    lists = execution_lists([due("a"), due("b"), due("a", hours=1)])

    assert [(one.schedule, len(one.wanted)) for one in lists] == [("a", 2), ("b", 1)]


def test_an_account_of_many_pages_is_asked_singly_sooner() -> None:
    wanted = [due(f"churn-{number}") for number in range(20)]

    assert len(execution_lists(wanted, pages_of_all=19)) == 1
    assert len(execution_lists(wanted, pages_of_all=20)) == 20


def test_a_window_of_last_month_does_not_widen_the_list_of_this_one() -> None:
    wanted = [due(f"churn-{number}") for number in range(10)]

    lists = execution_lists([*wanted, due("churn-3", hours=-720)])

    assert [(one.schedule, one.due_from) for one in lists] == [("churn-3", NOON - 720 * HOUR), (None, NOON)]


def test_every_wanted_execution_is_in_a_list() -> None:
    wanted = {due(f"churn-{number % 7}", hours=number * 2.5) for number in range(60)}

    for lists in (execution_lists(wanted), lists_by_schedule(wanted), execution_lists(wanted, pages_of_all=1)):
        assert {one for listed in lists for one in listed.wanted} == wanted
        for listed in lists:
            for one in listed.wanted:
                assert listed.schedule in (None, one.schedule)
                assert listed.due_from <= one.due_from < one.due_before <= listed.due_before
