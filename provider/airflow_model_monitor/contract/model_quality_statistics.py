"""statistics.json of the model quality monitor: how well predictions agree with the ground truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Any, Final

from airflow_model_monitor.contract.generation import NEWEST, Generation
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
from airflow_model_monitor.contract.statistics import Doubles

FILE_NAME: Final = "statistics.json"

CONFUSION_MATRIX: Final = "confusion_matrix"
ROC_CURVE: Final = "receiver_operating_characteristic_curve"
PRECISION_RECALL_CURVE: Final = "precision_recall_curve"
AU_PRC: Final = "au_prc"

LAYOUT: Final[Mapping[ProblemType, tuple[str, ...]]] = {
    BINARY_CLASSIFICATION: (
        CONFUSION_MATRIX,
        "recall",
        "precision",
        "accuracy",
        "recall_best_constant_classifier",
        "precision_best_constant_classifier",
        "accuracy_best_constant_classifier",
        "true_positive_rate",
        "true_negative_rate",
        "false_positive_rate",
        "false_negative_rate",
        ROC_CURVE,
        PRECISION_RECALL_CURVE,
        "auc",
        AU_PRC,
        "f0_5",
        "f1",
        "f2",
        "f0_5_best_constant_classifier",
        "f1_best_constant_classifier",
        "f2_best_constant_classifier",
    ),
    MULTICLASS_CLASSIFICATION: (
        CONFUSION_MATRIX,
        "accuracy",
        "weighted_recall",
        "weighted_precision",
        "weighted_f0_5",
        "weighted_f1",
        "weighted_f2",
        "accuracy_best_constant_classifier",
        "weighted_recall_best_constant_classifier",
        "weighted_precision_best_constant_classifier",
        "weighted_f0_5_best_constant_classifier",
        "weighted_f1_best_constant_classifier",
        "weighted_f2_best_constant_classifier",
    ),
    REGRESSION: ("mae", "mse", "rmse", "r2"),
}
"""Keys of a problem type's block, in the order of the file."""

METRIC_NAMES: Final[Mapping[ProblemType, tuple[str, ...]]] = {
    problem_type: tuple(key for key in keys if key not in (CONFUSION_MATRIX, ROC_CURVE, PRECISION_RECALL_CURVE))
    for problem_type, keys in LAYOUT.items()
}
"""The single numbers among them."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number and how far it strays between random samples; NaN where too few rows allow no sampling."""

    value: float
    standard_deviation: float = nan


@dataclass(frozen=True, slots=True)
class RocCurve:
    """Receiver operating characteristic: as many true as false positive rates, from (0, 0) to (1, 1)."""

    false_positive_rates: Doubles
    true_positive_rates: Doubles


@dataclass(frozen=True, slots=True)
class PrecisionRecallCurve:
    """As many precisions as recalls, by ascending recall."""

    precisions: Doubles
    recalls: Doubles


@dataclass(frozen=True)
class ModelQualityStatistics:
    """A whole statistics.json.

    :param item_count: labelled rows; None where a file does not say. The original's head of the file is known only by
        its length (100 to 200 bytes); ours has this one member.
    :param metrics: by snake_case name, some of :data:`METRIC_NAMES`
    :param confusion_matrix: number of rows by actual class and, within, by predicted class; None for regression
    :param roc_curve: None without probabilities
    :param precision_recall_curve: likewise
    :raises ValueError: a metric the problem type does not have
    """

    problem_type: ProblemType
    item_count: int | None
    metrics: Mapping[str, Metric]
    confusion_matrix: Mapping[str, Mapping[str, int]] | None = None
    roc_curve: RocCurve | None = None
    precision_recall_curve: PrecisionRecallCurve | None = None
    version: float = 0.0

    def __post_init__(self) -> None:
        unknown = [name for name in self.metrics if name not in METRIC_NAMES[self.problem_type]]
        if unknown:
            raise ValueError(f"{self.problem_type} has no metric {unknown[0]!r}")

    def scalars(self, generation: Generation = NEWEST) -> Mapping[str, float]:
        """The single numbers that generation knows, by name, in the order of the file."""
        return {
            name: self.metrics[name].value
            for name in METRIC_NAMES[self.problem_type]
            if name in self.metrics and (name != AU_PRC or generation.writes_au_prc)
        }

    @classmethod
    def from_json(cls, text: str | bytes, file: str = FILE_NAME) -> ModelQualityStatistics:
        """The statistics in ``text``: any generation, hand-edited too; unknown keys are ignored.

        :raises ContractError: naming ``file`` and the JSON path of what is wrong.
        """
        root = load(text, file)
        refuse_other_schema(root, "model_quality_statistics")
        problem_type, block = find_block(root, "metrics")
        version, dataset = root.optional("version"), root.optional("dataset")
        count = None if dataset is None else dataset.optional("item_count")
        matrix = block.optional(CONFUSION_MATRIX)
        roc, precision_recall = block.optional(ROC_CURVE), block.optional(PRECISION_RECALL_CURVE)
        return cls(
            problem_type=problem_type,
            item_count=None if count is None else count.count(),
            metrics={name: _read_metric(block.child(name)) for name in METRIC_NAMES[problem_type] if block.has(name)},
            confusion_matrix=None if matrix is None else _read_matrix(matrix),
            roc_curve=None
            if roc is None
            else RocCurve(*_read_curve(roc, "false_positive_rates", "true_positive_rates")),
            precision_recall_curve=None
            if precision_recall is None
            else PrecisionRecallCurve(*_read_curve(precision_recall, "precisions", "recalls")),
            version=0.0 if version is None else version.number(),
        )

    def to_json(self, generation: Generation = NEWEST) -> str:
        """The file's text, as the original of that generation lays it out; no newline at the end."""
        document: dict[str, Any] = {"version": float(self.version)}
        if self.item_count is not None:
            document["dataset"] = {"item_count": int(self.item_count)}
        document[f"{FILE_KEYS[self.problem_type]}_metrics"] = self._block(generation)
        return dumps(document)

    def _block(self, generation: Generation) -> dict[str, Any]:
        scalars = self.scalars(generation)
        structures = self._structures()
        block: dict[str, Any] = {}
        for key in LAYOUT[self.problem_type]:
            if key in scalars:
                deviation = self.metrics[key].standard_deviation
                block[key] = {"value": float(scalars[key]), "standard_deviation": float(deviation)}
            elif key in structures:
                block[key] = structures[key]
        return block

    def _structures(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        if self.confusion_matrix is not None:
            result[CONFUSION_MATRIX] = {
                actual: {predicted: int(count) for predicted, count in row.items()}
                for actual, row in self.confusion_matrix.items()
            }
        if self.roc_curve is not None:
            result[ROC_CURVE] = {
                "false_positive_rates": _doubles(self.roc_curve.false_positive_rates),
                "true_positive_rates": _doubles(self.roc_curve.true_positive_rates),
            }
        if self.precision_recall_curve is not None:
            result[PRECISION_RECALL_CURVE] = {
                "precisions": _doubles(self.precision_recall_curve.precisions),
                "recalls": _doubles(self.precision_recall_curve.recalls),
            }
        return result


def _doubles(values: Doubles) -> list[float]:
    return [float(value) for value in values]


def _read_metric(node: JsonNode) -> Metric:
    deviation = node.optional("standard_deviation")
    stray = nan if deviation is None else deviation.measure()
    if deviation is not None and stray < 0.0:
        raise deviation.expected("a number of at least 0")
    return Metric(node.child("value").measure(), stray)


def _read_matrix(node: JsonNode) -> dict[str, dict[str, int]]:
    return {actual: {predicted: cell.count() for predicted, cell in row.members()} for actual, row in node.members()}


def _read_curve(node: JsonNode, first: str, second: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    left, right = node.child(first).measures(), node.child(second).measures()
    if len(left) != len(right):
        raise node.error(f"{first} has {len(left)} points, {second} has {len(right)}")
    return left, right
