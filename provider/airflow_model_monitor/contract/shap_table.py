"""``explanations_shap/out.csv`` and ``baseline.csv``: SHAP values by row, and the rows they are counted from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from airflow_model_monitor.contract.errors import ContractError

FOLDER: Final = "explanations_shap"
VALUES_FILE_NAME: Final = f"{FOLDER}/out.csv"
BASELINE_FILE_NAME: Final = f"{FOLDER}/baseline.csv"


@dataclass(frozen=True, slots=True)
class ShapTable:
    """SHAP values as read: ``values[row][column]``, the columns being those of :func:`value_columns`."""

    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]


def value_columns(features: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
    """The header of out.csv, ``<feature>_<label>``: all features of the first label, then of the next."""
    return tuple(f"{feature}_{label}" for label in labels for feature in features)


def csv_line(cells: Sequence[Any]) -> str:
    """One line with its newline: numbers as Python prints them, text quoted only where it must be, None empty.

    NumPy arrays pass too (anything with ``tolist``).
    """
    target = StringIO()
    csv.writer(target, lineterminator="\n").writerow([_cell(cell) for cell in _plain(cells)])
    return target.getvalue()


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A whole table line by line, so that a large one need not be held in memory.

    :raises ContractError: naming the row that is longer or shorter than the header.
    """
    yield csv_line(header)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ContractError(f"row {number} has {len(row)} values for {len(header)} columns", file=VALUES_FILE_NAME)
        yield csv_line(row)


def read_shap_table(text: str, file: str = VALUES_FILE_NAME) -> ShapTable:
    """The table in ``text``.

    :raises ContractError: naming the file, the line and the column of what is no number.
    """
    lines = csv.reader(StringIO(text, newline=""))
    header = next(lines, None)
    if not header:
        raise ContractError("is empty", file=file, remedy="Expected a header of <feature>_<label> columns.")
    return ShapTable(tuple(header), tuple(_read_row(row, header, file, lines.line_num) for row in lines if row))


def _read_row(row: list[str], header: list[str], file: str, line: int) -> tuple[float, ...]:
    if len(row) != len(header):
        raise ContractError(f"expected {len(header)} values, got {len(row)}", file=file, line=line)
    values: list[float] = []
    for name, cell in zip(header, row, strict=True):
        try:
            values.append(float(cell))
        except ValueError:
            raise ContractError(f"expected a number, got {cell!r}", file=file, line=line, field=name) from None
    return tuple(values)


def _plain(cells: Sequence[Any]) -> Sequence[Any]:
    return cells.tolist() if hasattr(cells, "tolist") else cells


def _cell(cell: Any) -> Any:
    # A NumPy float prints as np.float64(0.1); the csv module prints Python's own floats by repr.
    return cell.item() if hasattr(cell, "item") else cell
