"""The lamps of the model dashboard: when enough of a schedule's last executions fail, its alert is raised.

SageMaker makes one alert with each schedule. AWS publishes neither its name nor its first settings; here it is called
as the schedule is, and one failed execution raises it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

AlertStatus = Literal["InAlert", "OK"]

FAILURES: Final = frozenset({"Failed", "CompletedWithViolations"})
"""Execution statuses that count towards an alert."""
VERDICTS: Final = FAILURES | {"Completed"}
"""Execution statuses that say something of the model; stopped and unfinished executions are passed over."""


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One line of an alert's history: from ``created`` on its status was ``status``."""

    created: datetime
    status: AlertStatus


@dataclass(frozen=True, slots=True)
class MonitoringAlert:
    """One alert of one schedule.

    :param datapoints_to_alert: how many failed executions among the last ``evaluation_period`` raise it, 1 to 100
    :param evaluation_period: how many executions are looked at, 1 to 100
    :param history: its changes of status, oldest first; empty until the first change
    """

    schedule: str
    name: str
    created: datetime
    modified: datetime
    datapoints_to_alert: int = 1
    evaluation_period: int = 1
    status: AlertStatus = "OK"
    history: tuple[AlertChange, ...] = ()

    @classmethod
    def of_schedule(cls, schedule: str, now: datetime) -> MonitoringAlert:
        """The alert SageMaker makes with a schedule."""
        return cls(schedule=schedule, name=schedule, created=now, modified=now)

    def updated(
        self, *, datapoints_to_alert: int, evaluation_period: int, statuses: Sequence[str], now: datetime
    ) -> MonitoringAlert:
        """The alert with other settings, judged by them at once.

        :param statuses: as in :meth:`judged`
        :raises ValueError: more datapoints than the period has, or numbers out of 1 to 100
        """
        for name, value in (("DatapointsToAlert", datapoints_to_alert), ("EvaluationPeriod", evaluation_period)):
            if not 1 <= value <= 100:
                raise ValueError(f"{name} must be between 1 and 100, and is {value}")
        if datapoints_to_alert > evaluation_period:
            raise ValueError(
                f"DatapointsToAlert ({datapoints_to_alert}) must not be greater than EvaluationPeriod "
                f"({evaluation_period})"
            )
        changed = replace(
            self, datapoints_to_alert=datapoints_to_alert, evaluation_period=evaluation_period, modified=now
        )
        return changed.judged(statuses, now)

    def judged(self, statuses: Sequence[str], now: datetime) -> MonitoringAlert:
        """The alert after an execution ended; unchanged when its status stays.

        Fewer executions than the period has may raise it all the same.

        :param statuses: ``MonitoringExecutionStatus`` of the schedule's executions, oldest first
        """
        recent = [status for status in statuses if status in VERDICTS][-self.evaluation_period :]
        failures = sum(status in FAILURES for status in recent)
        status: AlertStatus = "InAlert" if failures >= self.datapoints_to_alert else "OK"
        if status == self.status:
            return self
        return replace(self, status=status, modified=now, history=(*self.history, AlertChange(now, status)))

    def to_summary(self) -> dict[str, Any]:
        """As ``ListMonitoringAlerts`` shows it, with times as datetimes."""
        return {
            "MonitoringAlertName": self.name,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "AlertStatus": self.status,
            "DatapointsToAlert": self.datapoints_to_alert,
            "EvaluationPeriod": self.evaluation_period,
            "Actions": {"ModelDashboardIndicator": {"Enabled": True}},
        }

    def to_history(self) -> list[dict[str, Any]]:
        """As ``ListMonitoringAlertHistory`` shows it, oldest first, with times as datetimes."""
        return [
            {
                "MonitoringScheduleName": self.schedule,
                "MonitoringAlertName": self.name,
                "CreationTime": change.created,
                "AlertStatus": change.status,
            }
            for change in self.history
        ]

    def to_document(self) -> dict[str, Any]:
        """The alert for a journal: JSON values only."""
        return {
            "schedule": self.schedule,
            "name": self.name,
            "created": self.created.isoformat(),
            "modified": self.modified.isoformat(),
            "datapoints_to_alert": self.datapoints_to_alert,
            "evaluation_period": self.evaluation_period,
            "status": self.status,
            "history": [{"created": one.created.isoformat(), "status": one.status} for one in self.history],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> MonitoringAlert:
        """The alert a journal holds."""
        return cls(
            schedule=document["schedule"],
            name=document["name"],
            created=datetime.fromisoformat(document["created"]),
            modified=datetime.fromisoformat(document["modified"]),
            datapoints_to_alert=document["datapoints_to_alert"],
            evaluation_period=document["evaluation_period"],
            status=document["status"],
            history=tuple(
                AlertChange(datetime.fromisoformat(one["created"]), one["status"]) for one in document["history"]
            ),
        )
