"""constraint_violations.json of the model quality monitor: the metrics on the wrong side of their threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airflow_model_monitor.contract.json_layout import dumps
from airflow_model_monitor.contract.json_reader import load
from airflow_model_monitor.contract.schema_guard import refuse_other_schema

FILE_NAME: Final = "constraint_violations.json"


def camel_case(metric: str) -> str:
    """A metric as violations spell it: ``true_positive_rate`` is ``truePositiveRate`` there, ``f0_5`` is ``f05``."""
    first, *others = metric.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


@dataclass(frozen=True, slots=True)
class MetricViolation:
    """One metric beyond its threshold.

    :param constraint_check_type: the comparison operator that came true
    :param metric_name: in camel case, see :func:`camel_case`
    """

    constraint_check_type: str
    description: str
    metric_name: str


@dataclass(frozen=True, slots=True)
class ModelQualityViolations:
    """A whole constraint_violations.json, in the order of the file."""

    violations: tuple[MetricViolation, ...]

    def __len__(self) -> int:
        return len(self.violations)

    def counts(self) -> Mapping[str, int]:
        """Number of violations by check type, in order of first appearance."""
        return dict(Counter(violation.constraint_check_type for violation in self.violations))

    @classmethod
    def from_json(cls, text: str | bytes, file: str = FILE_NAME) -> ModelQualityViolations:
        """The violations in ``text``. :raises ContractError: naming ``file`` and the JSON path of what is wrong."""
        root = load(text, file)
        refuse_other_schema(root, "model_quality_violations")
        return cls(
            tuple(
                MetricViolation(
                    item.child("constraint_check_type").text(),
                    item.child("description").text(),
                    item.child("metric_name").text(),
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
                        "constraint_check_type": violation.constraint_check_type,
                        "description": violation.description,
                        "metric_name": violation.metric_name,
                    }
                    for violation in self.violations
                ]
            }
        )
