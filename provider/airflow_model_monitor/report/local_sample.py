"""Some rows of the local SHAP values, kept for drawing: evenly spread over the data set, and bounded in number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


class LocalSample:
    """Takes all rows as they are explained and keeps every n-th, n doubling whenever there are too many.

    Nothing is drawn by lot, so the same data give the same page.

    :param most_rows: how many rows are kept at most
    :param most_values: how many numbers are kept at most, for models of many features or outputs; two rows stay anyhow
    """

    def __init__(self, *, most_rows: int = 2_000, most_values: int = 2**20) -> None:
        self._most_rows = most_rows
        self._most_values = most_values
        self._parts: list[Doubles] = []
        self._kept = 0
        self.rows = 0
        """How many rows there were."""
        self.step = 1
        """Every ``step``-th of them is kept, beginning with the first."""

    def add(self, values: Doubles) -> None:
        """Take the next rows.

        :param values: shape (rows, outputs, features), as :class:`.LocalValues` has them
        """
        first = -self.rows % self.step
        self.rows += len(values)
        part = values[first :: self.step]
        if not len(part):
            return
        self._parts.append(part.copy())
        self._kept += len(part)
        most = max(2, min(self._most_rows, self._most_values // max(1, part[0].size)))
        while self._kept > most:
            self._parts = [np.concatenate(self._parts)[::2].copy()]
            self._kept = len(self._parts[0])
            self.step *= 2

    @property
    def values(self) -> Doubles:
        """The rows kept, shape (rows, outputs, features)."""
        return np.concatenate(self._parts) if self._parts else np.empty((0, 0, 0))

    @property
    def indices(self) -> NDArray[np.int64]:
        """Which rows of the data set they are, from 0."""
        return np.arange(self._kept, dtype=np.int64) * self.step
