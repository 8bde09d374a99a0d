"""The class of each row, whatever way labels and predictions spell it.

One class may come as ``1``, ``1.0``, ``"1"`` with its quotes, or the JSON number 1, depending on who wrote it: the
model, the CSV payload of a label, a DataFrame. The rule, for labels and predictions alike:

* blanks around a text and one pair of double quotes are dropped;
* a number, or a text that spells one the way JSON does, is that number: ``1``, ``1.0``, ``1e0`` and ``"1"`` are the
  class ``1``. A text with a leading zero is a code and stays as it is: ``007`` is not ``7``;
* booleans are the classes ``true`` and ``false``, which a binary problem without a positive label takes for 1 and 0;
* null, NaN and the empty text are no class.

Upper and lower case differ, except for the booleans of a binary problem.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.model_quality.row_errors import row_error

_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]+)?\Z")
_WIDEST_TABLE: Final = 1 << 20  # distinct whole numbers that are looked up instead of sorted


@dataclass(frozen=True, slots=True)
class Classes:
    """A column of classes.

    :param names: the distinct classes: numbers in ascending order, then texts by code point
    :param codes: for each row the index of its class; one axis
    """

    names: tuple[str, ...]
    codes: NDArray[np.intp]

    def first_row(self, code: int) -> int:
        """The first row of a class, from 0."""
        return int(np.argmax(self.codes == code))


def class_name(value: Any) -> str | None:
    """The class a single value spells; None for a missing one. :raises ValueError: for what can be no class."""
    if value is None:
        return None
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return _name_of_number(float(value))
    if isinstance(value, str):
        return _name_of_text(value)
    raise ValueError(f"a {type(value).__name__} is no class")


def read_classes(values: Any, *, field: str) -> Classes:
    """The classes of a column.

    :param values: one axis; an array of numbers, booleans or objects (texts, numbers and booleans mixed)
    :param field: ``label`` or ``prediction``, for messages
    :raises ContractError: naming the first row without a class
    """
    values = np.asarray(values)
    if values.dtype.kind == "f":
        return _of_floats(values, field)
    if values.dtype.kind in "iub":
        return _of_whole_numbers(values, field)
    return _of_objects(values.tolist(), field)


def _of_objects(values: list[Any], field: str) -> Classes:
    kinds = set(map(type, values))
    # 1, 1.0 and True are one key to a dictionary, but not one class.
    keys: Sequence[Hashable] = values if len(kinds) == 1 else list(zip(map(type, values), values, strict=True))
    try:
        distinct = dict.fromkeys(keys)
    except TypeError:
        row = next(row for row, value in enumerate(values) if not isinstance(value, Hashable))
        raise row_error(field, row, f"a {type(values[row]).__name__} is no class") from None
    codes = dict(zip(distinct, range(len(distinct))))
    rows = np.fromiter(map(codes.__getitem__, keys), np.intp, count=len(values))
    originals: list[Any] = list(distinct)
    if len(kinds) > 1:
        originals = [value for _, value in originals]
    return _named(originals, rows, field)


def _of_floats(values: NDArray[Any], field: str) -> Classes:
    values = values.astype(np.float64, copy=False)
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.int64)
    if np.array_equal(whole, values):
        return _of_whole_numbers(whole, field)
    distinct, rows = np.unique(values, return_inverse=True)
    return _named(distinct.tolist(), rows, field)


def _of_whole_numbers(values: NDArray[Any], field: str) -> Classes:
    if not len(values):
        return Classes((), np.empty(0, np.intp))
    kind, lowest = values.dtype.kind, int(values.min())
    width = int(values.max()) - lowest + 1
    if width > _WIDEST_TABLE:
        distinct, rows = np.unique(values, return_inverse=True)
        return _named(distinct.tolist(), rows, field)
    # Unsigned numbers may be too large to be signed, small signed ones too small to be shifted.
    shifted = (values - values.min()).astype(np.intp) if kind == "u" else values.astype(np.intp, copy=False) - lowest
    present = np.flatnonzero(np.bincount(shifted, minlength=width))
    table = np.zeros(width, np.intp)
    table[present] = np.arange(len(present))
    originals = [bool(value + lowest) if kind == "b" else value + lowest for value in present.tolist()]
    return _named(originals, table[shifted], field)


def _named(originals: Sequence[Any], rows: NDArray[np.intp], field: str) -> Classes:
    """Classes out of distinct spellings, of which several may be one class."""
    names: list[str] = []
    for code, value in enumerate(originals):
        try:
            name = class_name(value)
        except ValueError as error:
            raise row_error(field, int(np.argmax(rows == code)), str(error)) from None
        if name is None:
            raise row_error(
                field, int(np.argmax(rows == code)), "is missing", f"Give every row a {field}, or leave the row out."
            )
        names.append(name)
    ordered = tuple(sorted(set(names), key=class_order))
    position = {name: index for index, name in enumerate(ordered)}
    table = np.array([position[name] for name in names], np.intp)
    if np.array_equal(table, np.arange(len(table))):
        return Classes(ordered, rows.astype(np.intp, copy=False))
    return Classes(ordered, table[rows])


def class_order(name: str) -> tuple[int, float, str]:
    """Sorting key of classes: numbers ascending, then texts by code point."""
    if _NUMBER.match(name):
        return (0, float(name), name)
    return (1, 0.0, name)


def _name_of_number(value: float) -> str | None:
    if isnan(value):
        return None
    if not isfinite(value):
        raise ValueError(f"{value} is no class")
    return str(int(value)) if value.is_integer() else repr(value)


def _name_of_text(text: str) -> str | None:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    if not text or text.lower() == "nan":
        return None
    if _WHOLE.match(text):
        return "0" if text == "-0" else text
    return _name_of_number(float(text)) if _NUMBER.match(text) else text


def joined(*columns: Classes) -> tuple[tuple[str, ...], list[NDArray[np.intp]]]:
    """The classes of several columns together, and each column's codes among them."""
    names = tuple(sorted({name for column in columns for name in column.names}, key=class_order))
    position: Mapping[str, int] = {name: index for index, name in enumerate(names)}
    codes = []
    for column in columns:
        table = np.array([position[name] for name in column.names], np.intp)
        codes.append(column.codes if column.names == names else table[column.codes])
    return names, codes
