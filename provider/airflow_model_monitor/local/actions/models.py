"""Create, Describe, Delete and List of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.local.errors import validation_error
from airflow_model_monitor.local.listing import listed
from airflow_model_monitor.local.serving.resources import MODEL, Resources
from airflow_model_monitor.local.tags import put_tags

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws

Request = Mapping[str, Any]


def _create(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    if request.get("PrimaryContainer") and request.get("Containers"):
        raise validation_error("Both PrimaryContainer and Containers are given; a model has one or the other.")
    members: dict[str, Any] = {"EnableNetworkIsolation": request.get("EnableNetworkIsolation", False)}
    if request.get("PrimaryContainer"):
        members["PrimaryContainer"] = {"Mode": "SingleModel", **request["PrimaryContainer"]}
    made = Resources(aws, MODEL).add(region, request, **members)
    put_tags(aws, made["ModelArn"], request.get("Tags") or [])
    return made


def _describe(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    return Resources(aws, MODEL).get(region, request["ModelName"])


def _delete(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    gone = Resources(aws, MODEL).delete(region, request["ModelName"])
    put_tags(aws, gone["ModelArn"], None)
    return {}


def _list(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    page = listed(
        request,
        Resources(aws, MODEL).all(region),
        member="Models",
        name="ModelName",
        filters={},
        sort_keys={"Name": "ModelName", "CreationTime": "CreationTime"},
    )
    page["Models"] = [
        {member: one[member] for member in ("ModelName", "ModelArn", "CreationTime")} for one in page["Models"]
    ]
    return page


ACTIONS: dict[str, Action] = {
    "CreateModel": _create,
    "DescribeModel": _describe,
    "DeleteModel": _delete,
    "ListModels": _list,
}
