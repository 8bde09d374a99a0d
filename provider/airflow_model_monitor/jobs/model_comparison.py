"""Two models on the same labelled rows: both are asked, both are measured as a model quality monitor measures."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.model_quality import analyze
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.predictor_config import PredictorConfig
from airflow_model_monitor.contract.problem_type import BINARY_CLASSIFICATION, REGRESSION, ProblemType
from airflow_model_monitor.jobs.clarify_inputs.value_columns import typed_column
from airflow_model_monitor.jobs.location import Location
from airflow_model_monitor.jobs.predictors.opening import Access, open_predictor

LOWER_IS_BETTER: Final = ("mae", "mse", "rmse", "false_positive_rate", "false_negative_rate")


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Rows to compare on.

    :param features: as the models are asked
    :param labels: what came true, one per row
    """

    features: FeatureTable
    labels: np.ndarray[Any, Any]

    @classmethod
    def read(
        cls, url: str, label: str, storage_options: Mapping[str, Any] | None = None, answers: Collection[str] = ()
    ) -> LabelledRows:
        """A CSV file with a header; every column but the label, and those of recorded answers, is a feature.

        :raises ContractError: it cannot be read, has no such column or no rows
        """
        features = cls.features_of(url, storage_options)
        if label not in features.names:
            names = ", ".join(features.names)
            raise ContractError(f"has no column {label!r}", file=url, field="label", remedy=f"Its columns: {names}")
        columns = dict(zip(features.names, features.columns))
        labels = columns.pop(label)
        columns = {name: column for name, column in columns.items() if name not in answers}
        return cls(FeatureTable(tuple(columns), tuple(columns.values())), labels)

    @staticmethod
    def features_of(url: str, storage_options: Mapping[str, Any] | None = None) -> FeatureTable:
        """All columns of a CSV file with a header.

        :raises ContractError: it cannot be read, or has no rows
        """
        lines = list(csv.reader(Location(url, dict(storage_options or {})).read().decode("utf-8").splitlines()))
        header, rows = (lines[0] if lines else []), lines[1:]
        if not rows:
            raise ContractError("holds no row to ask a model about", file=url)
        for number, row in enumerate(rows, 2):
            if len(row) != len(header):
                raise ContractError(f"{len(row)} values, expected {len(header)}", file=url, line=number)
        columns = tuple(typed_column([cell or None for cell in cells]) for cells in zip(*rows))
        return FeatureTable(tuple(header), columns)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was measured.

    :param metric: what decides
    :param champion: metrics of the model that serves, finite ones by name
    :param challenger: of the other one
    :param gain: by how much the challenger is better in ``metric``; negative when it is worse
    :param rows: how many rows both were asked about
    """

    metric: str
    champion: Mapping[str, float]
    challenger: Mapping[str, float]
    gain: float
    rows: int = field(default=0)


def compare_models(
    rows: LabelledRows,
    champion: PredictorConfig,
    challenger: PredictorConfig,
    *,
    metric: str,
    problem_type: ProblemType,
    access: Access | None = None,
) -> Comparison:
    """Ask and measure both.

    :param metric: a metric of model quality, such as ``auc``, ``f1`` or ``rmse``
    :raises ContractError: a model that cannot be asked, rows that cannot be measured, or no such metric
    """
    first, second = (
        measured(rows, model, problem_type=problem_type, access=access) for model in (champion, challenger)
    )
    for found in (first, second):
        if metric not in found:
            raise ContractError(
                f"there is no {metric!r} of these rows", field="metric", remedy=f"There are {', '.join(sorted(found))}"
            )
    gain = second[metric] - first[metric]
    return Comparison(metric, first, second, -gain if metric in LOWER_IS_BETTER else gain, len(rows))


def measured(
    rows: LabelledRows, model: PredictorConfig, *, problem_type: ProblemType, access: Access | None = None
) -> dict[str, float]:
    """A model's metrics on labelled rows, finite ones by name."""
    with open_predictor(model, dataset_type="text/csv", feature_names=rows.features.names, access=access) as predictor:
        answer = predictor.predictions(rows.features)
    predictions, probabilities = answer.labels, None
    if answer.scores is not None:
        if problem_type == BINARY_CLASSIFICATION:
            probabilities = answer.scores[:, -1]  # one score, or those of both classes
        elif problem_type == REGRESSION or predictions is None:
            scores = answer.scores
            predictions = scores[:, 0] if scores.shape[1] == 1 else scores.argmax(axis=1).astype(object)
    result = analyze(
        rows.labels, _spelled(predictions, rows.labels), probabilities, problem_type=problem_type, seed="comparison"
    )
    return {name: one.value for name, one in result.statistics.metrics.items() if math.isfinite(one.value)}


def _spelled(predictions: Sequence[Any] | None, labels: np.ndarray[Any, Any]) -> Any:
    """Predictions in the kind the labels are of: classes 0 and 1 are the same as numbers and as texts."""
    if predictions is None:
        return None
    column = np.asarray(predictions)
    if labels.dtype.kind in "if" and column.dtype.kind in "OU":
        try:
            return column.astype(float).astype(labels.dtype)
        except (TypeError, ValueError):
            return column.astype(object)
    return column
