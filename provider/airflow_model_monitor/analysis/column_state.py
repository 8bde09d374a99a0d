"""What is known of one column: a state that is fed, merged and asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.analysis.categorical_histogram import NULL_VALUE, CategoricalHistogram
from airflow_model_monitor.analysis.hyperloglog import HyperLogLog
from airflow_model_monitor.analysis.kll_sketch import KllSketch
from airflow_model_monitor.analysis.numeric_moments import Arithmetic, NumericMoments
from airflow_model_monitor.analysis.type_inference import TypeCounts
from airflow_model_monitor.contract.statistics import InferredType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from airflow_model_monitor.tables.relation import ColumnKind

CARDINALITY_LIMIT: Final = 120
"""Estimated distinct values up to which a String column is a categorical one (Deequ's default)."""


class ColumnState:
    """State of a column over some rows; the state of more rows is the merge of states.

    ``moments`` and ``kll`` are None once a value was seen that makes the column no numeric one.

    :param name: name in the statistics
    :param kind: what the values are before their type is inferred
    :param watched: texts to count whatever the cardinality (a baseline's domain)
    """

    __slots__ = ("histogram_counts", "kind", "kll", "moments", "name", "registers", "type_counts")

    def __init__(self, name: str, kind: ColumnKind, arithmetic: Arithmetic, watched: Iterable[str] = ()) -> None:
        self.name = name
        self.kind: ColumnKind = kind
        self.type_counts = TypeCounts()
        self.registers = HyperLogLog()
        self.histogram_counts = CategoricalHistogram(watched, only_watched=kind in ("double", "integer"))
        self.moments: NumericMoments | None = NumericMoments(arithmetic)
        self.kll: KllSketch | None = KllSketch()

    @property
    def inferred_type(self) -> InferredType:
        """The column's label: Integral, Fractional, String or Unknown.

        A column of ``true`` and ``false`` alone is called String: the file's schema has no word for it.
        """
        column_type = self.type_counts.column_type
        return "String" if column_type == "Boolean" else column_type

    @property
    def completeness(self) -> float:
        """Share of rows with a value; 0.0 without rows."""
        rows = self.type_counts.rows
        return self.type_counts.present / rows if rows else 0.0

    @property
    def distinct(self) -> int:
        """Estimated number of distinct values, nulls aside."""
        return self.registers.estimate()

    @property
    def histogram(self) -> dict[str, int] | None:
        """Rows per value, nulls as ``NullValue``, of a String column with at most 120 estimated values; else None."""
        counts = self.histogram_counts.counts
        if self.inferred_type != "String" or counts is None or self.distinct > CARDINALITY_LIMIT:
            return None
        result = dict(counts)
        if self.type_counts.null:
            result[NULL_VALUE] = result.get(NULL_VALUE, 0) + self.type_counts.null
        return result

    def rows_with(self, values: Iterable[str]) -> int | None:
        """How many rows hold one of ``values``, a null being ``NullValue``.

        None if that is not known: too many distinct values, and not all of these were watched.
        """
        wanted = set(values)
        counts = self.histogram_counts.counts
        if counts is None:
            counts = self.histogram_counts.watched
            if not wanted - {NULL_VALUE} <= counts.keys():
                return None
        nulls = self.type_counts.null if NULL_VALUE in wanted else 0
        return nulls + sum(counts.get(value, 0) for value in wanted)

    def add_hashes(self, hashes: NDArray[np.uint64]) -> None:
        """Add values to the distinct count by their xxHash64."""
        self.registers.add_hashes(hashes)

    def add_numbers(self, numbers: NDArray[np.float64] | None) -> None:
        """Add numbers in row order; None when there were values that are no numbers, which ends it for good."""
        if numbers is None:
            self.moments = self.kll = None
        if self.moments is not None and self.kll is not None and numbers is not None:
            self.moments.add(numbers)
            self.kll.add(numbers)

    def merge(self, other: ColumnState) -> ColumnState:
        """A new state of both, this one's rows first."""
        merged = ColumnState(self.name, self.kind, "chunked")
        merged.type_counts = self.type_counts + other.type_counts
        merged.registers = self.registers.merge(other.registers)
        merged.histogram_counts = self.histogram_counts.merge(other.histogram_counts)
        both = self.moments and other.moments and self.kll and other.kll
        merged.moments = self.moments.merge(other.moments) if both and self.moments and other.moments else None
        merged.kll = self.kll.merge(other.kll) if both and self.kll and other.kll else None
        return merged
