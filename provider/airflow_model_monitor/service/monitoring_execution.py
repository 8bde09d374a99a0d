"""One execution of a monitoring schedule, as ``ListMonitoringExecutions`` tells of it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from airflow_model_monitor.contract.timestamps import format_utc

Outcome = Literal["completed", "completed_with_violations", "no_data", "no_job", "failed", "stopped"]

NO_DATA: Final = "Job inputs had no data"
"""The service's words for a window without traffic. Such an execution is ``Failed``, and no job was started for it."""

_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "Completed": "completed",
    "CompletedWithViolations": "completed_with_violations",
    "Failed": "failed",
    "Stopped": "stopped",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringExecution:
    """A ``MonitoringExecutionSummary``.

    :param schedule: name of the monitoring schedule
    :param scheduled_time: when it was due; it starts up to 20 minutes later
    :param creation_time: when the service made it; orders executions that were due at the same time
    :param status: ``Pending``, ``InProgress``, ``Completed``, ``CompletedWithViolations``, ``Failed``, ``Stopping`` or
        ``Stopped``
    :param job_arn: its processing job; None where none was started
    :param endpoint: the endpoint it watches; None for batch transform
    :param failure_reason: the service's words
    :param monitoring_type: which of the four monitors; None where the service does not say (data quality, inline)
    """

    schedule: str
    scheduled_time: datetime
    creation_time: datetime
    status: str
    job_arn: str | None = None
    endpoint: str | None = None
    failure_reason: str | None = None
    monitoring_type: str | None = None

    @classmethod
    def from_api(cls, summary: Mapping[str, Any]) -> MonitoringExecution:
        """The execution in an answer of boto3's, whose times are datetimes.

        :param summary: a member of ``MonitoringExecutionSummaries``
        """
        scheduled: datetime = summary["ScheduledTime"]
        return cls(
            schedule=str(summary["MonitoringScheduleName"]),
            scheduled_time=scheduled,
            creation_time=summary.get("CreationTime", scheduled),
            status=str(summary["MonitoringExecutionStatus"]),
            job_arn=summary.get("ProcessingJobArn") or None,
            endpoint=summary.get("EndpointName"),
            failure_reason=summary.get("FailureReason"),
            monitoring_type=summary.get("MonitoringType"),
        )

    def to_event(self) -> dict[str, str | None]:
        """All of it as text, for the event of a trigger."""
        return {
            "schedule": self.schedule,
            "scheduled_time": format_utc(self.scheduled_time),
            "creation_time": format_utc(self.creation_time),
            "status": self.status,
            "job_arn": self.job_arn,
            "endpoint": self.endpoint,
            "failure_reason": self.failure_reason,
            "monitoring_type": self.monitoring_type,
        }

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> MonitoringExecution:
        """What :meth:`to_event` wrote; members it does not know are left out, so that releases may differ."""
        known = {name: event.get(name) for name in cls.__slots__}
        for name in ("scheduled_time", "creation_time"):
            known[name] = datetime.fromisoformat(str(event[name]))
        return cls(**known)  # type: ignore[arg-type]

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it goes on.

        A window without traffic and an execution whose job could not be started are ``Failed`` to the service; they
        are told apart by the reason and by the job that is not there.
        """
        found = _OUTCOMES.get(self.status)
        if found != "failed" or self.job_arn is not None:
            return found
        return "no_data" if NO_DATA.lower() in (self.failure_reason or "").lower() else "no_job"

    def __str__(self) -> str:
        return f"execution of {self.schedule} that was due at {format_utc(self.scheduled_time)}"
