"""Monitoring alerts: each schedule has one, in alarm while enough of its last executions have found violations.

They light a dashboard at AWS and send nothing; what sends messages is a CloudWatch alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.aws import epoch
from airflow_model_monitor.local.errors import not_found, validation_error
from airflow_model_monitor.local.executions import TERMINAL
from airflow_model_monitor.local.schedules import REGION

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

ACTIONS: Final = {"ModelDashboardIndicator": {"Enabled": True}}
_SUFFIX: Final = "-alert"


class Alerts:
    """The alerts of all schedules: settings and states by the schedule's ARN, history by number."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._section = aws.journal.section("monitoring-alerts")
        self._history = aws.journal.section("monitoring-alert-history")
        self._next = max((int(key) for key in self._history), default=0) + 1
        aws.when_ended.append(self._judge)

    def of(self, schedule: Mapping[str, Any]) -> dict[str, Any]:
        """The alert of a schedule, as ``ListMonitoringAlerts`` answers it."""
        stored = self._section.get(schedule["MonitoringScheduleArn"])
        if stored is not None and stored["_schedule_created"] == schedule["CreationTime"]:
            found: dict[str, Any] = stored
            return found
        return {
            "MonitoringAlertName": f"{schedule['MonitoringScheduleName'][: 63 - len(_SUFFIX)]}{_SUFFIX}",
            "CreationTime": schedule["CreationTime"],
            "LastModifiedTime": schedule["CreationTime"],
            "AlertStatus": "OK",
            "DatapointsToAlert": 1,
            "EvaluationPeriod": 1,
            "Actions": ACTIONS,
            "_schedule_created": schedule["CreationTime"],
        }

    def update(self, schedule: Mapping[str, Any], name: str, datapoints: int, periods: int) -> None:
        """Set how many of how many executions light the alert.

        :raises ServiceError: no such alert, or more data points than executions looked at
        """
        with self._aws.lock:
            alert = self.of(schedule)
            if alert["MonitoringAlertName"] != name:
                raise not_found(
                    f"Could not find monitoring alert {name!r} of {schedule['MonitoringScheduleArn']}; it has "
                    f"{alert['MonitoringAlertName']!r}"
                )
            if datapoints > periods:
                raise validation_error(
                    f"DatapointsToAlert {datapoints} must be less than or equal to EvaluationPeriod {periods}"
                )
            alert |= {
                "DatapointsToAlert": datapoints,
                "EvaluationPeriod": periods,
                "LastModifiedTime": self._aws.epoch(),
            }
            self._section.put(schedule["MonitoringScheduleArn"], alert)
            self._look(schedule, self._aws.epoch())

    def history(self, region: str) -> list[dict[str, Any]]:
        """All changes of state in a region."""
        return [one for one in self._history.values() if one[REGION] == region]

    def _judge(self, execution: Mapping[str, Any]) -> None:
        with self._aws.lock:
            key = f"{execution[REGION]}/{execution['MonitoringScheduleName']}"
            schedule = self._aws.schedules.section.get(key)
            if schedule is not None and schedule["CreationTime"] == execution["_schedule_created"]:
                self._look(schedule, epoch(datetime.fromtimestamp(execution["LastModifiedTime"], UTC)))

    def _look(self, schedule: Mapping[str, Any], moment: float) -> None:
        alert = self.of(schedule)
        ended = [one for one in self._aws.executions.of(schedule) if one["MonitoringExecutionStatus"] in TERMINAL]
        last = [one["MonitoringExecutionStatus"] for one in ended[-alert["EvaluationPeriod"] :]]
        state = "InAlert" if last.count("CompletedWithViolations") >= alert["DatapointsToAlert"] else "OK"
        if state == alert["AlertStatus"]:
            return
        with self._aws.journal.together():
            self._section.put(schedule["MonitoringScheduleArn"], {**alert, "AlertStatus": state})
            self._history.put(
                str(self._next),
                {
                    "MonitoringScheduleName": schedule["MonitoringScheduleName"],
                    "MonitoringAlertName": alert["MonitoringAlertName"],
                    "CreationTime": moment,
                    "AlertStatus": state,
                    "_number": self._next,
                    REGION: schedule[REGION],
                },
            )
            self._next += 1
