"""Probabilities, and the labels and predictions of a regression, as doubles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.model_quality.row_errors import row_error


def read_numbers(values: Any, *, field: str) -> NDArray[np.float64]:
    """A column of finite doubles.

    Texts are read as numbers, one pair of double quotes aside; booleans are no numbers.

    :param values: one axis; an array of numbers or objects
    :param field: ``label``, ``prediction`` or ``probability``, for messages
    :raises ContractError: naming the first row that is no finite number
    """
    values = np.asarray(values)
    if values.dtype.kind in "fiu":
        numbers: NDArray[np.float64] = values.astype(np.float64, copy=False)
    else:
        numbers = np.array([_number(value, row, field) for row, value in enumerate(values.tolist())], np.float64)
    finite = np.isfinite(numbers)
    if not finite.all():
        row = int(np.argmin(finite))
        remedy = f"Give every row a {field}, or leave the row out."
        raise row_error(field, row, f"{numbers[row]} is not a finite number", remedy)
    return numbers


def read_probabilities(values: Any) -> NDArray[np.float64]:
    """A column of probabilities. :raises ContractError: naming the first row outside [0, 1]."""
    numbers = read_numbers(values, field="probability")
    inside = (numbers >= 0.0) & (numbers <= 1.0)
    if not inside.all():
        row = int(np.argmin(inside))
        raise row_error(
            "probability",
            row,
            f"{float(numbers[row])!r} is not between 0 and 1",
            "Point probability_attribute to the probability of the positive class.",
        )
    return numbers


def _number(value: Any, row: int, field: str) -> float:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise row_error(field, row, "is missing", f"Give every row a {field}, or leave the row out.")
    if isinstance(value, str):
        text = value.strip()
        if len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1]
        try:
            if "_" not in text:  # Python reads 1_000, nobody else does
                return float(text)
        except ValueError:
            pass
    elif isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return float(value)
    raise row_error(field, row, f"{value!r:.60} is not a number")
