"""Create, Update, Describe, Delete and List of endpoints.

An endpoint answers by its new model as soon as it is made or updated, and is said to be in service when the time has
passed that ``Settings.endpoint_start`` gives.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.errors import validation_error
from airflow_model_monitor.local.listing import listed
from airflow_model_monitor.local.serving.resources import CONFIG, ENDPOINT, ENDPOINT_CONFIG, MODEL, MODELS, Resources
from airflow_model_monitor.local.tags import put_tags

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws

Request = Mapping[str, Any]
_READY: Final = "_ready"
"""Member with the time, of this machine's clock, from which on an endpoint is in service."""


def _create(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    members = {**_starting(aws, "Creating"), **_configured(aws, region, request)}
    made = Resources(aws, ENDPOINT).add(region, request, LastModifiedTime=aws.epoch(), **members)
    put_tags(aws, made["EndpointArn"], request.get("Tags") or [])
    return made


def _update(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    endpoints = Resources(aws, ENDPOINT)
    with aws.lock:
        before = _settled(endpoints.get(region, request["EndpointName"]))
        if before["EndpointStatus"] != "InService":
            raise validation_error(f'Cannot update in-progress endpoint "{before["EndpointArn"]}".')
        changed = {
            **before,
            **_configured(aws, region, request),
            **_starting(aws, "Updating"),
            "EndpointConfigName": request["EndpointConfigName"],
            "LastModifiedTime": aws.epoch(),
        }
        endpoints.put(changed)
    return changed


def _update_weights(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    endpoints = Resources(aws, ENDPOINT)
    with aws.lock:
        endpoint = endpoints.get(region, request["EndpointName"])
        variants = {one["VariantName"]: one for one in endpoint["ProductionVariants"]}
        for wanted in request["DesiredWeightsAndCapacities"]:
            variant = variants.get(wanted["VariantName"])
            if variant is None:
                raise validation_error(
                    f'The variant name(s) "{wanted["VariantName"]}" is/are not present within endpoint configuration '
                    f'"{endpoint["EndpointConfigName"]}".'
                )
            if wanted.get("DesiredWeight") is not None:
                variant |= {"CurrentWeight": wanted["DesiredWeight"], "DesiredWeight": wanted["DesiredWeight"]}
            if wanted.get("DesiredInstanceCount") is not None:
                count = wanted["DesiredInstanceCount"]
                variant |= {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
        endpoints.put({**endpoint, "LastModifiedTime": aws.epoch()})
    return endpoint


def _describe(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    return _settled(Resources(aws, ENDPOINT).get(region, request["EndpointName"]))


def _delete(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    gone = Resources(aws, ENDPOINT).delete(region, request["EndpointName"])
    put_tags(aws, gone["EndpointArn"], None)
    return {}


def _list(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    page = listed(
        request,
        map(_settled, Resources(aws, ENDPOINT).all(region)),
        member="Endpoints",
        name="EndpointName",
        filters={"StatusEquals": "EndpointStatus"},
        sort_keys={"Name": "EndpointName", "CreationTime": "CreationTime", "Status": "EndpointStatus"},
    )
    members = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
    page["Endpoints"] = [{member: one[member] for member in members} for one in page["Endpoints"]]
    return page


def _starting(aws: LocalAws, status: str) -> dict[str, Any]:
    """The members of an endpoint that SageMaker has begun to make or to update."""
    ready = time.time() + aws.settings.endpoint_start
    return {"EndpointStatus": status if aws.settings.endpoint_start else "InService", _READY: ready}


def _settled(endpoint: dict[str, Any]) -> dict[str, Any]:
    """An endpoint as it is now."""
    return {**endpoint, "EndpointStatus": "InService"} if endpoint.get(_READY, 0.0) <= time.time() else endpoint


def _configured(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    """What an endpoint has of its configuration."""
    config = Resources(aws, ENDPOINT_CONFIG).get(region, request["EndpointConfigName"])
    models = Resources(aws, MODEL)
    members: dict[str, Any] = {
        CONFIG: config,
        MODELS: {
            variant["VariantName"]: models.get(region, variant["ModelName"])
            for variant in config["ProductionVariants"]
            if variant.get("ModelName") is not None
        },
        "ProductionVariants": [_variant(aws, region, variant) for variant in config["ProductionVariants"]],
    }
    capture = config.get("DataCaptureConfig")
    if capture is not None:
        enabled = capture.get("EnableCapture", False)
        members["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            **({"KmsKeyId": capture["KmsKeyId"]} if capture.get("KmsKeyId") else {}),
        }
    else:
        members["DataCaptureConfig"] = None
    return members


def _variant(aws: LocalAws, region: str, stated: Mapping[str, Any]) -> dict[str, Any]:
    weight, count = stated.get("InitialVariantWeight", 1.0), stated.get("InitialInstanceCount", 1)
    shown: dict[str, Any] = {"VariantName": stated["VariantName"], "CurrentWeight": weight, "DesiredWeight": weight}
    if stated.get("ServerlessConfig"):
        serverless = stated["ServerlessConfig"]
        return {**shown, "CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
    model = Resources(aws, MODEL).find(region, stated.get("ModelName") or "") or {}
    image = (model.get("PrimaryContainer") or {}).get("Image")
    if image is not None:
        deployed = {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": aws.epoch()}
        shown["DeployedImages"] = [deployed]
    return {**shown, "CurrentInstanceCount": count, "DesiredInstanceCount": count}


ACTIONS: dict[str, Action] = {
    "CreateEndpoint": _create,
    "UpdateEndpoint": _update,
    "UpdateEndpointWeightsAndCapacities": _update_weights,
    "DescribeEndpoint": _describe,
    "DeleteEndpoint": _delete,
    "ListEndpoints": _list,
}
