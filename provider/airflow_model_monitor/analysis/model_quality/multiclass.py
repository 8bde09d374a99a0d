"""Metrics of a classification into any number of classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import Final

import numpy as np

from airflow_model_monitor.analysis.model_quality.best_constant_classifier import best_constant_classifier
from airflow_model_monitor.analysis.model_quality.confusion_matrix import ConfusionMatrix, f_score, ratio

_BETAS: Final = {"weighted_f0_5": 0.5, "weighted_f1": 1.0, "weighted_f2": 2.0}


def multiclass_metrics(matrix: ConfusionMatrix) -> Mapping[str, float]:
    """Every single number of a multiclass problem, by name.

    A weighted metric is the class's own one, times the class's rows, over all rows; added up in the order of the
    classes. A class nobody has weighs nothing. 0/0 is 0.0.
    """
    constant = _weighted(best_constant_classifier(matrix))
    return {**_weighted(matrix), **{f"{name}_best_constant_classifier": value for name, value in constant.items()}}


def _weighted(matrix: ConfusionMatrix) -> dict[str, float]:
    rows = matrix.rows
    present = np.flatnonzero(matrix.support)
    support = matrix.support[present].tolist()
    correct = np.diagonal(matrix.counts)[present].tolist()
    predicted = matrix.counts.sum(axis=0)[present].tolist()
    recalls = [ratio(hits, actual) for hits, actual in zip(correct, support, strict=True)]
    precisions = [ratio(hits, said) for hits, said in zip(correct, predicted, strict=True)]

    def weighted(values: Iterable[float]) -> float:
        # Not `sum`, which compensates for rounding from Python 3.12 on.
        return reduce(add, (value * count / rows for value, count in zip(values, support, strict=True)), 0.0)

    return {
        "accuracy": matrix.accuracy,
        "weighted_recall": weighted(recalls),
        "weighted_precision": weighted(precisions),
        **{
            name: weighted(f_score(*pair, beta) for pair in zip(precisions, recalls, strict=True))
            for name, beta in _BETAS.items()
        },
    }
