"""Create, Update, Describe, Start, Stop, Delete and List of monitoring schedules."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.local.actions.job_definitions import definitions
from airflow_model_monitor.local.endpoints import check_endpoint
from airflow_model_monitor.local.errors import in_use, validation_error
from airflow_model_monitor.local.listing import MADE, listed, shown
from airflow_model_monitor.local.maintenance import refuse_new_monitors
from airflow_model_monitor.local.schedules import ARN_KIND, DELETED, DUE_FROM, REGION
from airflow_model_monitor.local.tags import put_tags
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import KINDS, MonitoringType
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.monitoring_schedule_calls import check_schedule

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws

Request = Mapping[str, Any]


def schedules_using(aws: LocalAws, region: str, monitoring_type: MonitoringType, name: str) -> list[str]:
    """Names of the schedules that run a definition."""
    return [
        one["MonitoringScheduleName"]
        for one in aws.schedules.all(region)
        if one.get("_definition") == name and one["MonitoringType"] == monitoring_type
    ]


def _create(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    refuse_new_monitors(aws)
    name = request["MonitoringScheduleName"]
    arn = aws.arn(region, ARN_KIND, name)
    with aws.lock, aws.journal.together():
        aws.schedules.settle()
        if f"{region}/{name}" in aws.schedules.section:
            raise in_use(f"Monitoring Schedule {arn} already exists: choose another name, or delete it first")
        document = {
            "MonitoringScheduleArn": arn,
            "MonitoringScheduleName": name,
            "CreationTime": aws.epoch(),
            MADE: time.time_ns(),
            REGION: region,
            **_configured(aws, region, request),
        }
        aws.schedules.put(document, "Scheduled")
        put_tags(aws, arn, request.get("Tags"))
    return document


def _update(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    with aws.lock, aws.journal.together():
        document = aws.schedules.settled(region, request["MonitoringScheduleName"])
        before = document["MonitoringScheduleStatus"]
        for member in ("EndpointName", "MonitoringType", "_definition", "_ran"):
            document.pop(member, None)
        document |= _configured(aws, region, request)
        aws.schedules.put(document, before)
    return document


def _configured(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    """The members of a schedule that its configuration decides.

    :raises ServiceError: the service would refuse it
    """
    try:
        schedule = MonitoringSchedule.from_api(request)
        definition = schedule.inline_definition or _definition(aws, region, schedule)
        check_schedule(schedule, definition=None if schedule.inline_definition else definition)
    except ValueError as error:
        raise validation_error(str(error)) from error
    check_endpoint(aws, region, definition.endpoint)
    document = {
        "MonitoringScheduleConfig": request["MonitoringScheduleConfig"],
        "MonitoringType": definition.monitoring_type,
        "_definition": schedule.definition_name,
        DUE_FROM: aws.epoch(),
    }
    if definition.endpoint is not None:
        document["EndpointName"] = definition.endpoint
    return document


def _definition(aws: LocalAws, region: str, schedule: MonitoringSchedule) -> JobDefinition:
    kind = KINDS[schedule.monitoring_type or "DataQuality"]
    found = definitions(aws, kind).get(f"{region}/{schedule.definition_name}")
    if found is None:
        raise validation_error(
            f"Could not find {kind.monitoring_type} job definition {schedule.definition_name!r} in {region}; create it "
            "before its schedule."
        )
    return JobDefinition.from_api(found)


def _describe(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    document = aws.schedules.get(region, request["MonitoringScheduleName"])
    last = aws.executions.last_of(document)
    return document if last is None else {**document, "LastMonitoringExecutionSummary": shown(last)}


def _start(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    with aws.lock, aws.journal.together():
        document = aws.schedules.settled(region, request["MonitoringScheduleName"])
        if document["MonitoringScheduleStatus"] != "Scheduled":
            document[DUE_FROM] = aws.epoch()
            document.pop("_ran", None)
            aws.schedules.put(document, "Scheduled")
    return {}


def _stop(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    with aws.lock, aws.journal.together():
        document = aws.schedules.settled(region, request["MonitoringScheduleName"])
        if document["MonitoringScheduleStatus"] != "Stopped":
            aws.schedules.put(document, "Stopped")
    return {}


def _delete(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    with aws.lock, aws.journal.together():
        aws.schedules.put(aws.schedules.settled(region, request["MonitoringScheduleName"]), DELETED)
    return {}


def _list(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    found = [
        {
            "MonitoringJobDefinitionName": one.get("_definition"),
            **{member: value for member, value in one.items() if member != "MonitoringScheduleConfig"},
        }
        for one in aws.schedules.all(region)
    ]
    return listed(
        request,
        found,
        member="MonitoringScheduleSummaries",
        name="MonitoringScheduleName",
        filters={
            "EndpointName": "EndpointName",
            "StatusEquals": "MonitoringScheduleStatus",
            "MonitoringTypeEquals": "MonitoringType",
            "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
        },
        sort_keys={
            "Name": "MonitoringScheduleName",
            "CreationTime": "CreationTime",
            "Status": "MonitoringScheduleStatus",
        },
    )


ACTIONS: dict[str, Action] = {
    "CreateMonitoringSchedule": _create,
    "UpdateMonitoringSchedule": _update,
    "DescribeMonitoringSchedule": _describe,
    "StartMonitoringSchedule": _start,
    "StopMonitoringSchedule": _stop,
    "DeleteMonitoringSchedule": _delete,
    "ListMonitoringSchedules": _list,
}
