"""Rows picked by a column's values or threshold: the sensitive rows of a facet, the positive labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from airflow_model_monitor.analysis.bias.column_kind import ColumnKind, column_kind
from airflow_model_monitor.analysis.bias.column_values import Column, distinct_values, integers_of_texts
from airflow_model_monitor.analysis.bias.facet_sample import BoolArray
from airflow_model_monitor.contract.clarify_values import Scalar
from airflow_model_monitor.contract.compatibility import Compatibility
from airflow_model_monitor.contract.errors import ContractError


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows picked from one column.

    :param text: how files name the pick: ``"0"``, ``"0,2"``, or ``"(40, 75]"`` with the data's largest value
    :param mask: the rows picked
    """

    kind: ColumnKind
    text: str
    mask: BoolArray


def select(
    column: Column,
    values: Sequence[Scalar],
    *,
    name: str,
    compatibility: Compatibility,
    kind: ColumnKind | None = None,
) -> tuple[Selection, ...]:
    """The pick the values describe; without values one pick for each class of the column, in ascending order.

    :param column: as :func:`narrow` returns it
    :param name: of the column, for errors
    :param kind: how to read the column, where that is known already
    :raises ContractError: a threshold or a value that does not go with the column, or no values of either
    """
    column = as_numbers(column)
    kind = kind or column_kind(column, values, compatibility)
    if kind == "continuous":
        return (_above(column, values, name),)
    if not values:
        classes = distinct_values(column)
        if not classes:
            raise ContractError("the column holds no value, so there is no group to compare", field=name)
        return tuple(Selection(kind, str(value), _equal(column, [value], name)) for value in classes)
    return (Selection(kind, ",".join(map(str, values)), _equal(column, values, name)),)


@contextmanager
def naming(key: str, name: str) -> Iterator[None]:
    """Name the setting, too, in what is wrong with a column.

    :param key: JSON path of the setting
    :param name: of the column
    """
    try:
        yield
    except ContractError as error:
        raise ContractError(f"column {name!r}: {error.message}", field=key, remedy=error.remedy) from error


def as_numbers(column: Column) -> Column:
    """Texts that all spell integers as integers, any other column as it is."""
    if column.dtype.kind != "O":
        return column
    numbers = integers_of_texts(column)
    return column if numbers is None else numbers


def _above(column: Column, values: Sequence[Scalar], name: str) -> Selection:
    if len(values) != 1:
        raise ContractError(
            f"the column holds a scale of numbers, which needs one threshold, got {len(values)} values",
            field=name,
            remedy="Give the number above which rows count.",
        )
    if column.dtype.kind == "O":
        raise ContractError("the column holds texts, and a threshold needs numbers", field=name)
    threshold = _number(values[0], name)
    present = column[column == column]
    if not len(present):
        raise ContractError("the column holds no value to compare with a threshold", field=name)
    return Selection("continuous", f"({values[0]}, {present.max().item()}]", column > threshold)


def _equal(column: Column, values: Sequence[Any], name: str) -> BoolArray:
    if column.dtype.kind == "O":
        wanted = {str(value) for value in values}
        matching = {
            value for value in set(column.tolist()) if value is not None and not wanted.isdisjoint(_spellings(value))
        }
        return np.fromiter(map(matching.__contains__, column.tolist()), np.bool_, len(column))
    if column.dtype.kind == "b":
        return np.isin(column, [_truth(value, name) for value in values])
    return np.isin(column, [_number(value, name) for value in values])


def _spellings(value: Any) -> tuple[str, ...]:
    """How a configuration may write a value; booleans stand among objects where some of them are missing."""
    if isinstance(value, bool):
        return ("True", "true", "1", "1.0") if value else ("False", "false", "0", "0.0")
    return (str(value),)


def _number(value: Scalar, name: str) -> float | int:
    try:
        number = value if isinstance(value, (int, float)) else _parsed(value)
        if isfinite(number):
            return number
    except (ValueError, OverflowError):
        pass
    raise ContractError(
        f"the value {value!r} cannot occur: the column holds numbers", field=name, remedy="Give a number."
    )


def _parsed(text: str) -> float | int:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _truth(value: Scalar, name: str) -> bool:
    word = str(value).lower()
    if word not in ("true", "false", "1", "0", "1.0", "0.0"):
        raise ContractError(
            f"the value {value!r} cannot occur: the column holds true and false",
            field=name,
            remedy="Give 'true' or 'false'.",
        )
    return word in ("true", "1", "1.0")
