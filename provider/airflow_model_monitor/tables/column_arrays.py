"""Columns of a query as NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import duckdb

_NUMBERS: Final = ("probability",)


def column_arrays(
    selected: Mapping[str, str], source: str, connection: duckdb.DuckDBPyConnection, *, numeric: bool
) -> dict[str, NDArray[Any]] | None:
    """The columns, in the order of the rows; ``None`` when a value is missing or not the number it should be.

    :param selected: SQL expressions by name; ``probability`` is a number, the others too where ``numeric``
    :param source: what stands behind ``FROM``
    :return: float64 for numbers, else an object array of the values DuckDB has there
    """
    expressions = {
        name: _number(expression) if numeric or name in _NUMBERS else expression
        for name, expression in selected.items()
    }
    columns = ", ".join(f"{expression} AS {name}" for name, expression in expressions.items())
    found = connection.execute(f"SELECT {columns} FROM {source}").fetchnumpy()
    if any(np.ma.is_masked(column) for column in found.values()):
        return None
    return {name: np.ma.getdata(column) for name, column in found.items()}


def _number(expression: str) -> str:
    """SQL for the number a text spells; an underscore, which DuckDB takes as part of one, makes it none."""
    text = f"CAST({expression} AS VARCHAR)"
    return f"CASE WHEN NOT contains({text}, '_') THEN TRY_CAST({expression} AS DOUBLE) END"
