"""Configurations of Clarify as AWS's SDK holds them (``BiasConfig`` and its like), taken by shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol


class SdkConfig(Protocol):
    """A configuration object of AWS's SDK, such as ``BiasConfig``; ``SHAPConfig`` and ``ModelConfig`` are alike."""

    def get_config(self) -> dict[str, Any]: ...


Config = Mapping[str, Any] | SdkConfig
#: How the SDK's classes hand out what they hold.
_METHODS: Final = ("get_config", "get_predictor_config", "get_explainability_config")
_MEMBERS: Final = ("analysis_config", "predictor_config", "shap_config")


def plain_config(argument: str, given: Any) -> dict[str, Any]:
    """A mapping, or what an object of AWS's SDK holds, as a mapping.

    :param argument: what the caller calls it
    :raises ValueError: it is neither
    """
    found = given
    for name in _METHODS:
        if callable(method := getattr(given, name, None)):
            found = method()
            break
    else:
        found = next((getattr(given, name) for name in _MEMBERS if hasattr(given, name)), given)
    if not isinstance(found, Mapping):
        raise ValueError(
            f"{argument}={given!r}: expected a mapping as analysis_config.json has it, or an object of AWS's SDK"
        )
    if set(found) == {"shap"}:  # the SDK wraps these by the method's name
        found = found["shap"]
    return dict(found)
