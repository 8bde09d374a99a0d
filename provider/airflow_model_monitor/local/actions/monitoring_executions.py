"""ListMonitoringExecutions: the only operation there is about executions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.local.listing import listed

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws


def _list(aws: LocalAws, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    return listed(
        request,
        aws.executions.all(region),
        member="MonitoringExecutionSummaries",
        name="MonitoringScheduleName",
        filters={
            "MonitoringScheduleName": "MonitoringScheduleName",
            "EndpointName": "EndpointName",
            "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
            "MonitoringTypeEquals": "MonitoringType",
            "StatusEquals": "MonitoringExecutionStatus",
        },
        sort_keys={
            "CreationTime": "CreationTime",
            "ScheduledTime": "ScheduledTime",
            "Status": "MonitoringExecutionStatus",
        },
        identity=lambda one: f"{one['_number']:012d}",
    )


ACTIONS: dict[str, Action] = {"ListMonitoringExecutions": _list}
