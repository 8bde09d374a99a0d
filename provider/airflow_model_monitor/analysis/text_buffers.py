"""The bytes under an Arrow array of texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airflow_model_monitor.analysis.arrow_arrays import present


@dataclass(frozen=True)
class TextBuffers:
    """Texts as NumPy sees them: text ``i`` is ``data[offsets[i]:offsets[i + 1]]``, in UTF-8; all data is theirs."""

    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each text starts."""
        return self.offsets[:-1]

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes per text."""
        return np.diff(self.offsets)

    @cached_property
    def shortest(self) -> int:
        """Bytes of the shortest text; 0 without texts."""
        return int(self.lengths.min()) if len(self) else 0

    @cached_property
    def longest(self) -> int:
        """Bytes of the longest text; 0 without texts."""
        return int(self.lengths.max()) if len(self) else 0

    def starts_of_all(self, position: int) -> slice | NDArray[np.int64]:
        """What to index by for byte ``position`` of every text: a stride where all are of one length, above 0."""
        if self.shortest == self.longest > 0:
            return slice(position, position + len(self) * self.longest, self.longest)
        return self.starts + position


def text_buffers(texts: pa.Array) -> TextBuffers:
    """The buffers of the texts of an array of type ``string`` or ``large_string``, sliced or not; nulls left out."""
    width = np.dtype(np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    _, offset_buffer, data_buffer = texts.buffers()
    if texts.null_count == len(texts):
        return TextBuffers(np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.uint8))
    raw = np.frombuffer(offset_buffer, width, count=len(texts) + 1, offset=texts.offset * width.itemsize)
    first, last = int(raw[0]), int(raw[-1])
    rows = present(texts)
    if rows is not None:
        if np.diff(raw)[~rows].any():
            # Bytes under a null: rare, and only a copy gets rid of them.
            return text_buffers(texts.drop_null())
        raw = np.append(raw[:-1][rows], raw[-1])
    offsets = raw.astype(np.int64) - first
    if first == last:
        return TextBuffers(offsets, np.empty(0, dtype=np.uint8))
    return TextBuffers(offsets, np.frombuffer(data_buffer, np.uint8, count=last - first, offset=first))


def overlapping_words(data: NDArray[np.uint8], dtype: str = "<u8") -> NDArray[Any]:
    """The little-endian words that start at every byte: ``len(data) - width + 1`` of them, unaligned, not copied."""
    size = max(len(data) - np.dtype(dtype).itemsize + 1, 0)
    return np.ndarray((size,), dtype=dtype, buffer=data if size else b"", strides=(1,))
