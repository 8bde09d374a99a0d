"""Monitoring alerts as they are kept: one for each schedule, judged whenever one of its executions has ended.

They light a dashboard at AWS and send nothing; what sends messages is a CloudWatch alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.local.aws import epoch
from airflow_model_monitor.local.errors import not_found, validation_error
from airflow_model_monitor.local.monitoring_alerts import MonitoringAlert
from airflow_model_monitor.local.schedules import REGION

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws


class Alerts:
    """The alerts of all schedules, the history of those that are gone among them."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._section = aws.journal.section("monitoring-alerts")
        aws.when_ended.append(self._judge)

    def of(self, schedule: Mapping[str, Any]) -> MonitoringAlert:
        """The alert of a schedule."""
        stored = self._section.get(_key(schedule))
        if stored is not None:
            return MonitoringAlert.from_document(stored["alert"])
        created = datetime.fromtimestamp(schedule["CreationTime"], UTC)
        return MonitoringAlert.of_schedule(schedule["MonitoringScheduleName"], created)

    def update(self, schedule: Mapping[str, Any], name: str, datapoints: int, periods: int) -> None:
        """Set how many of how many executions raise the alert.

        :raises ServiceError: no such alert, or more data points than executions looked at
        """
        with self._aws.lock:
            alert = self.of(schedule)
            if alert.name != name:
                arn = schedule["MonitoringScheduleArn"]
                raise not_found(f"Could not find monitoring alert {name!r} of {arn}; it has {alert.name!r}")
            try:
                changed = alert.updated(
                    datapoints_to_alert=datapoints,
                    evaluation_period=periods,
                    statuses=self._statuses(schedule),
                    now=self._aws.clock.now(),
                )
            except ValueError as error:
                raise validation_error(str(error)) from error
            self._keep(schedule, changed)

    def history(self, region: str) -> list[dict[str, Any]]:
        """All changes of state in a region, as the API has them, with a number of ours."""
        found = []
        for stored in self._section.values():
            if stored[REGION] == region:
                for number, one in enumerate(MonitoringAlert.from_document(stored["alert"]).to_history()):
                    found.append({**one, "CreationTime": epoch(one["CreationTime"]), "_number": number})
        return found

    def _judge(self, execution: Mapping[str, Any]) -> None:
        with self._aws.lock:
            key = f"{execution[REGION]}/{execution['MonitoringScheduleName']}"
            schedule = self._aws.schedules.section.get(key)
            if schedule is None or schedule["CreationTime"] != execution["_schedule_created"]:
                return
            alert = self.of(schedule)
            moment = datetime.fromtimestamp(execution["LastModifiedTime"], UTC)
            judged = alert.judged(self._statuses(schedule), moment)
            if judged != alert:
                self._keep(schedule, judged)

    def _statuses(self, schedule: Mapping[str, Any]) -> list[str]:
        return [one["MonitoringExecutionStatus"] for one in self._aws.executions.of(schedule)]

    def _keep(self, schedule: Mapping[str, Any], alert: MonitoringAlert) -> None:
        self._section.put(_key(schedule), {REGION: schedule[REGION], "alert": alert.to_document()})


def _key(schedule: Mapping[str, Any]) -> str:
    # A schedule of the same name that is made again has an alert of its own.
    return f"{schedule['MonitoringScheduleArn']} {schedule['CreationTime']}"
