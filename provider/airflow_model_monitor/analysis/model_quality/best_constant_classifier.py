"""The model to beat: one that always says the class most rows have."""

from __future__ import annotations

import numpy as np

from airflow_model_monitor.analysis.model_quality.confusion_matrix import ConfusionMatrix


def majority_class(matrix: ConfusionMatrix) -> int:
    """Index of the actual class with the most rows; of several, the first one.

    What the original does at a tie is not known. It changed once: images up to February 2021, whose figures AWS's
    documentation still shows, took the rarest class.
    """
    return int(np.argmax(matrix.support))


def constant_classifier(matrix: ConfusionMatrix, predicted: int) -> ConfusionMatrix:
    """What the matrix would be if every row were predicted to be of the class with index ``predicted``."""
    counts = np.zeros_like(matrix.counts)
    counts[:, predicted] = matrix.support
    return ConfusionMatrix(matrix.classes, counts)


def best_constant_classifier(matrix: ConfusionMatrix) -> ConfusionMatrix:
    """What the matrix would be if every row were predicted to be of the majority class."""
    return constant_classifier(matrix, majority_class(matrix))
