"""Two ordered streams made one: captured records, and the labels of some of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import duckdb

_ROWS: Final = 8_192
"""Rows per block: a few MB stay in the processor cache on their way from the engine to the file."""
_NOTHING: Final = pa.scalar("", pa.large_string())


class IrregularLine(Exception):  # noqa: N818 - a signal, caught where lines can be mended
    """A line that the engine read, but not as the contract reads it."""


class MergedLines:
    """Puts the labels between the halves of the captured lines, and counts both.

    :param connection: where the tables are
    :param pairs: SQL of ``capture`` (position among all captures), ``place`` (position among all labels) and ``label``
        (text), in the order of the first two
    :param labels: number of all labels
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, pairs: str, labels: int) -> None:
        self._connection = connection
        # A connection streams one result at a time.
        self._pairs = _batches(connection.cursor(), pairs)
        self._waiting: list[tuple[Any, pa.Array]] = []
        self.captures = self.labelled = self.lines = 0
        self.first_capture = np.full(labels, -1, np.int64)
        """Position of each label's first capture, -1 for none so far."""

    def join(self, halves: str) -> Iterator[memoryview]:
        """The merged lines of the captures that come next, block by block, each line with its end.

        :param halves: SQL of ``head``, ``tail`` and ``regular``, the captures in order from where the last call ended
        :raises IrregularLine: ``regular`` is not true of a capture
        """
        for batch in _batches(self._connection.cursor(), halves):
            # A column and not a condition of the query: filtering would copy every text once more.
            if not pc.all(batch.column(2), skip_nulls=False).as_py():
                raise IrregularLine
            first, self.captures = self.captures, self.captures + batch.num_rows
            positions, labels = self._labels_before(self.captures)
            if not len(positions):
                continue
            rows = positions - first
            self.lines += len(rows)
            self.labelled += 1 + int(np.count_nonzero(np.diff(rows)))
            head, tail = batch.column(0), batch.column(1)
            if len(rows) != batch.num_rows or not np.array_equal(rows, np.arange(batch.num_rows)):
                head, tail = head.take(pa.array(rows)), tail.take(pa.array(rows))
            yield _text(pc.binary_join_element_wise(head, labels, tail, _NOTHING))

    def _note(self, positions: Any, places: Any) -> None:
        unseen = self.first_capture[places] < 0
        # Backwards, so that the first of several captures is the one that stays.
        self.first_capture[places[unseen][::-1]] = positions[unseen][::-1]

    def _labels_before(self, position: int) -> tuple[Any, pa.Array]:
        """Take the pairs of the captures before ``position`` from their stream."""
        while not self._waiting or self._waiting[-1][0][-1] < position:
            batch = next(self._pairs, None)
            if batch is None:
                break
            if batch.num_rows:
                positions = batch.column(0).to_numpy()
                self._note(positions, batch.column(1).to_numpy())
                self._waiting.append((positions, batch.column(2)))
        taken = []
        while self._waiting:
            positions, labels = self._waiting[0]
            end = int(np.searchsorted(positions, position))
            taken.append((positions[:end], labels[:end]))
            if end < len(positions):
                self._waiting[0] = (positions[end:], labels[end:])
                break
            self._waiting.pop(0)
        if not taken:
            return np.empty(0, np.int64), pa.array([], pa.large_string())
        return np.concatenate([one[0] for one in taken]), pa.concat_arrays([one[1] for one in taken])


def _batches(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    relation = connection.sql(query)
    # DuckDB before 1.4 knows the reader by another name.
    start = relation.to_arrow_reader if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader
    reader = start(_ROWS)
    try:
        yield from reader
    finally:
        reader.close()


def _text(lines: pa.Array) -> memoryview:
    """The texts one after the other, without copying them."""
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, np.int64)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])]
