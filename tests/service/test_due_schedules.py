"""What is due is decided by the interval: each time once, however time is cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.service.due_schedules import due_executions
from airflow_model_monitor.service.windows import DAY, HOUR, Window

MIDNIGHT = datetime(2026, 1, 2, tzinfo=UTC)


def schedule(expression: str | None = "cron(0 * ? * * *)", made: str = "2026-01-01T00:00:00Z", **further: Any) -> Any:
    timing: dict[str, Any] = {} if expression is None else {"ScheduleConfig": {"ScheduleExpression": expression}}
    if expression == "NOW":
        timing["ScheduleConfig"] |= {"DataAnalysisStartTime": "-PT3H", "DataAnalysisEndTime": "-PT0H"}
    return {
        "MonitoringScheduleName": "churn",
        "MonitoringScheduleStatus": "Scheduled",
        "CreationTime": made,
        "MonitoringScheduleConfig": {
            "MonitoringJobDefinitionName": "definition",
            "MonitoringType": "DataQuality",
            **timing,
        },
        **further,
    }


def due(document: Any, start: datetime = MIDNIGHT, length: timedelta = DAY, *, since_made: bool = True) -> list[str]:
    found = due_executions(document, Window(start, start + length), since_made=since_made)
    assert {one.schedule for one in found} <= {"churn"}
    return [f"{one.scheduled_time:%dT%H:%M}" for one in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 5 ? * * *)", ["02T05:00"]),
        ("cron(0 0 ? * * *)", ["03T00:00"]),
        ("cron(0 3/10 ? * * *)", ["02T03:00", "02T13:00", "02T23:00"]),
        (None, ["03T00:00"]),
    ],
)
def test_an_expression_over_a_day(expression: str | None, expected: list[str]) -> None:
    assert due(schedule(expression)) == expected


@pytest.mark.parametrize("expression", ["cron(0 * ? * * *)", "cron(0 3/10 ? * * *)", None])
def test_a_day_is_the_sum_of_its_hours(expression: str | None) -> None:
    hours = [due(schedule(expression), MIDNIGHT + i * HOUR, HOUR) for i in range(24)]

    assert [one for hour in hours for one in hour] == due(schedule(expression))


def test_the_end_of_an_interval_is_due_in_it_and_its_start_is_not() -> None:
    assert due(schedule(), length=HOUR) == ["02T01:00"]


def test_nothing_is_due_before_the_schedule_was_made_unless_history_is_wanted() -> None:
    late = schedule(made="2026-01-02T21:30:00Z")

    assert due(late) == ["02T22:00", "02T23:00", "03T00:00"]
    assert len(due(late, since_made=False)) == 24


def test_now_is_due_once_when_it_was_made() -> None:
    now = schedule("NOW", made="2026-01-02T03:04:05Z")

    assert due(now, since_made=False) == ["02T03:04"]
    assert due(now, MIDNIGHT + DAY, since_made=False) == []


@pytest.mark.parametrize("status", ["Stopped", "Failed", "Pending"])
def test_only_what_is_scheduled_is_due(status: str) -> None:
    assert due(schedule(MonitoringScheduleStatus=status), since_made=False) == []


@pytest.mark.parametrize("member", ["CreationTime", "MonitoringScheduleStatus", "MonitoringScheduleConfig"])
def test_what_is_missing_is_named(member: str) -> None:
    broken = {name: value for name, value in schedule().items() if name != member}

    with pytest.raises(ContractError, match=member):
        due(broken)
