"""From a relation to its state, in one pass and bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.analysis.column_feed import feed
from airflow_model_monitor.analysis.column_state import ColumnState
from airflow_model_monitor.analysis.dataset_state import DatasetState
from airflow_model_monitor.analysis.freed_memory import freed_memory_kept
from airflow_model_monitor.analysis.numeric_moments import Arithmetic
from airflow_model_monitor.analysis.type_inference import TypePatterns, patterns_of
from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.tables.chunks import chunks, count_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from airflow_model_monitor.tables.relation import Relation

EXACT_ROWS: Final = 200_000
"""Rows up to which the original's sequential arithmetic is affordable."""

_THREADS = 2
# What may wait in memory for the answer whether there are more rows than that.
_WAITING_BYTES = 128 << 20


def profile(
    relation: Relation,
    *,
    exact_rows: int = EXACT_ROWS,
    generation: Generation = NEWEST,
    domains: Mapping[int, Collection[str]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> DatasetState:
    """Profile every column: types, counts, moments, quantile sketch, distinct estimate, histogram.

    The same rows give the same state to the last bit, however the engine delivers them.

    :param exact_rows: up to so many rows the arithmetic is ``sequential``, beyond them ``chunked``
    :param generation: decides on the regular expressions that type texts
    :param domains: by position of a column (0 is the first), texts to count however many others the column has
    :param progress: called with the number of rows read so far, chunk by chunk
    :raises duckdb.Error: what reading the relation raises
    """
    patterns = patterns_of(generation)
    arithmetic, read = _decide(relation, exact_rows)
    columns = tuple(
        ColumnState(column.name, column.kind, arithmetic, (domains or {}).get(position, ()))
        for position, column in enumerate(relation.columns)
    )
    rows = 0
    with closing(read), freed_memory_kept(), ThreadPoolExecutor(_THREADS) as pool:
        feeding: list[Future[None]] = []
        # The engine reads the next chunk while the columns take this one.
        for chunk in read:
            _finish(feeding)
            feeding = [
                pool.submit(_feed_chunked, column, values, patterns)
                for column, values in zip(columns, chunk.columns, strict=True)
            ]
            rows += chunk.num_rows
            if progress is not None:
                progress(rows)
        _finish(feeding)
    return DatasetState(rows, columns, arithmetic)


def _feed_chunked(column: ColumnState, values: pa.ChunkedArray, patterns: TypePatterns) -> None:
    feed(column, values.chunk(0) if values.num_chunks == 1 else values.combine_chunks(), patterns)


def _finish(feeding: list[Future[None]]) -> None:
    for task in feeding:
        task.result()


def _decide(relation: Relation, exact_rows: int) -> tuple[Arithmetic, Generator[pa.Table, None, None]]:
    """Find out whether there are more rows than ``exact_rows``, and hand back all rows.

    Unless the relation knows, this takes reading so many: the chunks wait in memory meanwhile, and where they grow too
    large, the rows are counted by a pass of their own instead.
    """
    read = chunks(relation)
    if relation.rows is not None:
        return "chunked" if relation.rows > exact_rows else "sequential", read
    waiting: list[pa.Table] = []
    rows = size = 0
    for chunk in read:
        waiting.append(chunk)
        rows += chunk.num_rows
        size += chunk.nbytes
        if rows > exact_rows:
            return "chunked", _replay(waiting, read)
        if size > _WAITING_BYTES:
            waiting.clear()
            read.close()
            return "chunked" if count_rows(relation) > exact_rows else "sequential", chunks(relation)
    return "sequential", _replay(waiting, read)


def _replay(waiting: list[pa.Table], rest: Generator[pa.Table, None, None]) -> Generator[pa.Table, None, None]:
    with closing(rest):
        waiting.reverse()
        while waiting:
            yield waiting.pop()
        yield from rest
