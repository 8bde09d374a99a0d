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

# `DataType.to_pandas_dtype` would know these too, but older pyarrow releases need pandas for it.
_DTYPES = {
    pa.float64(): np.dtype(np.float64),
    pa.float32(): np.dtype(np.float32),
    **{arrow(): np.dtype(arrow.__name__) for arrow in (pa.int8, pa.int16, pa.int32, pa.int64)},
    **{arrow(): np.dtype(arrow.__name__) for arrow in (pa.uint8, pa.uint16, pa.uint32, pa.uint64)},
}


def present(array: pa.Array) -> NDArray[np.bool_] | None:
    """Which rows of an array have a value; None when all have one."""
    if not array.null_count:
        return None
    bits = np.frombuffer(array.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=array.offset + len(array), bitorder="little")[array.offset :].view(np.bool_)


def numbers_in(array: pa.Array) -> NDArray[Any]:
    """The values of an array of fixed-width numbers, nulls left out; read-only and in place where there are none."""
    dtype = _DTYPES[array.type]
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
