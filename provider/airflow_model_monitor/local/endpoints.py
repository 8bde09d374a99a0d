"""What monitoring asks of endpoints, which moto keeps: whether they are there, and where their traffic is captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_model_monitor.local.errors import validation_error

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws


class DataCapture(NamedTuple):
    """Destination of an endpoint's captured data, and the variant below it."""

    uri: str
    variant: str


def check_endpoint(aws: LocalAws, region: str, name: str | None) -> None:
    """Raise unless the endpoint is there and captures its traffic, which is what the service asks of a monitor.

    :param name: None for batch transform, of which nothing is asked
    :raises ServiceError: it is not, or does not
    """
    if name is None:
        return
    endpoint = _find(aws, region, name)
    if endpoint is None:
        raise validation_error(f"Could not find endpoint '{aws.arn(region, 'endpoint', name)}'.")
    if data_capture(aws, region, name) is None:
        raise validation_error(
            f"Endpoint '{name}' does not have data capture enabled; give its endpoint configuration a "
            "DataCaptureConfig with EnableCapture and DestinationS3Uri, and update the endpoint."
        )


def data_capture(aws: LocalAws, region: str, name: str) -> DataCapture | None:
    """Where an endpoint's traffic is captured; None where there is no such endpoint, or it captures nothing."""
    endpoint = _find(aws, region, name)
    config = None if endpoint is None else endpoint.data_capture_config
    if endpoint is None or not config or not config.get("EnableCapture", False):
        return None
    variants = endpoint.production_variants or [{"VariantName": "AllTraffic"}]
    return DataCapture(config["DestinationS3Uri"], variants[0]["VariantName"])


def _find(aws: LocalAws, region: str, name: str) -> Any:
    from moto.sagemaker.models import sagemaker_backends

    # A client that has assumed a role keeps its endpoints in that role's account.
    accounts = [aws.account, *(account for account in sagemaker_backends if account != aws.account)]
    for account in accounts:
        backend = sagemaker_backends[account].get(region)
        found = None if backend is None else backend.endpoints.get(name)
        if found is not None:
            return found
    return None
