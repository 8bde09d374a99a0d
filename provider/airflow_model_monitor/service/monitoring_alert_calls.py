"""The calls of SageMaker's API that are about monitoring alerts, the lamps of its model dashboard."""

from __future__ import annotations

from datetime import datetime

from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.limit_checks import check_number
from airflow_model_monitor.service.list_call import SortOrder, list_call


def update_alert(schedule: str, alert: str, *, datapoints_to_alert: int, evaluation_period: int) -> ApiCall:
    """``UpdateMonitoringAlert``: the alert is raised when enough of the last executions failed or found violations.

    :param schedule: name of the monitoring schedule
    :param alert: name of the alert
    :param datapoints_to_alert: how many executions of the last ``evaluation_period``, 1 to 100
    :param evaluation_period: how many executions are looked at, 1 to 100
    :raises ValueError: SageMaker would refuse it, or the alert could never be raised
    """
    check_number("datapoints_to_alert", datapoints_to_alert, 1, 100)
    check_number("evaluation_period", evaluation_period, 1, 100)
    if datapoints_to_alert > evaluation_period:
        raise ValueError(
            f"datapoints_to_alert: {datapoints_to_alert}; allowed are 1 to evaluation_period, which is "
            f"{evaluation_period}: of so many executions no more can fail"
        )
    parameters = {
        "MonitoringScheduleName": checked_name("schedule", schedule),
        "MonitoringAlertName": checked_name("alert", alert),
        "DatapointsToAlert": datapoints_to_alert,
        "EvaluationPeriod": evaluation_period,
    }
    return ApiCall("UpdateMonitoringAlert", parameters)


def list_alerts(schedule: str, *, max_results: int | None = 100, next_token: str | None = None) -> ApiCall:
    """One page of ``ListMonitoringAlerts``.

    :raises ValueError: SageMaker would refuse it
    """
    return list_call("ListMonitoringAlerts", schedule=schedule, max_results=max_results, next_token=next_token)


def list_alert_history(
    schedule: str | None = None,
    alert: str | None = None,
    *,
    status: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    sort_by: str | None = "CreationTime",
    sort_order: SortOrder | None = "Descending",
    max_results: int | None = 100,
    next_token: str | None = None,
) -> ApiCall:
    """One page of ``ListMonitoringAlertHistory``, the latest change first unless told otherwise.

    :param status: ``InAlert`` or ``OK``
    :raises ValueError: SageMaker would refuse it
    """
    return list_call(
        "ListMonitoringAlertHistory",
        schedule=schedule,
        alert=alert,
        status=status,
        created_after=created_after,
        created_before=created_before,
        sort_by=sort_by,
        sort_order=sort_order,
        max_results=max_results,
        next_token=next_token,
    )
