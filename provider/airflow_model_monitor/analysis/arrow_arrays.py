"""Between Arrow and NumPy, buffer by buffer.

``pyarrow.array`` and ``Array.to_numpy`` import pandas where it is installed, which takes longer than the rest of a
small job; these do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def present(array: pa.Array) -> NDArray[np.bool_] | None:
    """Which rows of an array have a value; None when all have one."""
    if not array.null_count:
        return None
    bits = np.frombuffer(array.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=array.offset + len(array), bitorder="little")[array.offset :].view(np.bool_)


def numbers_in(array: pa.Array) -> NDArray[Any]:
    """The values of an array of fixed-width numbers, nulls left out; read-only and in place where there are none."""
    dtype = np.dtype(array.type.to_pandas_dtype())
    values = np.frombuffer(array.buffers()[1], dtype, count=len(array), offset=array.offset * dtype.itemsize)
    rows = present(array)
    return values if rows is None else values[rows]


def mask_of(chosen: NDArray[np.bool_]) -> pa.BooleanArray:
    """A mask to filter Arrow arrays by."""
    bits = pa.py_buffer(np.packbits(chosen, bitorder="little"))
    return pa.BooleanArray.from_buffers(pa.bool_(), len(chosen), [None, bits])


def texts_of(texts: Sequence[str]) -> pa.LargeStringArray:
    """An array of texts."""
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.LargeStringArray.from_buffers(len(encoded), *buffers[1:])
