"""How many rows of each actual class were predicted to be of each class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """Counts of rows. All metrics of a classification but those of its curves follow from them.

    :param classes: names of the classes, in the order of both axes
    :param counts: whole numbers by actual class (first axis) and predicted class (second axis)
    """

    classes: tuple[str, ...]
    counts: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """Rows counted."""
        return int(self.counts.sum())

    @property
    def correct(self) -> int:
        """Rows predicted to be what they are."""
        return int(np.trace(self.counts))

    @property
    def support(self) -> NDArray[np.int64]:
        """Rows by actual class."""
        support: NDArray[np.int64] = np.sum(self.counts, axis=1)
        return support

    @property
    def accuracy(self) -> float:
        """Share of rows predicted to be what they are; 0.0 without rows."""
        return self.correct / self.rows if self.rows else 0.0

    def to_mapping(self) -> Mapping[str, Mapping[str, int]]:
        """The counts by name of the actual class and, within, of the predicted one."""
        return {
            actual: dict(zip(self.classes, row, strict=True))
            for actual, row in zip(self.classes, self.counts.tolist(), strict=True)
        }


def ratio(part: float, whole: float) -> float:
    """``part / whole``, and 0.0 for 0/0: the original's rule for precision, recall and their kin."""
    return part / whole if whole else 0.0


def f_score(precision: float, recall: float, beta: float) -> float:
    """The F measure that weighs recall ``beta`` times as much as precision; 0.0 where both are 0.

    The products are taken left to right, which decides on the last digit.
    """
    squared = beta * beta
    return ratio((1.0 + squared) * precision * recall, squared * precision + recall)
