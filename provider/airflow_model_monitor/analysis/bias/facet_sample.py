"""The rows one set of bias metrics is computed on: who is sensitive, what was observed, what was predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Outcomes of one group. Positive means "has the favourable label", by observation or by prediction."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def rows(self) -> int:
        return self.positives + self.negatives

    @property
    def positives(self) -> int:
        return self.true_positives + self.false_negatives

    @property
    def negatives(self) -> int:
        return self.false_positives + self.true_negatives

    @property
    def predicted_positives(self) -> int:
        return self.true_positives + self.false_positives

    @property
    def predicted_negatives(self) -> int:
        return self.true_negatives + self.false_negatives


@dataclass(frozen=True)
class FacetSample:
    """Rows seen through one sensitive group, all arrays of the same length.

    :param sensitive: row is in the sensitive group (the *disadvantaged* one of the formulas, ``d``)
    :param observed: row has the favourable label
    :param predicted: row is predicted to have it; None before training, when every prediction counts as negative
    :param groups: code of the row's group variable, -1 where it is missing; None without a group variable
    :param flips: runs the flip test: (positives whose look-alikes of the other group are negative, the reverse)
    """

    sensitive: BoolArray
    observed: BoolArray
    predicted: BoolArray | None = None
    groups: NDArray[np.intp] | None = None
    flips: Callable[[], tuple[int, int]] | None = None

    @property
    def rows(self) -> int:
        return len(self.sensitive)

    @cached_property
    def advantaged(self) -> GroupCounts:
        """The rows outside the sensitive group."""
        return self._counts[0]

    @cached_property
    def disadvantaged(self) -> GroupCounts:
        """The rows of the sensitive group."""
        return self._counts[1]

    @cached_property
    def _counts(self) -> tuple[GroupCounts, GroupCounts]:
        # One pass: every row is one of eight kinds.
        kinds = self.sensitive.astype(np.uint8) << 2 | self.observed.astype(np.uint8) << 1
        if self.predicted is not None:
            kinds |= self.predicted.astype(np.uint8)
        counts = [int(count) for count in np.bincount(kinds, minlength=8)]
        first, second = counts[:4], counts[4:]
        return _group(first), _group(second)


def _group(counts: list[int]) -> GroupCounts:
    true_negatives, false_positives, false_negatives, true_positives = counts
    return GroupCounts(true_positives, false_positives, false_negatives, true_negatives)
