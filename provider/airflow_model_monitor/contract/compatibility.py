"""The two behaviours: the original with its bugs, and the original with its bugs mended."""

from __future__ import annotations

from typing import Final, Literal

from airflow_model_monitor.contract.errors import ContractError

Compatibility = Literal["sagemaker", "corrected"]

SAGEMAKER: Final = "sagemaker"
"""Reproduces SageMaker Model Monitor to the byte, bugs included."""

CORRECTED: Final = "corrected"
"""Mends the differences listed in docs/compatibility.md."""

COMPATIBILITIES: Final[tuple[Compatibility, ...]] = (SAGEMAKER, CORRECTED)


def parse_compatibility(text: str, *, field: str = "compatibility") -> Compatibility:
    """``sagemaker`` or ``corrected``; anything else is a :class:`ContractError` naming ``field``."""
    if text == SAGEMAKER:
        return SAGEMAKER
    if text == CORRECTED:
        return CORRECTED
    raise ContractError(
        f"{text!r} is not a behaviour",
        field=field,
        remedy="Choose 'sagemaker' (the original, bugs included) or 'corrected'.",
    )
