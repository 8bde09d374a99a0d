"""What is known of a dataset: the states of its columns."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_model_monitor.analysis.column_state import ColumnState
from airflow_model_monitor.analysis.numeric_moments import Arithmetic


@dataclass(frozen=True, slots=True)
class DatasetState:
    """State of some rows; the state of a day is the merge of the states of its hours.

    :param item_count: rows
    :param columns: one state per column, left to right
    :param arithmetic: ``sequential`` is the original's, value by value; ``chunked`` the faster one
    """

    item_count: int
    columns: tuple[ColumnState, ...]
    arithmetic: Arithmetic

    def column(self, name: str) -> ColumnState | None:
        """The state of the column called ``name``, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def merge(self, other: DatasetState) -> DatasetState:
        """A new state of both sets of rows, this one's first; columns are matched by position and keep these names.

        Counts, extremes, histograms and distinct estimates are those of all rows; sums and deviations are so within
        the tolerance of :class:`~airflow_model_monitor.analysis.numeric_moments.NumericMoments`, ranks within the
        sketch's error.

        :raises ValueError: the number of columns differs
        """
        if len(self.columns) != len(other.columns):
            raise ValueError(
                f"States of {len(self.columns)} and {len(other.columns)} columns cannot be merged: "
                "they describe different datasets."
            )
        return DatasetState(
            self.item_count + other.item_count,
            tuple(left.merge(right) for left, right in zip(self.columns, other.columns, strict=True)),
            "chunked" if self.item_count and other.item_count else self._arithmetic_beside(other),
        )

    def _arithmetic_beside(self, other: DatasetState) -> Arithmetic:
        return self.arithmetic if self.item_count else other.arithmetic
