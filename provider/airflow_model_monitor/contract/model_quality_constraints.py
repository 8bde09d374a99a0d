"""constraints.json of the model quality monitor: a threshold and a direction for each metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal, cast

from airflow_model_monitor.contract.json_layout import dumps
from airflow_model_monitor.contract.json_reader import JsonNode, load
from airflow_model_monitor.contract.model_quality_block import find_block
from airflow_model_monitor.contract.problem_type import (
    BINARY_CLASSIFICATION,
    FILE_KEYS,
    MULTICLASS_CLASSIFICATION,
    REGRESSION,
    ProblemType,
)
from airflow_model_monitor.contract.schema_guard import refuse_other_schema

FILE_NAME: Final = "constraints.json"

ComparisonOperator = Literal["LessThanThreshold", "GreaterThanThreshold"]
"""What a metric must *not* be: the operator names the violation."""

LESS_THAN: Final = "LessThanThreshold"
GREATER_THAN: Final = "GreaterThanThreshold"
COMPARISON_OPERATORS: Final[tuple[ComparisonOperator, ...]] = (LESS_THAN, GREATER_THAN)

CONSTRAINED_METRICS: Final[Mapping[ProblemType, Mapping[str, ComparisonOperator]]] = {
    BINARY_CLASSIFICATION: {
        "recall": LESS_THAN,
        "precision": LESS_THAN,
        "accuracy": LESS_THAN,
        "true_positive_rate": LESS_THAN,
        "true_negative_rate": LESS_THAN,
        "false_positive_rate": GREATER_THAN,
        "false_negative_rate": GREATER_THAN,
        "auc": LESS_THAN,
        "f0_5": LESS_THAN,
        "f1": LESS_THAN,
        "f2": LESS_THAN,
    },
    MULTICLASS_CLASSIFICATION: {
        "accuracy": LESS_THAN,
        "weighted_recall": LESS_THAN,
        "weighted_precision": LESS_THAN,
        "weighted_f0_5": LESS_THAN,
        "weighted_f1": LESS_THAN,
        "weighted_f2": LESS_THAN,
    },
    REGRESSION: {"mae": GREATER_THAN, "mse": GREATER_THAN, "rmse": GREATER_THAN, "r2": LESS_THAN},
}
"""The metrics a problem type has constraints for, in the order of the file, each with the operator suggested for it."""


@dataclass(frozen=True, slots=True)
class MetricConstraint:
    """A metric violates this when it is strictly less, or strictly greater, than ``threshold``; NaN is neither."""

    threshold: float
    comparison_operator: ComparisonOperator


@dataclass(frozen=True)
class ModelQualityConstraints:
    """A whole constraints.json.

    :param constraints: by metric, some of :data:`CONSTRAINED_METRICS`, in the order of the file
    :raises ValueError: a metric the problem type has no constraint for
    """

    problem_type: ProblemType
    constraints: Mapping[str, MetricConstraint]
    version: float = 0.0

    def __post_init__(self) -> None:
        unknown = [name for name in self.constraints if name not in CONSTRAINED_METRICS[self.problem_type]]
        if unknown:
            raise ValueError(f"{self.problem_type} has no constraint {unknown[0]!r}")

    @classmethod
    def from_json(cls, text: str | bytes, file: str = FILE_NAME) -> ModelQualityConstraints:
        """The constraints in ``text``, hand-edited too.

        Metrics may be left out, which switches their constraint off, and either operator is taken for any of them.
        Keys that are no constraints are ignored beside the block and within one constraint, but not among the metrics:
        there they are metrics spelled wrongly.

        :raises ContractError: naming ``file`` and the JSON path of what is wrong.
        """
        root = load(text, file)
        refuse_other_schema(root, "model_quality_constraints")
        problem_type, block = find_block(root, "constraints")
        version = root.optional("version")
        return cls(
            problem_type=problem_type,
            constraints={name: _read_constraint(problem_type, name, node) for name, node in block.members()},
            version=0.0 if version is None else version.number(),
        )

    def to_json(self) -> str:
        """The file's text as the original lays it out, the same in every generation; no newline at the end."""
        return dumps(
            {
                "version": float(self.version),
                f"{FILE_KEYS[self.problem_type]}_constraints": {
                    name: {
                        "threshold": float(constraint.threshold),
                        "comparison_operator": constraint.comparison_operator,
                    }
                    for name, constraint in self.constraints.items()
                },
            }
        )


def _read_constraint(problem_type: ProblemType, name: str, node: JsonNode) -> MetricConstraint:
    known = CONSTRAINED_METRICS[problem_type]
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"There are {', '.join(known)}."
        raise node.error(f"{problem_type} has no constraint of this name", hint)
    operator = node.child("comparison_operator").one_of(*COMPARISON_OPERATORS)
    return MetricConstraint(node.child("threshold").measure(), cast(ComparisonOperator, operator))
