"""Two ordered streams made one: captured records, and the labels of some of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airflow_model_monitor.tables.merged_line import Value, put_together

if TYPE_CHECKING:
    import duckdb

_ROWS: Final = 8_192
"""Rows per block: a few MB stay in the processor cache on their way from the engine to the file."""
_BYTES: Final = 1 << 20
"""From here on a block is worth its overhead."""

Positions = NDArray[np.int64]


class IrregularLine(Exception):  # noqa: N818 - a signal, caught where lines can be mended
    """A line that the engine read, but not as the contract reads it."""


class MergedLines:
    """Puts the labels into the captured lines, and counts both.

    :param connection: where the tables are
    :param pairs: SQL of ``capture`` (position among all captures), ``place`` (position among all labels) and the
        label's columns of ``line``, in the order of the first two
    :param labels: number of all labels
    :param line: a merged line with its end
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, pairs: str, labels: int, line: Sequence[str | Value]
    ) -> None:
        self._connection = connection
        # A connection streams one result at a time.
        self._pairs = _batches(connection.cursor(), pairs)
        self._waiting: list[pa.RecordBatch] = []
        self._line = line
        self.captures = self.labelled = self.lines = 0
        self.first_capture = np.full(labels, -1, np.int64)
        """Position of each label's first capture, -1 for none so far."""

    def join(self, captures: str, groups: Positions) -> Iterator[tuple[int, memoryview]]:
        """The merged lines, block by block, each line with its end and each block of one group.

        :param captures: SQL of the captures' columns of ``line``, ``file_index`` and ``regular``, all captures in order
        :param groups: which group a file belongs to; files of one group follow each other
        :raises IrregularLine: ``regular`` is not true of a capture
        """
        for batch in _gathered(_batches(self._connection.cursor(), captures)):
            # A column and not a condition of the query: filtering would copy every text once more.
            if not pc.all(batch.column("regular"), skip_nulls=False).as_py():
                raise IrregularLine
            first, self.captures = self.captures, self.captures + batch.num_rows
            pairs = self._pairs_before(self.captures)
            if pairs is None:
                continue
            rows = pairs.column("capture").to_numpy() - first
            labelled = 1 + int(np.count_nonzero(np.diff(rows)))
            self.lines += len(rows)
            self.labelled += labelled
            if labelled < len(rows):
                batch = batch.take(pa.array(rows))
            elif labelled < batch.num_rows:
                pairs = _spread(pairs, rows, batch.num_rows)
            yield from _cut(self._lines(batch, pairs), groups[batch.column("file_index").to_numpy()])

    def _lines(self, captures: pa.RecordBatch, labels: pa.RecordBatch) -> pa.Array:
        captured = set(captures.schema.names)
        return put_together(
            self._line, lambda name: (captures if name in captured else labels).column(name), captures.num_rows
        )

    def _note(self, positions: Positions, places: Positions) -> None:
        unseen = self.first_capture[places] < 0
        # Backwards, so that the first of several captures is the one that stays.
        self.first_capture[places[unseen][::-1]] = positions[unseen][::-1]

    def _pairs_before(self, position: int) -> pa.RecordBatch | None:
        """Take the pairs of the captures before ``position`` from their stream; ``None``: there are none."""
        while not self._waiting or self._waiting[-1].column("capture")[-1].as_py() < position:
            batch = next(self._pairs, None)
            if batch is None:
                break
            if batch.num_rows:
                self._note(batch.column("capture").to_numpy(), batch.column("place").to_numpy())
                self._waiting.append(batch)
        taken = []
        while self._waiting:
            batch = self._waiting[0]
            end = int(np.searchsorted(batch.column("capture").to_numpy(), position))
            if end:
                taken.append(batch.slice(0, end))
            if end < batch.num_rows:
                self._waiting[0] = batch.slice(end)
                break
            self._waiting.pop(0)
        if not taken:
            return None
        return _as_one(taken)


def _batches(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    relation = connection.sql(query)
    # DuckDB before 1.4 knows the reader by another name.
    start = relation.to_arrow_reader if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader
    reader = start(_ROWS)
    try:
        yield from reader
    finally:
        reader.close()


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Small batches together: the engine makes one of every small file."""
    waiting: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        waiting.append(batch)
        size += batch.nbytes
        if size >= _BYTES:
            yield _as_one(waiting)
            waiting, size = [], 0
    if waiting:
        yield _as_one(waiting)


def _as_one(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    columns = [pa.concat_arrays(pieces) for pieces in zip(*(one.columns for one in batches), strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=batches[0].schema)


def _spread(pairs: pa.RecordBatch, rows: Positions, number: int) -> pa.RecordBatch:
    """The pairs at these of a number of rows, nulls at the others: less to copy than the captures that have one."""
    places, missing = np.zeros(number, np.int64), np.ones(number, bool)
    places[rows], missing[rows] = np.arange(len(rows)), False
    return pairs.take(pa.array(places, mask=missing))


def _cut(lines: pa.Array, groups: Positions) -> Iterator[tuple[int, memoryview]]:
    """Each group's lines, one after the other, without copying them."""
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, np.int64)[lines.offset : lines.offset + len(lines) + 1]
    for start, end in pairwise([0, *(np.flatnonzero(np.diff(groups)) + 1), len(groups)]):
        if ends[start] < ends[end]:
            yield int(groups[start]), memoryview(data)[int(ends[start]) : int(ends[end])]
