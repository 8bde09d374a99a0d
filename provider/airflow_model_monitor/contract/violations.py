"""constraint_violations.json: what broke the baseline's constraints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airflow_model_monitor.contract.json_layout import dumps
from airflow_model_monitor.contract.json_reader import load
from airflow_model_monitor.contract.schema_guard import refuse_other_schema

FILE_NAME: Final = "constraint_violations.json"


class CheckType:
    """Names of the data quality checks as they stand in ``constraint_check_type``.

    ``IS_NON_NEGATIVE`` is ours: the original writes ``is_non_negative`` into the constraints but never enforces it.
    """

    DATA_TYPE: Final = "data_type_check"
    COMPLETENESS: Final = "completeness_check"
    BASELINE_DRIFT: Final = "baseline_drift_check"
    MISSING_COLUMN: Final = "missing_column_check"
    EXTRA_COLUMN: Final = "extra_column_check"
    CATEGORICAL_VALUES: Final = "categorical_values_check"
    IS_NON_NEGATIVE: Final = "is_non_negative_check"


CHECK_TYPES: Final = (
    CheckType.DATA_TYPE,
    CheckType.COMPLETENESS,
    CheckType.BASELINE_DRIFT,
    CheckType.MISSING_COLUMN,
    CheckType.EXTRA_COLUMN,
    CheckType.CATEGORICAL_VALUES,
    CheckType.IS_NON_NEGATIVE,
)
MISSING_COLUMNS: Final = "Missing columns"
"""``feature_name`` of a missing_column_check, which concerns no single feature."""
EXTRA_COLUMNS: Final = "Extra columns"
"""``feature_name`` of an extra_column_check."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken constraint. Other tools' check types are read too, so the type is a plain text."""

    feature_name: str
    constraint_check_type: str
    description: str


@dataclass(frozen=True, slots=True)
class ConstraintViolations:
    """A whole constraint_violations.json, in the order of the file."""

    violations: tuple[Violation, ...]

    def __len__(self) -> int:
        return len(self.violations)

    def counts(self) -> Mapping[str, int]:
        """Number of violations by check type, in order of first appearance."""
        return dict(Counter(violation.constraint_check_type for violation in self.violations))

    @classmethod
    def from_json(cls, text: str | bytes, file: str = FILE_NAME) -> ConstraintViolations:
        """The violations in ``text``. :raises ContractError: naming ``file`` and the JSON path of what is wrong."""
        root = load(text, file)
        refuse_other_schema(root, "violations")
        return cls(
            tuple(
                Violation(
                    item.child("feature_name").text(),
                    item.child("constraint_check_type").text(),
                    item.child("description").text(),
                )
                for item in root.child("violations").items()
            )
        )

    def to_json(self) -> str:
        """The file's text as the original lays it out; no newline at the end."""
        return dumps(
            {
                "violations": [
                    {
                        "feature_name": violation.feature_name,
                        "constraint_check_type": violation.constraint_check_type,
                        "description": violation.description,
                    }
                    for violation in self.violations
                ]
            }
        )
