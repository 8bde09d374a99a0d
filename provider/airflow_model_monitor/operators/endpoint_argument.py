"""``endpoint_name`` as people give it: a name, or an ``EndpointInput`` of AWS's SDK, which says more than that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_model_monitor.assets.literal import is_output
from airflow_model_monitor.service.sdk_arguments import endpoint_input

#: Member of the API -> argument of our operators.
_ARGUMENTS: Final = {
    "FeaturesAttribute": "features_attribute",
    "InferenceAttribute": "inference_attribute",
    "ProbabilityAttribute": "probability_attribute",
    "ProbabilityThresholdAttribute": "probability_threshold_attribute",
    "ExcludeFeaturesAttribute": "exclude_features_attribute",
}


def endpoint_argument(given: Any) -> tuple[str | None, dict[str, Any]]:
    """The endpoint's name, and what else an ``EndpointInput`` states, by the names of our arguments.

    :param given: a name, an ``EndpointInput`` known by its members, another task's output, or None.
    :raises ValueError: it is none of them, or states offsets.
    """
    if given is None or isinstance(given, str) or is_output(given):
        return given, {}
    members = endpoint_input(given, "endpoint_name")
    offsets = {name: members[name] for name in ("StartTimeOffset", "EndTimeOffset") if members.get(name) is not None}
    if offsets:
        raise ValueError(
            f"endpoint_name: an EndpointInput with {offsets}; here the window is the DAG run's data interval. Leave "
            "the offsets out, and name another window with window_start and window_end, which are templates"
        )
    stated = {ours: members[member] for member, ours in _ARGUMENTS.items() if members.get(member) is not None}
    return str(members["EndpointName"]), stated


def with_stated(arguments: Mapping[str, Any], stated: Mapping[str, Any], taken: tuple[str, ...]) -> dict[str, Any]:
    """Arguments completed by what an ``EndpointInput`` states; those given beside it win.

    :param taken: names of the arguments that the operator takes.
    """
    found = {name: stated[name] for name in taken if name in stated and arguments.get(name) is None}
    return {**arguments, **found}
