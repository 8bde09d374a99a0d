"""Rows as a model takes them: named columns, one array each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.contract.errors import ContractError

Column = NDArray[Any]
Doubles = NDArray[np.float64]

_EXACT_IN_DOUBLE = 2**53


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """Rows of features, column by column.

    :param names: of the columns
    :param columns: one array per name, one axis, equally long: ``int64``, ``float64`` or ``bool`` where all values are
        of that kind, else ``object`` with Python values (text, numbers, ``None`` for a missing one)
    :raises ContractError: unlike numbers of names and columns, or columns of different lengths
    """

    names: tuple[str, ...]
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.columns):
            raise ContractError(f"{len(self.columns)} columns have {len(self.names)} names")
        if len({len(column) for column in self.columns}) > 1:
            lengths = ", ".join(f"{name}: {len(column)}" for name, column in zip(self.names, self.columns, strict=True))
            raise ContractError(f"columns of different lengths ({lengths})")

    @classmethod
    def from_rows(cls, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> FeatureTable:
        """Columns of the given rows.

        A column of integers alone stays one of integers, so that a model is asked about ``41`` and not about ``41.0``.

        :raises ContractError: a row with another number of values than there are names
        """
        listed = list(rows)
        for number, row in enumerate(listed, 1):
            if len(row) != len(names):
                raise ContractError(f"row {number} has {len(row)} values, expected {len(names)}")
        return cls(tuple(names), tuple(column([row[i] for row in listed]) for i in range(len(names))))

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> FeatureTable:
        return FeatureTable(self.names, tuple(values[rows] for values in self.columns))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows as tuples of Python values."""
        return zip(*(values.tolist() for values in self.columns), strict=True)

    def matrix(self) -> Doubles:
        """All values as doubles, shape (rows, features); ``None`` becomes NaN.

        :raises ContractError: naming the first column that holds text
        """
        result = np.empty((len(self.columns), len(self)))
        for name, values, target in zip(self.names, self.columns, result, strict=True):
            try:
                target[:] = values
            except (TypeError, ValueError, OverflowError) as error:
                raise ContractError("holds values that are not numbers", field=name) from error
        return result.T

    def array(self) -> NDArray[Any]:
        """All values in one array, shape (rows, features): doubles, or objects where a column holds objects."""
        if all(values.dtype.kind in "biuf" for values in self.columns):
            return self.matrix()
        result = np.empty((len(self.columns), len(self)), dtype=object)
        for values, target in zip(self.columns, result, strict=True):
            target[:] = values
        return result.T


def column(values: Sequence[Any]) -> Column:
    """The values as an array of the narrowest kind that holds each of them unchanged."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return np.array(values, dtype=np.bool_)
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values):
        return np.array(values, dtype=np.int64)
    if kinds == {float} or (kinds == {int, float} and all(map(_exact, values))):
        return np.array(values, dtype=np.float64)
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


def alike(first: Column, second: Column) -> tuple[Column, Column]:
    """Both columns in one kind, so that values of either can stand in one array unchanged."""
    if first.dtype == second.dtype:
        return first, second
    if {first.dtype.kind, second.dtype.kind} <= {"i", "u", "f"}:
        whole = first if first.dtype.kind != "f" else second
        if not len(whole) or -_EXACT_IN_DOUBLE <= whole.min() <= whole.max() <= _EXACT_IN_DOUBLE:
            return first.astype(np.float64), second.astype(np.float64)
    return first.astype(object), second.astype(object)


def _exact(value: float) -> bool:
    return isinstance(value, float) or abs(value) <= _EXACT_IN_DOUBLE
