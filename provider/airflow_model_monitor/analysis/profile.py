"""From a relation to its state, every value read once and memory bounded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.analysis.category_counts import feed_categories
from airflow_model_monitor.analysis.column_feed import feed
from airflow_model_monitor.analysis.column_state import ColumnState
from airflow_model_monitor.analysis.dataset_state import DatasetState
from airflow_model_monitor.analysis.freed_memory import freed_memory_kept
from airflow_model_monitor.analysis.numeric_moments import Arithmetic
from airflow_model_monitor.analysis.type_inference import TypePatterns, patterns_of
from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.tables.chunks import chunks, count_rows, some_columns

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
    known = count_rows(relation) if relation.columnar and relation.rows is None else relation.rows
    arithmetic, read = _decide(relation, exact_rows) if known is None else (_arithmetic(known, exact_rows), None)
    columns = tuple(
        ColumnState(column.name, column.kind, arithmetic, (domains or {}).get(position, ()))
        for position, column in enumerate(relation.columns)
    )
    states = columns
    if known is not None and relation.columnar and arithmetic == "chunked":
        fed = feed_categories(relation, columns, patterns)
        left = [position for position in range(len(columns)) if position not in fed]
        if not left:
            return DatasetState(known, columns, arithmetic)
        relation, states = some_columns(relation, left), tuple(columns[position] for position in left)
    rows = 0
    with closing(read or chunks(relation)) as read, freed_memory_kept(), ThreadPoolExecutor(_THREADS) as pool:
        before: list[Future[None]] = []
        # While the columns take one chunk and the engine reads another, a third is at hand: no thread waits for the
        # slowest column.
        for chunk in read:
            feeding = [
                pool.submit(_feed_chunked, state, values, patterns, before[i] if before else None)
                for i, (state, values) in enumerate(zip(states, chunk.columns, strict=True))
            ]
            _finish(before)
            before = feeding
            rows += chunk.num_rows
            if progress is not None:
                progress(rows)
        _finish(before)
    return DatasetState(rows, columns, arithmetic)


def _feed_chunked(
    state: ColumnState, values: pa.ChunkedArray, patterns: TypePatterns, before: Future[None] | None
) -> None:
    if before is not None:
        # The column's earlier rows come first. They were handed to the pool before these: one of its threads has them.
        before.result()
    feed(state, values.chunk(0) if values.num_chunks == 1 else values.combine_chunks(), patterns)


def _finish(feeding: list[Future[None]]) -> None:
    for task in feeding:
        task.result()


def _arithmetic(rows: int, exact_rows: int) -> Arithmetic:
    return "chunked" if rows > exact_rows else "sequential"


def _decide(relation: Relation, exact_rows: int) -> tuple[Arithmetic, Generator[pa.Table, None, None]]:
    """Read until it is clear whether there are more rows than ``exact_rows``, and hand back all of it.

    Chunks wait in memory meanwhile; where they grow too large, the rows are counted by a pass of their own instead.
    """
    read = chunks(relation)
    waiting: list[pa.Table] = []
    rows = size = 0
    for chunk in read:
        waiting.append(chunk)
        rows += chunk.num_rows
        size += chunk.nbytes
        if rows > exact_rows:
            break
        if size > _WAITING_BYTES:
            waiting.clear()
            read.close()
            rows = count_rows(relation)
            read = chunks(relation)
            break
    return _arithmetic(rows, exact_rows), _replay(waiting, read)


def _replay(waiting: list[pa.Table], rest: Generator[pa.Table, None, None]) -> Generator[pa.Table, None, None]:
    with closing(rest):
        waiting.reverse()
        while waiting:
            yield waiting.pop()
        yield from rest
