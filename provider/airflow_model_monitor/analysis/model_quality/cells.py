"""Rows of a classification, each reduced to its cell of the confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.model_quality.confusion_matrix import ConfusionMatrix


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows in the order of their cells: of a row nothing but its actual and its predicted class matters.

    Sampling from rows in this order makes the result independent of the order they came in.

    :param classes: names of the classes
    :param counts: rows by cell, see :class:`ConfusionMatrix`
    """

    classes: tuple[str, ...]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, classes: tuple[str, ...], actual: NDArray[np.intp], predicted: NDArray[np.intp]) -> Cells:
        """The rows of two columns of codes, which count into ``classes``."""
        size = len(classes)
        counts = np.bincount(actual * size + predicted, minlength=size * size)
        return cls(classes, counts.reshape(size, size).astype(np.int64, copy=False))

    @property
    def matrix(self) -> ConfusionMatrix:
        """All rows counted."""
        return ConfusionMatrix(self.classes, self.counts)

    def sampled(self, kept: NDArray[np.bool_]) -> ConfusionMatrix:
        """The rows counted that a sample keeps. :param kept: one axis, as long as there are rows"""
        counts = self.counts.ravel()
        filled = np.flatnonzero(counts)
        ends = np.cumsum(counts[filled])
        sampled = np.zeros_like(counts)
        sampled[filled] = np.add.reduceat(kept, ends - counts[filled], dtype=np.int64)
        return ConfusionMatrix(self.classes, sampled.reshape(self.counts.shape))
