"""Which images this server can stand in for: AWS's three, and this package's own at any address it was pushed to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from airflow_model_monitor.local.errors import ServiceError
from airflow_model_monitor.service.images import is_aws_image

OWN_REPOSITORIES: Final = ("airflow-model-monitor", "model-monitor")


def check_image(uri: str, known: Sequence[str] = ()) -> None:
    """Raise unless the image's jobs can be run here.

    :param known: further addresses that stand for this package's image
    :raises ServiceError: naming the ones that can
    """
    address = without_tag(uri)
    if is_aws_image(uri) or address.rsplit("/", 1)[-1] in OWN_REPOSITORIES:
        return
    if uri in known or address in {without_tag(one) for one in known}:
        return
    raise ServiceError(
        "ClientError",
        f"Image {uri!r} cannot be run by the local SageMaker, which has no containers: it stands in for SageMaker's "
        "monitors (sagemaker-model-monitor-analyzer, sagemaker-model-monitor-groundtruth-merger, "
        f"sagemaker-clarify-processing) and for this package's image ({' or '.join(OWN_REPOSITORIES)}; under another "
        "name start it with --image NAME).",
    )


def without_tag(uri: str) -> str:
    """The address of an image, of any tag and digest."""
    address = uri.split("@", 1)[0]
    head, found, last = address.rpartition("/")
    return f"{head}{found}{last.split(':', 1)[0]}"
