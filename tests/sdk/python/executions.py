"""The executions of a schedule, waited for as a program of a user does: by asking the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_sdk import Session
from local_service import eventually, move_to

ENDED = ("Completed", "CompletedWithViolations", "Failed", "Stopped")
Summary = dict[str, Any]


def summaries(session: Session, schedule: str) -> list[Summary]:
    """What ListMonitoringExecutions says, newest first."""
    answer = session.sagemaker_client.list_monitoring_executions(
        MonitoringScheduleName=schedule, SortBy="ScheduledTime", SortOrder="Descending"
    )
    return list(answer["MonitoringExecutionSummaries"])


def run_until(session: Session, schedule: str, moment: datetime) -> Summary:
    """Let the clock go to a moment; the newest execution that was due by then, once it has ended."""
    move_to(moment)
    return eventually(ended_by(session, schedule, moment), f"an execution of {schedule} before {moment} that has ended")


def ended_by(session: Session, schedule: str, moment: datetime) -> Callable[[], Summary | None]:
    due = moment.replace(minute=0, second=0, microsecond=0)

    def newest() -> Summary | None:
        found = [one for one in summaries(session, schedule) if one["ScheduledTime"] >= due]
        return found[0] if found and found[0]["MonitoringExecutionStatus"] in ENDED else None

    return newest


def settled(monitor: Any) -> dict[str, Any]:
    """The description of a monitor's schedule once it is no longer ``Pending``, which AWS's notebooks wait for too."""

    def described() -> dict[str, Any] | None:
        found = monitor.describe_schedule()
        return None if found["MonitoringScheduleStatus"] == "Pending" else dict(found)

    return eventually(described, f"a status of {monitor.monitoring_schedule_name} other than Pending")
