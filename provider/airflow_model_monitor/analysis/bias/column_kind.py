"""Is a column a set of classes, or a scale with a threshold? The original guesses from the data, and guesses wrong.

Its rule: more than one value given, or text: classes. Floats: a scale. Integers (also when spelled in text): a scale
where the distinct values are at least 5 % of the rows, else classes. Hence its traps: labels stored as 0.0 and 1.0
become a scale whose interval above 1 is empty, so does any column of two values with 40 rows or fewer, and a scale in a
large file becomes classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from airflow_model_monitor.analysis.bias.column_values import Column, missing, span
from airflow_model_monitor.contract.clarify_values import Scalar
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility

ColumnKind = Literal["categorical", "continuous"]
UNIQUENESS_THRESHOLD: Final = 0.05
"""Distinct values over rows from which on integers are a scale."""
_TWO_CLASSES: Final = 2


def column_kind(column: Column, values: Sequence[Scalar], compatibility: Compatibility) -> ColumnKind:
    """How the column is to be read.

    ``corrected`` takes whole numbers for integers however they are stored, and a column of at most two whole numbers
    for classes however few rows there are.

    :param column: as :func:`narrow` returns it, texts that spell integers replaced by them
    :param values: the values (or the one threshold) the configuration gives for it
    """
    if len(values) > 1 or column.dtype.kind in "bO":
        return "categorical"
    whole = column.dtype.kind in "iu"
    if compatibility != CORRECTED:
        return "categorical" if whole and not _mostly_distinct(column) else "continuous"
    present = column if whole else column[~missing(column)]
    whole = whole or bool(np.all(present == np.trunc(present)))
    if not whole or not all(_is_whole(value) for value in values):
        return "continuous"
    if not _mostly_distinct(present) or len(np.unique(present)) <= _TWO_CLASSES:
        return "categorical"
    return "continuous"


def _mostly_distinct(column: Column) -> bool:
    if column.dtype.kind in "iu" and span(column) < UNIQUENESS_THRESHOLD * len(column):
        return False  # there are not that many integers in the range, so nothing need be counted
    return len(column) > 0 and len(np.unique(column)) / len(column) >= UNIQUENESS_THRESHOLD


def _is_whole(value: Scalar) -> bool:
    try:
        return float(value).is_integer()
    except ValueError:
        return False
