"""Metrics of a binary classification: class 1 is the positive one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from airflow_model_monitor.analysis.model_quality.best_constant_classifier import best_constant_classifier
from airflow_model_monitor.analysis.model_quality.binary_curves import BinaryCurves
from airflow_model_monitor.analysis.model_quality.confusion_matrix import ConfusionMatrix, f_score, ratio

CLASSES: Final = ("0", "1")
_BETAS: Final = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}


def binary_metrics(matrix: ConfusionMatrix, curves: BinaryCurves | None = None) -> Mapping[str, float]:
    """Every single number of a binary problem, by name.

    A rate without rows to take it from (0/0) is 0.0. The true negative rate is one minus the false positive rate and
    the false negative rate one minus the true positive rate, not quotients of their own: the last digits differ.

    :param matrix: of the classes 0 and 1
    :param curves: None without probabilities: then there are no areas either
    """
    (true_negatives, false_positives), (false_negatives, true_positives) = matrix.counts.tolist()
    recall = ratio(true_positives, true_positives + false_negatives)
    false_positive_rate = ratio(false_positives, false_positives + true_negatives)
    constant = _precision_and_recall(best_constant_classifier(matrix))
    return {
        **_precision_and_recall(matrix),
        **{f"{name}_best_constant_classifier": value for name, value in constant.items()},
        "true_positive_rate": recall,
        "true_negative_rate": 1.0 - false_positive_rate,
        "false_positive_rate": false_positive_rate,
        "false_negative_rate": 1.0 - recall,
        **({} if curves is None else {"auc": curves.auc, "au_prc": curves.au_prc}),
    }


def _precision_and_recall(matrix: ConfusionMatrix) -> dict[str, float]:
    (_, false_positives), (false_negatives, true_positives) = matrix.counts.tolist()
    recall = ratio(true_positives, true_positives + false_negatives)
    precision = ratio(true_positives, true_positives + false_positives)
    return {
        "recall": recall,
        "precision": precision,
        "accuracy": matrix.accuracy,
        **{name: f_score(precision, recall, beta) for name, beta in _BETAS.items()},
    }
