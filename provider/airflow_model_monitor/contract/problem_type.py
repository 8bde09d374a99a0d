"""The three kinds of models whose quality is judged, in the spelling of the API."""

from __future__ import annotations

from typing import Final, Literal

from airflow_model_monitor.contract.errors import ContractError

ProblemType = Literal["Regression", "BinaryClassification", "MulticlassClassification"]

REGRESSION: Final = "Regression"
BINARY_CLASSIFICATION: Final = "BinaryClassification"
MULTICLASS_CLASSIFICATION: Final = "MulticlassClassification"
PROBLEM_TYPES: Final[tuple[ProblemType, ...]] = (REGRESSION, BINARY_CLASSIFICATION, MULTICLASS_CLASSIFICATION)

FILE_KEYS: Final[dict[ProblemType, str]] = {
    BINARY_CLASSIFICATION: "binary_classification",
    MULTICLASS_CLASSIFICATION: "multiclass_classification",
    REGRESSION: "regression",
}
"""How the key of a problem type's block begins in the contract files: ``binary_classification_metrics``."""


def parse_problem_type(text: str, *, field: str = "problem_type") -> ProblemType:
    """One of :data:`PROBLEM_TYPES`; anything else is a :class:`ContractError` naming ``field``."""
    if text in PROBLEM_TYPES:
        return text
    raise ContractError(
        f"{text!r} is not a problem type", field=field, remedy=f"Choose {', '.join(map(repr, PROBLEM_TYPES))}."
    )
