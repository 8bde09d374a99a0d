"""A problem's rows made ready to be measured, whole or in samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.model_quality.binary import CLASSES, binary_metrics
from airflow_model_monitor.analysis.model_quality.binary_classes import read_binary_classes
from airflow_model_monitor.analysis.model_quality.binary_curves import BinaryCurves, RankedRows
from airflow_model_monitor.analysis.model_quality.cells import Cells
from airflow_model_monitor.analysis.model_quality.classes import joined, read_classes
from airflow_model_monitor.analysis.model_quality.confusion_matrix import ConfusionMatrix
from airflow_model_monitor.analysis.model_quality.doubles import read_numbers, read_probabilities
from airflow_model_monitor.analysis.model_quality.multiclass import multiclass_metrics
from airflow_model_monitor.analysis.model_quality.regression import regression_metrics
from airflow_model_monitor.analysis.model_quality.sampled_deviation import Sample
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import Arithmetic

THRESHOLD: Final = 0.5
"""Probability above which a row is predicted to be positive, where nothing else is said."""
MOST_CLASSES: Final = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """Labelled rows, measured.

    :param rows: how many there are
    :param metrics: of all rows, by name
    :param measure: the metrics of the rows a sample keeps
    """

    rows: int
    metrics: Mapping[str, float]
    measure: Callable[[Sample], Mapping[str, float]]
    matrix: ConfusionMatrix | None = None
    curves: BinaryCurves | None = None
    arithmetic: Arithmetic = "sequential"


def binary_problem(
    labels: NDArray[Any],
    predictions: NDArray[Any] | None,
    probabilities: NDArray[Any] | None,
    *,
    threshold: float | None,
    positive_label: str | None,
) -> Problem:
    """A binary problem. Predictions decide on the confusion matrix; without them, probabilities above the threshold.

    Curves and areas need probabilities.
    """
    actual, predicted = read_binary_classes(labels, predictions, positive_label)
    scores = None if probabilities is None else read_probabilities(probabilities)
    if scores is None:
        if predicted is None:
            raise _no_predictions("Set inference_attribute, probability_attribute or both.")
        return _classification(Cells.of(CLASSES, actual.astype(np.intp), predicted.astype(np.intp)), binary_metrics)
    if predicted is None:
        predicted = (scores > _checked(threshold)).astype(np.uint8)
    ranked = RankedRows(scores, actual, predicted)

    def measured(sample: Sample | None = None) -> tuple[ConfusionMatrix, BinaryCurves]:
        return ConfusionMatrix(CLASSES, ranked.counts(sample)), ranked.curves(sample)

    matrix, curves = measured()
    return Problem(
        len(actual), binary_metrics(matrix, curves), lambda sample: binary_metrics(*measured(sample)), matrix, curves
    )


def multiclass_problem(labels: NDArray[Any], predictions: NDArray[Any] | None) -> Problem:
    """A multiclass problem. :raises ContractError: without predictions, or with more than 1000 classes"""
    if predictions is None:
        raise _no_predictions("Set inference_attribute: probabilities alone do not name a class.")
    classes, (actual, predicted) = joined(
        read_classes(labels, field="label"), read_classes(predictions, field="prediction")
    )
    if len(classes) > MOST_CLASSES:
        raise ContractError(
            f"{len(classes):,} classes are more than {MOST_CLASSES:,}",
            field="label",
            remedy="Numbers on a scale are a Regression. Group rare classes otherwise.",
        )
    return _classification(Cells.of(classes, actual, predicted), multiclass_metrics)


def regression_problem(labels: NDArray[Any], predictions: NDArray[Any] | None, *, exact_rows: int) -> Problem:
    """A regression. Samples of it are always measured in blocks."""
    if predictions is None:
        raise _no_predictions("Set inference_attribute.")
    truth, said = read_numbers(labels, field="label"), read_numbers(predictions, field="prediction")
    sequential = len(truth) <= exact_rows
    return Problem(
        len(truth),
        regression_metrics(truth, said, sequential=sequential),
        lambda sample: regression_metrics(truth[sample], said[sample], sequential=False),
        arithmetic="sequential" if sequential else "chunked",
    )


def _classification(cells: Cells, metrics_of: Callable[[ConfusionMatrix], Mapping[str, float]]) -> Problem:
    matrix = cells.matrix
    return Problem(matrix.rows, metrics_of(matrix), lambda sample: metrics_of(cells.sampled(sample)), matrix)


def _checked(threshold: float | None) -> float:
    if threshold is None:
        return THRESHOLD
    if not 0.0 <= threshold <= 1.0:
        raise ContractError(f"{threshold!r} is not between 0 and 1", field="probability_threshold_attribute")
    return threshold


def _no_predictions(remedy: str) -> ContractError:
    return ContractError("the model's answer is missing: there are no predictions", field="prediction", remedy=remedy)
