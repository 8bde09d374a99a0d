"""Rows of named values, kind and number of columns unknown until the last one, staged on the disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.csv_inspection import CsvShape
from airflow_model_monitor.tables.csv_source import MAX_COLUMNS, csv_scan
from airflow_model_monitor.tables.engine import make_room
from airflow_model_monitor.tables.relation import Column, ColumnKind, Relation

if TYPE_CHECKING:
    import duckdb

    from airflow_model_monitor.tables.staging import Staging

ColumnKey = tuple[int, "str | int"]
"""Side of the record (0 is leftmost) and name, or position where the side has no names."""

_NULL: Final = r"\N"
_TEXT, _BOOLEAN, _INTEGER, _FRACTION = 1, 2, 4, 8
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


_WRITERS: Final[dict[type, tuple[int, Callable[[Any], str]]]] = {
    str: (_TEXT, _quoted),
    int: (_INTEGER, str),
    float: (_FRACTION, repr),
    bool: (_BOOLEAN, lambda value: "true" if value else "false"),
    type(None): (0, lambda _: _NULL),
}


class RecordTable:
    """Collects rows one at a time in bounded memory, then becomes a relation.

    The kind of a column is what Spark infers for JSON: only integers of 64 bits: ``integer``; numbers: ``double``; only
    booleans: ``boolean``; anything else, mixtures included: ``text``. A value a row lacks is null.

    :param staging: folder for the staged rows
    """

    def __init__(self, staging: Staging) -> None:
        self._path = staging.new_path(".csv")
        self._stream = open(self._path, "w", encoding="utf-8", errors="replace", newline="")  # noqa: SIM115
        self._index: dict[ColumnKey, int] = {}
        self._kinds: list[int] = []
        self._first_seen: list[tuple[str, int | None]] = []
        self._layout: tuple[ColumnKey, ...] | None = None
        self._positions: list[int] = []
        self._in_order = False
        self._signature: list[int] = []
        self._shape = CsvShape(line_ends=frozenset({"\n"}))

    @property
    def rows(self) -> int:
        """How many rows were added."""
        return self._shape.rows

    def add(self, row: Mapping[ColumnKey, object], *, file: str, line: int | None = None) -> None:
        """Append one row.

        :param row: values by column: text, numbers, booleans or ``None``
        :param file: where it comes from, for error messages
        :param line: line in it
        :raises ContractError: a value is a list or an object, or there are too many columns
        """
        keys = tuple(row)
        if keys != self._layout:
            self._positions = [self._position(key, file, line) for key in keys]
            self._layout, self._signature = keys, []
            # Most records have the keys of the one before, in the columns' order.
            self._in_order = self._positions == list(range(len(keys)))
        values = list(row.values())
        try:
            writers = [_WRITERS[type(value)] for value in values]
        except KeyError:
            raise _nested(row, file, line) from None
        signature = [kind for kind, _ in writers]
        if signature != self._signature or _INTEGER in signature:
            self._note_kinds(signature, values)
        written = [write(value) for (_, write), value in zip(writers, values, strict=True)]
        if self._in_order and written:
            cells = written
        else:
            cells = [_NULL] * (max(self._positions, default=0) + 1)
            for position, text in zip(self._positions, written, strict=True):
                cells[position] = text
        text = ",".join(cells)
        shape = self._shape
        shape.rows += 1
        shape.widest = max(shape.widest, len(cells))
        shape.narrowest = min(shape.narrowest, len(cells))
        shape.longest_line = max(shape.longest_line, len(text) * 4)
        if "\n" in text or "\r" in text:
            shape.quoted_newlines = True
        self._stream.write(text)
        self._stream.write("\n")

    def relation(self, connection: duckdb.DuckDBPyConnection) -> Relation:
        """The rows as a relation: by side, within a side by name (as Spark sorts) or position.

        Names are sorted over both sides when no column is positional. A positional column is called ``_c<i>`` after
        its place.

        :param connection: where the query will run
        :raises ContractError: two sides share a name, or no row has any value
        """
        self.close()
        if not self._index:
            raise ContractError("Job inputs had no data", remedy="No record has any field.")
        named = all(isinstance(name, str) for _, name in self._index)
        if named:
            order = sorted(self._index, key=lambda key: str(key[1]).encode("utf-16-be", "surrogatepass"))
            for one, other in pairwise(order):
                if one[1] == other[1]:
                    file, line = self._first_seen[max(self._index[one], self._index[other])]
                    raise ContractError(
                        "both sides of the captured data have a field of this name",
                        file=file,
                        line=line,
                        field=str(one[1]),
                        remedy="Rename one of them with a record preprocessor script, or read one side only.",
                    )
        else:
            order = sorted(self._index, key=_place)
        make_room(connection, len(order), self._shape.longest_line)
        scan = csv_scan([self._path], self._shape, header=False, null_text=_NULL)
        columns, selected = [], []
        for place, key in enumerate(order):
            position = self._index[key]
            kind = _column_kind(self._kinds[position])
            columns.append(Column(key[1] if isinstance(key[1], str) else f"_c{place}", kind, f"c{place}"))
            selected.append(f"{_cast(f's.c{position}', kind)} AS c{place}")
        return Relation(
            connection, f"SELECT {', '.join(selected)} FROM {scan} AS s", tuple(columns), named=named, rows=self.rows
        )

    def close(self) -> None:
        """Finish writing. Harmless when done before."""
        self._stream.close()

    def _note_kinds(self, signature: list[int], values: list[object]) -> None:
        self._signature = signature
        for position, kind, value in zip(self._positions, signature, values, strict=True):
            if kind == _INTEGER and not _LONG_MIN <= value <= _LONG_MAX:  # type: ignore[operator]
                kind = _FRACTION
            self._kinds[position] |= kind

    def _position(self, key: ColumnKey, file: str, line: int | None) -> int:
        known = self._index.get(key)
        if known is not None:
            return known
        position = len(self._index)
        if position >= MAX_COLUMNS:
            raise ContractError(
                f"more than {MAX_COLUMNS:,} columns",
                file=file,
                line=line,
                field=str(key[1]),
                remedy="Field names seem to hold data: make them values with a record preprocessor script.",
            )
        self._index[key] = position
        self._kinds.append(0)
        self._first_seen.append((file, line))
        return position


def _nested(row: Mapping[ColumnKey, object], file: str, line: int | None) -> ContractError:
    name, value = next((key[1], value) for key, value in row.items() if type(value) not in _WRITERS)
    return ContractError(
        f"the value is {json.dumps(value, default=str)[:40]}, not text, a number or a boolean",
        file=file,
        line=line,
        field=str(name),
        remedy="Flatten the record with a record preprocessor script.",
    )


def _place(key: ColumnKey) -> tuple[int, int, bytes]:
    side, name = key
    if isinstance(name, int):
        return side, name, b""
    return side, -1, name.encode("utf-16-be", "surrogatepass")


def _column_kind(seen: int) -> ColumnKind:
    if seen == _INTEGER:
        return "integer"
    if seen and not seen & ~(_INTEGER | _FRACTION):
        return "double"
    return "boolean" if seen == _BOOLEAN else "text"


def _cast(expression: str, kind: ColumnKind) -> str:
    target = {"integer": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "text": ""}[kind]
    return f"CAST({expression} AS {target})" if target else expression
