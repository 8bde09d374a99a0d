"""A relation's rows, chunk by chunk, in row order."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Final

import pyarrow as pa

from airflow_model_monitor.tables.relation import Relation

CHUNK_ROWS: Final = 65_536
"""Rows per chunk of a table of ordinary width."""

# Wide tables get fewer rows per chunk, so that a chunk stays near a few dozen MB; DuckDB hands over 2,048 at least.
_CHUNK_CELLS = 2_500_000
_LEAST_ROWS = 2_048


def chunks(relation: Relation, chunk_rows: int = CHUNK_ROWS) -> Generator[pa.Table, None, None]:
    """Yield the relation's rows as Arrow tables, columns by position, in row order.

    Each call runs the query anew; memory holds one chunk. Texts are ``large_string`` in UTF-8.

    :param chunk_rows: about how many rows a chunk has; wide tables get fewer, the last chunk too. Where a chunk ends is
        up to the engine: nothing may depend on it.
    :raises duckdb.Error: what the query raises, at the first chunk or at a later one
    """
    rows = max(_LEAST_ROWS, min(chunk_rows, _CHUNK_CELLS // max(len(relation.columns), 1)))
    # Offsets of 64 bits: a chunk may hold more than 2 GB of text.
    relation.connection.execute("SET arrow_large_buffer_size = true")
    with closing(_open(relation, rows)) as reader:
        held: list[pa.RecordBatch] = []
        for batch in reader:
            held.append(batch)
            # The CSV reader hands over small batches; what follows pays per chunk.
            if sum(part.num_rows for part in held) >= 0.9 * rows:
                yield pa.Table.from_batches(held)
                held.clear()
        if any(part.num_rows for part in held):
            yield pa.Table.from_batches(held)


def _open(relation: Relation, rows: int) -> pa.RecordBatchReader:
    query = relation.connection.sql(relation.sql)
    # DuckDB before 1.4 knows the reader by another name.
    start = query.to_arrow_reader if hasattr(query, "to_arrow_reader") else query.fetch_arrow_reader
    return start(rows)


def some_columns(relation: Relation, positions: Sequence[int]) -> Relation:
    """The same rows with some of the columns only; not to be closed, the whole relation owns the connection."""
    columns = tuple(relation.columns[position] for position in positions)
    selected = ", ".join(column.expression for column in columns)
    return replace(relation, sql=f"SELECT {selected} FROM ({relation.sql})", columns=columns, _cleanup=[])


def first_rows(relation: Relation, rows: int) -> Relation:
    """The first rows only; not to be closed either."""
    return replace(relation, sql=f"SELECT * FROM ({relation.sql}) LIMIT {rows}", _cleanup=[])


def count_values(relation: Relation, position: int, limit: int) -> dict[str | None, int] | None:
    """How often each text of a column occurs, None being null; None if there are more than ``limit`` of them."""
    column = relation.columns[position].expression
    counted = f"SELECT {column}, count(*) FROM ({relation.sql}) GROUP BY 1 LIMIT {limit + 1}"
    rows = relation.connection.execute(counted).fetchall()
    return dict(rows) if len(rows) <= limit else None


def count_rows(relation: Relation) -> int:
    """How many rows the relation has, by a pass of its own."""
    counted = relation.connection.execute(f"SELECT count(*) FROM ({relation.sql})").fetchone()
    assert counted is not None
    return int(counted[0])
