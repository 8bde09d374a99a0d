"""What monitoring asks of endpoints: whether they are there, and where their traffic is captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from airflow_model_monitor.local.errors import validation_error
from airflow_model_monitor.local.serving.resources import CONFIG, ENDPOINT, Resources

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
    Resources(aws, ENDPOINT).get(region, name)
    if data_capture(aws, region, name) is None:
        raise validation_error(
            f"Endpoint '{name}' does not have data capture enabled; give its endpoint configuration a "
            "DataCaptureConfig with EnableCapture and DestinationS3Uri, and update the endpoint."
        )


def data_capture(aws: LocalAws, region: str, name: str) -> DataCapture | None:
    """Where an endpoint's traffic is captured; None where there is no such endpoint, or it captures nothing."""
    endpoint = Resources(aws, ENDPOINT).find(region, name)
    if endpoint is None:
        return None
    config = endpoint[CONFIG].get("DataCaptureConfig")
    if not config or not config.get("EnableCapture", False):
        return None
    return DataCapture(config["DestinationS3Uri"], endpoint["ProductionVariants"][0]["VariantName"])
