"""The calls that list things: their filters have the same names and limits in all operations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.limit_checks import check_number, check_one_of, check_text
from airflow_model_monitor.service.monitor_kind import MONITORING_TYPES

SortOrder = Literal["Ascending", "Descending"]

SCHEDULE_STATUSES: Final = ("Pending", "Failed", "Scheduled", "Stopped")
EXECUTION_STATUSES: Final = (
    "Pending",
    "InProgress",
    "Completed",
    "CompletedWithViolations",
    "Failed",
    "Stopping",
    "Stopped",
)
ALERT_STATUSES: Final = ("InAlert", "OK")

_PART_OF_A_NAME: Final = re.compile(r"[a-zA-Z0-9\-]+")
_ALLOWED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "ListMonitoringSchedules": {"sort_by": ("Name", "CreationTime", "Status"), "status": SCHEDULE_STATUSES},
    "ListMonitoringExecutions": {
        "sort_by": ("CreationTime", "ScheduledTime", "Status"),
        "status": EXECUTION_STATUSES,
    },
    "ListMonitoringAlertHistory": {"sort_by": ("CreationTime", "Status"), "status": ALERT_STATUSES},
}
_SORT_OF_DEFINITIONS: Final = ("Name", "CreationTime")
_NAMES: Final[Mapping[str, str]] = {
    "schedule": "MonitoringScheduleName",
    "alert": "MonitoringAlertName",
    "endpoint": "EndpointName",
    "definition": "MonitoringJobDefinitionName",
}
_TIMES: Final[Mapping[str, str]] = {
    "created_after": "CreationTimeAfter",
    "created_before": "CreationTimeBefore",
    "modified_after": "LastModifiedTimeAfter",
    "modified_before": "LastModifiedTimeBefore",
    "scheduled_after": "ScheduledTimeAfter",
    "scheduled_before": "ScheduledTimeBefore",
}
_OTHERS: Final[Mapping[str, str]] = {
    "monitoring_type": "MonitoringTypeEquals",
    "name_contains": "NameContains",
    "status": "StatusEquals",
    "sort_by": "SortBy",
    "sort_order": "SortOrder",
    "max_results": "MaxResults",
    "next_token": "NextToken",
}
_MEMBERS: Final[Mapping[str, str]] = {**_NAMES, **_TIMES, **_OTHERS}


def list_call(operation: str, **filters: str | int | datetime | None) -> ApiCall:
    """One page of a list.

    :param operation: e.g. ``ListMonitoringExecutions``
    :param filters: the operation's, under the names of the functions that call this one; None leaves one out
    :raises ValueError: SageMaker would refuse it
    """
    stated = {argument: value for argument, value in filters.items() if value is not None}
    for argument, value in stated.items():
        _check(operation, argument, value)
    return ApiCall(operation, {_MEMBERS[argument]: value for argument, value in stated.items()})


def _check(operation: str, argument: str, value: Any) -> None:
    if argument in _NAMES:
        checked_name(argument, value)
    elif argument in _TIMES:
        _check_time(argument, value)
    elif argument in ("sort_by", "status"):
        check_one_of(argument, value, _ALLOWED.get(operation, {}).get(argument, _SORT_OF_DEFINITIONS))
    else:
        _CHECKS[argument](argument, value)


def _check_time(argument: str, value: datetime) -> None:
    try:
        format_utc(value)
    except ValueError as error:
        raise ValueError(
            f"{argument}: {error}; give an aware datetime, e.g. datetime(2026, 1, 2, tzinfo=UTC)"
        ) from None


def _check_part(argument: str, value: str) -> None:
    check_text(argument, value, 1, 63, _PART_OF_A_NAME, "letters, digits and hyphens")


_CHECKS: Final[Mapping[str, Callable[[str, Any], None]]] = {
    "monitoring_type": lambda argument, value: check_one_of(argument, value, MONITORING_TYPES),
    "name_contains": _check_part,
    "sort_order": lambda argument, value: check_one_of(argument, value, ("Ascending", "Descending")),
    "max_results": lambda argument, value: check_number(argument, value, 1, 100, "follow next_token for more"),
    "next_token": lambda argument, value: check_text(argument, value, 0, 8192),
}
