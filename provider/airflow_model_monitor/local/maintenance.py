"""How an account answers that Model Monitor and Clarify are closed to (those that had used neither by 2026-07-30)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_model_monitor.local.errors import validation_error

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

MONITORS: Final = (
    "This operation is in maintenance mode and is not available to new customers. Existing customers are unaffected."
)
CLARIFY: Final = "SageMaker Clarify processing is in maintenance mode and is not available to new customers"


def refuse_new_monitors(aws: LocalAws) -> None:
    """Raise in a closed account; called where schedules and definitions are made.

    :raises ServiceError: as AWS words it
    """
    if aws.settings.closed_account:
        raise validation_error(MONITORS)


def refuse_clarify(aws: LocalAws, image: str) -> None:
    """Raise in a closed account for Clarify's image; the analyzer's and the merger's still run there.

    :raises ServiceError: as AWS words it
    """
    from airflow_model_monitor.service.images import is_aws_image

    if aws.settings.closed_account and is_aws_image(image) and "sagemaker-clarify-processing" in image:
        raise validation_error(CLARIFY)
