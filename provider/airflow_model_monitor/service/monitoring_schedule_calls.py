"""The calls of SageMaker's API that are about monitoring schedules, and their tags."""

from __future__ import annotations

from datetime import datetime

from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.job_definition_limits import check_definition
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.limit_checks import check_tags
from airflow_model_monitor.service.list_call import SortOrder, list_call
from airflow_model_monitor.service.monitor_kind import kind_of
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.run_time_cap import check_run_time
from airflow_model_monitor.service.schedule_config import check_schedule_config


def create_schedule(schedule: MonitoringSchedule, *, definition: JobDefinition | None = None) -> ApiCall:
    """``CreateMonitoringSchedule``. It answers at once; the schedule is ``Pending`` for a while.

    :param definition: the definition that is named, whose time limit is then checked against the schedule's period
    :raises ValueError: SageMaker would refuse it
    """
    check_schedule(schedule, definition=definition)
    return ApiCall("CreateMonitoringSchedule", schedule.to_api())


def update_schedule(schedule: MonitoringSchedule, *, definition: JobDefinition | None = None) -> ApiCall:
    """``UpdateMonitoringSchedule``: replaces all but tags. AWS's SDK drops the timing that is not repeated; here what
    was read with ``MonitoringSchedule.from_api`` is sent whole.

    :param definition: the definition that is named, whose time limit is then checked against the schedule's period
    :raises ValueError: SageMaker would refuse it
    """
    check_schedule(schedule, definition=definition)
    parameters = {"MonitoringScheduleName": schedule.name, "MonitoringScheduleConfig": schedule.config()}
    return ApiCall("UpdateMonitoringSchedule", parameters)


def describe_schedule(name: str) -> ApiCall:
    """``DescribeMonitoringSchedule``; the answer is what ``MonitoringSchedule.from_api`` reads."""
    return _named("Describe", name)


def start_schedule(name: str) -> ApiCall:
    """``StartMonitoringSchedule``: the next execution is that of the next due time."""
    return _named("Start", name)


def stop_schedule(name: str) -> ApiCall:
    """``StopMonitoringSchedule``: no further executions; one that runs goes on."""
    return _named("Stop", name)


def delete_schedule(name: str) -> ApiCall:
    """``DeleteMonitoringSchedule``. It answers at once; the schedule is there, ``Pending``, until it is not found.
    SageMaker refuses while it is ``Pending`` already.
    """
    return _named("Delete", name)


def list_schedules(
    *,
    endpoint: str | None = None,
    name_contains: str | None = None,
    status: str | None = None,
    monitoring_type: str | None = None,
    definition: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    sort_by: str | None = None,
    sort_order: SortOrder | None = None,
    max_results: int | None = 100,
    next_token: str | None = None,
) -> ApiCall:
    """One page of ``ListMonitoringSchedules``, newest first unless told otherwise.

    :param status: ``Pending``, ``Failed``, ``Scheduled`` or ``Stopped``
    :param definition: name of a job definition: the schedules that use it
    :raises ValueError: SageMaker would refuse it
    """
    return list_call(
        "ListMonitoringSchedules",
        endpoint=endpoint,
        name_contains=name_contains,
        status=status,
        monitoring_type=monitoring_type,
        definition=definition,
        created_after=created_after,
        created_before=created_before,
        sort_by=sort_by,
        sort_order=sort_order,
        max_results=max_results,
        next_token=next_token,
    )


def list_tags(arn: str) -> ApiCall:
    """``ListTags`` of a schedule or definition; what is described comes without them."""
    return ApiCall("ListTags", {"ResourceArn": arn, "MaxResults": 50})


def check_schedule(schedule: MonitoringSchedule, *, definition: JobDefinition | None = None) -> None:
    """Raise unless SageMaker would accept the schedule.

    :param definition: the definition that is named
    :raises ValueError: naming the argument, its value, what is allowed, and what to do
    """
    checked_name("name", schedule.name)
    check_tags(schedule.tags)
    if schedule.timing is not None:
        check_schedule_config(schedule.timing)
    inline = schedule.inline_definition
    if inline is not None:
        check_definition(inline, inline=True)
        check_run_time(inline.max_runtime_in_seconds, None, schedule.timing)
        return
    checked_name("definition_name", schedule.definition_name or "")
    kind = kind_of(schedule.monitoring_type or "")
    if definition is not None:
        if (definition.name, definition.kind) != (schedule.definition_name, kind):
            raise ValueError(
                f"definition_name: {schedule.definition_name!r} ({kind.monitoring_type}), but the definition given is "
                f"{definition.name!r} ({definition.monitoring_type}); a schedule runs one"
            )
        check_run_time(definition.max_runtime_in_seconds, kind, schedule.timing)


def _named(verb: str, name: str) -> ApiCall:
    return ApiCall(f"{verb}MonitoringSchedule", {"MonitoringScheduleName": checked_name("name", name)})
