"""Columns of one kind from the values of rows: texts of CSV become numbers where all of them are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.feature_table import column
from airflow_model_monitor.contract.errors import ContractError

Column = NDArray[Any]
_LARGEST: Final = int(np.finfo(np.float64).max)


def typed_column(values: Sequence[Any]) -> Column:
    """The values as ``int64``, ``float64`` or ``bool`` where all are of that kind, else as objects.

    Texts alone, as CSV has them, are read as integers or, with missing values (NaN) or fractions among them, as
    floats where every one spells a number; ``True`` and ``False`` as booleans. This is what pandas makes of them, which
    the original reads datasets with.
    """
    kinds = {type(value) for value in values}
    if str in kinds and kinds <= {str, type(None)}:
        return _of_texts(values, missing=type(None) in kinds)
    return column(values)


def refuse_odd_values(values: Sequence[Any], *, file: str | None, field: str) -> None:
    """Refuse what JSON can say and no column can hold.

    :param values: one for each record
    :param file: what they come from
    :param field: what they are
    :raises ContractError: a list, an object, an integer beyond the doubles, text that is no Unicode; names the record
    """
    for number, value in enumerate(values, 1):
        problem = _problem(value)
        if problem is not None:
            raise ContractError(f"record {number}: {problem}", file=file, field=field)


def _problem(value: Any) -> str | None:
    if isinstance(value, list | dict):
        return f"expected a number or a text, got {json.dumps(value)[:60]}"
    if isinstance(value, int):
        return None if -_LARGEST <= value <= _LARGEST else "expected a number that fits a double, got an integer beyond"
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return f"the text {value!a:.60} holds an unpaired surrogate, which is no Unicode character"
    return None


def _of_texts(values: Sequence[str | None], *, missing: bool) -> Column:
    present = [value for value in values if value is not None]
    if not missing and set(present) <= {"True", "False", "true", "false"}:
        return np.array([value in ("True", "true") for value in present], dtype=np.bool_)
    if not any("_" in value for value in present):  # which Python takes as part of a number
        if not missing:
            try:
                return np.array([int(value) for value in present], dtype=np.int64)
            except (ValueError, OverflowError):
                pass
        try:
            return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
        except ValueError:
            pass
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result
