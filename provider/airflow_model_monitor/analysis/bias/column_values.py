"""Columns as bias metrics read them: numbers where all values are numbers, else texts, missing ones known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from airflow_model_monitor.analysis.bias.facet_sample import BoolArray
from airflow_model_monitor.contract.errors import ContractError

Column = NDArray[Any]
_NOTHING = np.array(None, dtype=object)


def narrow(values: ArrayLike, name: str) -> Column:
    """The values as bool, int64 or float64 where all of them are, else as objects with None for missing ones.

    :raises ContractError: more than one axis
    """
    # NumPy turns a list of texts and numbers into texts alone.
    array = np.array(values, dtype=object) if isinstance(values, (list, tuple)) else np.asarray(values)
    if array.ndim != 1:
        raise ContractError(f"expected one value for each row, got an array of {array.ndim} axes", field=name)
    if array.dtype.kind in "biuf":
        return array
    listed = array.tolist()
    kinds = set(map(type, listed))
    if kinds == {bool}:
        return np.array(listed, dtype=np.bool_)
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in listed):
        return np.array(listed, dtype=np.int64)
    if kinds and kinds <= {int, float, type(None)} and kinds != {type(None)}:
        return np.array(listed, dtype=np.float64)
    result = np.empty(len(listed), dtype=object)
    result[:] = [None if value is None or value != value else value for value in listed]
    return result


def missing(column: Column) -> BoolArray:
    """Which values are not there (None or NaN)."""
    if column.dtype.kind == "f":
        return np.isnan(column)
    if column.dtype.kind == "O":
        absent: BoolArray = np.equal(column, _NOTHING).astype(np.bool_)
        return absent
    return np.zeros(len(column), dtype=np.bool_)


def integers_of_texts(column: Column) -> Column | None:
    """The numbers where all values are texts that spell integers, else None."""
    distinct = set(column.tolist())
    if not distinct or not all(isinstance(value, str) for value in distinct):
        return None
    try:
        numbers = {value: np.int64(int(value)) for value in distinct}
    except (ValueError, OverflowError):
        return None
    return np.fromiter(map(numbers.__getitem__, column.tolist()), np.int64, len(column))


def distinct_values(column: Column) -> list[Any]:
    """The values that occur, missing ones left out, as Python values in ascending order (texts by code point)."""
    if column.dtype.kind == "O":
        return sorted({value for value in column.tolist() if value is not None}, key=_order)
    present = column[~missing(column)]
    return np.unique(present).tolist()  # type: ignore[no-any-return]


def codes(column: Column) -> NDArray[np.intp]:
    """Position of each row's value among the column's :func:`distinct_values`; -1 where it is missing."""
    absent = missing(column)
    result = np.full(len(column), -1, dtype=np.intp)
    if column.dtype.kind == "O":
        positions: dict[Any, int] = {value: index for index, value in enumerate(distinct_values(column))}
        positions[None] = -1
        return np.fromiter(map(positions.__getitem__, column.tolist()), np.intp, len(column))
    if column.dtype.kind in "iu" and 0 < span(column) <= len(column):
        return _codes_of_few(column)
    result[~absent] = np.unique(column[~absent], return_inverse=True)[1]
    return result


def span(column: Column) -> int:
    """How many integers lie from the smallest to the largest value, both counted; 0 without any."""
    return int(column.max()) - int(column.min()) + 1 if len(column) else 0


def _codes_of_few(column: Column) -> NDArray[np.intp]:
    # Counting needs no sorting, which takes most of the time of everything else together.
    offsets = (column - column.min()).astype(np.intp)
    positions = np.cumsum(np.bincount(offsets) > 0) - 1
    found: NDArray[np.intp] = positions[offsets]
    return found


def _order(value: Any) -> tuple[str, str]:
    return type(value).__name__, str(value)
