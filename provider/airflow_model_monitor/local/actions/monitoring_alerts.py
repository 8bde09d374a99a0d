"""List and Update of monitoring alerts, and their history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.local.aws import epoch
from airflow_model_monitor.local.listing import listed

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws

Request = Mapping[str, Any]


def _list(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    alert = aws.alerts.of(aws.schedules.get(region, request["MonitoringScheduleName"])).to_summary()
    times = {member: epoch(alert[member]) for member in ("CreationTime", "LastModifiedTime")}
    return {"MonitoringAlertSummaries": [{**alert, **times}]}


def _update(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    schedule = aws.schedules.get(region, request["MonitoringScheduleName"])
    name = request["MonitoringAlertName"]
    aws.alerts.update(schedule, name, request["DatapointsToAlert"], request["EvaluationPeriod"])
    return {"MonitoringScheduleArn": schedule["MonitoringScheduleArn"], "MonitoringAlertName": name}


def _list_history(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    if name := request.get("MonitoringScheduleName"):
        aws.schedules.get(region, name)
    return listed(
        request,
        aws.alerts.history(region),
        member="MonitoringAlertHistory",
        name="MonitoringAlertName",
        filters={
            "MonitoringScheduleName": "MonitoringScheduleName",
            "MonitoringAlertName": "MonitoringAlertName",
            "StatusEquals": "AlertStatus",
        },
        sort_keys={"CreationTime": "CreationTime", "Status": "AlertStatus"},
        identity=lambda one: f"{one['_number']:06d} {one['MonitoringScheduleName']}",
    )


ACTIONS: dict[str, Action] = {
    "ListMonitoringAlerts": _list,
    "UpdateMonitoringAlert": _update,
    "ListMonitoringAlertHistory": _list_history,
}
