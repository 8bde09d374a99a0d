"""Batches of records: bounded by number and by bytes, smaller where the model refuses, larger again when it is well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

MAX_ROWS: Final = 5_000
_GROW_AFTER: Final = 10


@dataclass(slots=True)
class BatchSize:
    """How many records a request may hold at the moment.

    :param largest: most records of a request
    :param max_bytes: most bytes of a request
    """

    largest: int
    max_bytes: int
    rows: int = field(init=False)
    _good: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.rows = self.largest

    def answered(self) -> None:
        """Note that a request was answered: after ten in a row twice as many records are tried."""
        self._good += 1
        if self._good >= _GROW_AFTER and self.rows < self.largest:
            self.rows = min(self.rows * 2, self.largest)
            self._good = 0

    def refused(self, rows: int) -> None:
        """Note that a request of so many records was refused."""
        self._good = 0
        self.rows = max(1, min(self.rows, rows // 2))

    def batches(self, sizes: Sequence[int], overhead: int) -> Iterator[slice]:
        """Cut records into batches, one asked for at a time, so that each has the size of its moment.

        :param sizes: bytes of each record
        :param overhead: bytes of a request besides its records
        """
        start = 0
        while start < len(sizes):
            stop, total = start + 1, overhead + sizes[start]
            while stop < len(sizes) and stop - start < self.rows and total + sizes[stop] + 1 <= self.max_bytes:
                total += sizes[stop] + 1
                stop += 1
            yield slice(start, stop)
            start = stop
