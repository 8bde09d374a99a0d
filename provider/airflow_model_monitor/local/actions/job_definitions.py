"""Create, Describe, Delete and List of the four kinds of job definitions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.local.endpoints import check_endpoint
from airflow_model_monitor.local.errors import in_use, not_found, validation_error
from airflow_model_monitor.local.listing import MADE, listed
from airflow_model_monitor.local.maintenance import refuse_new_monitors
from airflow_model_monitor.local.tags import put_tags
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.job_definition_limits import check_definition
from airflow_model_monitor.service.monitor_kind import KINDS, MonitoringType, MonitorKind

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws
    from airflow_model_monitor.local.section import Section


def definitions(aws: LocalAws, kind: MonitorKind) -> Section:
    """The definitions of a monitor, by ``region/name``, as ``Describe`` answers them."""
    return aws.journal.section(f"{arn_kind(kind)}s")


def arn_kind(kind: MonitorKind) -> str:
    """The kind in such a definition's ARN: ``data-quality-job-definition``."""
    return kind.definition_prefix


def find_definition(aws: LocalAws, region: str, monitoring_type: MonitoringType, name: str) -> dict[str, Any]:
    """A definition.

    :raises ServiceError: there is none
    """
    kind = KINDS[monitoring_type]
    found: dict[str, Any] | None = definitions(aws, kind).get(f"{region}/{name}")
    if found is None:
        raise not_found(f"Could not find job definition {aws.arn(region, arn_kind(kind), name)}")
    return found


def read_definition(document: Mapping[str, Any]) -> JobDefinition:
    """The definition of a request that satisfies the service model, checked for what the model does not say.

    :raises ServiceError: the service would refuse it
    """
    try:
        definition = JobDefinition.from_api(document)
        check_definition(definition)
    except ValueError as error:
        raise validation_error(str(error)) from error
    return definition


def _create(kind: MonitorKind, aws: LocalAws, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    refuse_new_monitors(aws)
    name = request["JobDefinitionName"]
    definition = read_definition(request)
    check_endpoint(aws, region, definition.endpoint)
    arn = aws.arn(region, arn_kind(kind), name)
    with aws.lock, aws.journal.together():
        section = definitions(aws, kind)
        if f"{region}/{name}" in section:
            raise in_use(f"Job definition {arn} already exists: choose another name, or delete it first")
        document = {member: value for member, value in request.items() if member != "Tags"}
        document |= {
            "JobDefinitionArn": arn,
            "CreationTime": aws.epoch(),
            "EndpointName": definition.endpoint,
            MADE: time.time_ns(),
        }
        section.put(f"{region}/{name}", document)
        put_tags(aws, arn, request.get("Tags"))
    return {"JobDefinitionArn": arn}


def _describe(kind: MonitorKind, aws: LocalAws, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    return find_definition(aws, region, kind.monitoring_type, request["JobDefinitionName"])


def _delete(kind: MonitorKind, aws: LocalAws, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    from airflow_model_monitor.local.actions.monitoring_schedules import schedules_using

    name = request["JobDefinitionName"]
    with aws.lock, aws.journal.together():
        find_definition(aws, region, kind.monitoring_type, name)
        users = schedules_using(aws, region, kind.monitoring_type, name)
        if users:
            raise validation_error(
                f"Job definition {name} is locked by monitoring schedule {users[0]}; delete the schedule, or let it "
                "use another definition, and wait until that is done"
            )
        definitions(aws, kind).delete(f"{region}/{name}")
        put_tags(aws, aws.arn(region, arn_kind(kind), name), None)
    return {}


def _list(kind: MonitorKind, aws: LocalAws, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    found = [
        {
            "MonitoringJobDefinitionName": one["JobDefinitionName"],
            "MonitoringJobDefinitionArn": one["JobDefinitionArn"],
            "CreationTime": one["CreationTime"],
            # The model requires it; batch transform has none.
            "EndpointName": one.get("EndpointName") or "",
            MADE: one.get(MADE, 0),
        }
        for key, one in definitions(aws, kind).items()
        if key.startswith(f"{region}/")
    ]
    return listed(
        request,
        found,
        member="JobDefinitionSummaries",
        name="MonitoringJobDefinitionName",
        filters={"EndpointName": "EndpointName"},
        sort_keys={"Name": "MonitoringJobDefinitionName", "CreationTime": "CreationTime"},
    )


ACTIONS: dict[str, Action] = {
    action: partial(function, kind)
    for kind in KINDS.values()
    for action, function in (
        (kind.action("Create"), _create),
        (kind.action("Describe"), _describe),
        (kind.action("Delete"), _delete),
        (kind.list_action, _list),
    )
}
