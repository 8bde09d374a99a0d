"""The alerts of SageMaker's monitoring schedules: the lamps of its model dashboard, read and set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypedDict

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.hooks.aws_failure import is_missing
from airflow_model_monitor.runtimes.closed_account import closed_account_explained
from airflow_model_monitor.service.monitoring_alert_calls import list_alerts, update_alert

if TYPE_CHECKING:
    from airflow_model_monitor.hooks.aws_reader import AwsReader

_MOST_PAGES: Final = 20


class AlertState(TypedDict):
    """An alert as a task hands it on, JSON-able.

    ``status`` is ``InAlert`` or ``OK``; the alert is raised when ``datapoints_to_alert`` of the last
    ``evaluation_period`` executions failed or found violations. ``changed`` is when it was last set or changed, in ISO
    8601.
    """

    monitoring_schedule_name: str
    monitoring_alert_name: str
    status: str
    datapoints_to_alert: int
    evaluation_period: int
    changed: str


class NoSuchAlertError(LookupError):
    """The schedule, or an alert of that name, is not there; or it has several and none was named."""


class MonitoringAlerts:
    """Reads and sets alerts. Every method blocks on AWS, with botocore's errors after its retries.

    :param sagemaker: asks SageMaker, with new credentials when the old ones have expired
    """

    def __init__(self, sagemaker: AwsReader) -> None:
        self._sagemaker = sagemaker

    def all(self, schedule: str) -> tuple[AlertState, ...]:
        """Every alert of a schedule.

        :raises NoSuchAlertError: there is no such schedule
        """
        found: list[AlertState] = []
        token: str | None = None
        for _ in range(_MOST_PAGES):
            try:
                answer = self._sagemaker.call(list_alerts(schedule, next_token=token))
            except Exception as error:
                if is_missing(error):
                    raise NoSuchAlertError(
                        f"there is no monitoring schedule named {schedule!r} in this account and region"
                    ) from error
                raise
            found += [_state(schedule, one) for one in answer.get("MonitoringAlertSummaries", ())]
            token = answer.get("NextToken")
            if not token:
                break
        return tuple(found)

    def one(self, schedule: str, name: str | None) -> AlertState:
        """The alert of that name; without one, the only one there is.

        :raises NoSuchAlertError: there is none, or there are several to choose from
        """
        found = self.all(schedule)
        chosen = [alert for alert in found if name in (None, alert["monitoring_alert_name"])]
        if len(chosen) != 1:
            names = ", ".join(repr(alert["monitoring_alert_name"]) for alert in found) or "none"
            raise NoSuchAlertError(f"monitoring_alert_name={name!r}: the alerts of {schedule!r} are {names}")
        return chosen[0]

    def update(self, schedule: str, name: str | None, datapoints_to_alert: int, evaluation_period: int) -> AlertState:
        """Set how many of how many executions raise an alert; nothing is sent when it is set so already.

        :raises NoSuchAlertError: as :meth:`one`
        :raises ClosedAccountError: the account may not use Model Monitor
        """
        before = self.one(schedule, name)
        if (before["datapoints_to_alert"], before["evaluation_period"]) == (datapoints_to_alert, evaluation_period):
            return before
        call = update_alert(
            schedule,
            before["monitoring_alert_name"],
            datapoints_to_alert=datapoints_to_alert,
            evaluation_period=evaluation_period,
        )
        with closed_account_explained():
            self._sagemaker.call(call)
        return self.one(schedule, before["monitoring_alert_name"])


def _state(schedule: str, summary: Mapping[str, Any]) -> AlertState:
    changed: datetime = summary["LastModifiedTime"]
    return AlertState(
        monitoring_schedule_name=schedule,
        monitoring_alert_name=str(summary["MonitoringAlertName"]),
        status=str(summary["AlertStatus"]),
        datapoints_to_alert=int(summary["DatapointsToAlert"]),
        evaluation_period=int(summary["EvaluationPeriod"]),
        changed=format_utc(changed),
    )
