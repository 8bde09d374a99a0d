"""How an account answers that Model Monitor, Clarify and Debugger are closed to: one that had used none of them by
2026-07-30."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.errors import validation_error

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

MONITORS: Final = (
    "This operation is in maintenance mode and is not available to new customers. Existing customers are unaffected."
)
CLARIFY: Final = "SageMaker Clarify processing is in maintenance mode and is not available to new customers"
#: That it is refused was observed, in which words was not: they are those for Clarify.
DEBUGGER: Final = "SageMaker Debugger is in maintenance mode and is not available to new customers"


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


def refuse_debugger(aws: LocalAws, request: Mapping[str, Any]) -> None:
    """Raise in a closed account for a training job that Debugger or Profiler would look at.

    :param request: of ``CreateTrainingJob``
    :raises ServiceError: naming the members that are to be left out
    """
    if not aws.settings.closed_account:
        return
    asked = [
        name
        for name in ("DebugHookConfig", "DebugRuleConfigurations", "ProfilerConfig", "ProfilerRuleConfigurations")
        if request.get(name)
    ]
    if (request.get("ProfilerConfig") or {}).get("DisableProfiler"):
        asked.remove("ProfilerConfig")
    if asked:
        raise validation_error(f"{DEBUGGER}: {', '.join(asked)}")
