"""Create, Describe, Delete and List of endpoint configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.local.errors import validation_error
from airflow_model_monitor.local.listing import listed
from airflow_model_monitor.local.serving.resources import ENDPOINT_CONFIG, MODEL, Resources
from airflow_model_monitor.local.tags import put_tags

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws

Request = Mapping[str, Any]


def _create(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    models = Resources(aws, MODEL)
    variants = request["ProductionVariants"]
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) < len(names):
        raise validation_error(f"ProductionVariants: the variant names {', '.join(names)} are not unique")
    for variant in variants:
        if variant.get("ModelName") is not None:
            models.get(region, variant["ModelName"])
    made = Resources(aws, ENDPOINT_CONFIG).add(region, request)
    put_tags(aws, made["EndpointConfigArn"], request.get("Tags") or [])
    return made


def _describe(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    return Resources(aws, ENDPOINT_CONFIG).get(region, request["EndpointConfigName"])


def _delete(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    gone = Resources(aws, ENDPOINT_CONFIG).delete(region, request["EndpointConfigName"])
    put_tags(aws, gone["EndpointConfigArn"], None)
    return {}


def _list(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    page = listed(
        request,
        Resources(aws, ENDPOINT_CONFIG).all(region),
        member="EndpointConfigs",
        name="EndpointConfigName",
        filters={},
        sort_keys={"Name": "EndpointConfigName", "CreationTime": "CreationTime"},
    )
    members = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
    page["EndpointConfigs"] = [{member: one[member] for member in members} for one in page["EndpointConfigs"]]
    return page


ACTIONS: dict[str, Action] = {
    "CreateEndpointConfig": _create,
    "DescribeEndpointConfig": _describe,
    "DeleteEndpointConfig": _delete,
    "ListEndpointConfigs": _list,
}
