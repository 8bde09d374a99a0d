"""A relation: rows in a fixed order behind one SQL query on a DuckDB connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    import duckdb

ColumnKind = Literal["text", "double", "integer", "boolean"]


def quote_identifier(name: str) -> str:
    """Return ``name`` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """Return ``text`` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a relation.

    :param name: the name the statistics carry; any text, not unique as SQL sees it (case may be all that differs)
    :param kind: ``text`` (CSV, captured data), ``double``, ``integer`` or ``boolean`` (JSON, Parquet)
    :param expression: quoted SQL identifier of the column among the columns of :attr:`Relation.sql`
    """

    name: str
    kind: ColumnKind
    expression: str


@dataclass(slots=True)
class Relation:
    """Rows behind one query; every run of :attr:`sql` gives the same rows in the same order.

    As a context manager it closes itself and tells the engine's reading errors as ``ContractError``.

    :param connection: DuckDB connection that knows the tables and file systems the query names; owned
    :param sql: ``SELECT`` that gives exactly :attr:`columns`, in order, under their expressions; row order is kept
    :param columns: the columns, left to right
    :param named: whether the columns carry names of their own (header, JSON, Parquet) rather than ``_c<i>``
    :param rows: number of rows where opening found it out; ``None``: count them
    :param columnar: whether reading some columns only is so much cheaper (Parquet)
    :param alike: whether the other behaviour would certainly have read the same rows
    """

    connection: duckdb.DuckDBPyConnection
    sql: str
    columns: tuple[Column, ...]
    named: bool = True
    rows: int | None = None
    alike: bool = True
    columnar: bool = False
    _cleanup: list[Callable[[], None]] = field(default_factory=list, repr=False)

    def on_close(self, action: Callable[[], None]) -> None:
        """Run ``action`` when the relation is closed, after its connection; the last one added runs first."""
        self._cleanup.append(action)

    def close(self) -> None:
        """Close the connection and remove what was staged for it. Calling it twice is harmless."""
        self.connection.close()
        while self._cleanup:
            self._cleanup.pop()()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        if exc is not None:
            from airflow_model_monitor.tables.read_failure import is_read_failure, read_failure

            if is_read_failure(exc):
                raise read_failure(exc, {}) from exc
