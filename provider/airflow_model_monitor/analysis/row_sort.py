"""Sorting many short runs of doubles in Java's order with a few calls.

NumPy sorts 16-bit integers by radix, several times faster than doubles of runs of this length, so doubles are brought
into order by a 16-bit key where their distribution allows it. The result is the same either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

_NEGATIVE_ZERO = np.int64(np.iinfo(np.int64).min)
_KEYS = 65_535
# Beyond this share of neighbours out of order after the keys' pass, plain sorting is cheaper than mending.
_MENDABLE = 1 / 16
_PASSES = 8


def sort_blocks(stream: Rows, lengths: Sequence[int], *, presorted_runs: bool) -> list[Rows]:
    """Sort consecutive blocks of a stream ascending: NaN above infinity, -0.0 below 0.0 (``Double.compare`` of Java).

    :param stream: one axis, left alone
    :param lengths: lengths of the blocks from the start of the stream, all above 0
    :param presorted_runs: whether a block is made of a few ascending runs, which a merge sort then only merges
    """
    width = max(lengths)
    starts = accumulate(lengths, initial=0)
    # NaN sorts last: what fills up a row never mixes with its values.
    rows = np.full((len(lengths), width), np.nan)
    for row, start, length in zip(rows, starts, lengths, strict=False):
        row[:length] = stream[start : start + length]
    # Counted before sorting: the vectorised sort may turn a zero of one sign into the other.
    negative_zeros = rows.view(np.int64) == _NEGATIVE_ZERO
    counts = np.count_nonzero(negative_zeros, axis=1) if negative_zeros.any() else None
    if presorted_runs:
        rows.sort(axis=1, kind="stable")
    else:
        rows = _sort_by_key(rows, lengths, stream[: sum(lengths)])
    if counts is not None:
        for row, count in zip(rows, counts.tolist(), strict=True):
            zeros = row[np.searchsorted(row, 0.0, side="left") : np.searchsorted(row, 0.0, side="right")]
            zeros[:count] = -0.0
            zeros[count:] = 0.0
    return [row[:length] for row, length in zip(rows, lengths, strict=True)]


def _sort_by_key(rows: Rows, lengths: Sequence[int], values: Rows) -> Rows:
    """Sort rows that are filled up with NaN: by a 16-bit key that grows with the value, then what shares a key."""
    low = float(values.min())
    span = float(values.max()) - low
    # NaN or infinite where a value is; 0 for equal values.
    if not 1e-300 < span < 1e300:
        return np.sort(rows, axis=1)
    whole = span <= _KEYS and bool((np.rint(values) == values).all()) and abs(low) < 2.0**52
    with np.errstate(invalid="ignore"):
        keys = (rows - low if whole else (rows - low) * (_KEYS / span)).astype(np.uint16)
    for row, length in zip(keys, lengths, strict=True):
        row[length:] = _KEYS
    if whole:
        keys.sort(axis=1, kind="stable")
        return keys.astype(np.float64) + low
    # Stable: what fills up a row comes behind the values that have the last key.
    order = np.argsort(keys, axis=1, kind="stable")
    order += np.arange(0, rows.size, rows.shape[1])[:, None]
    ordered = rows.ravel()[order.ravel()].reshape(rows.shape)
    return ordered if _mend(ordered) else np.sort(rows, axis=1)


def _mend(ordered: Rows) -> bool:
    """Swap neighbours out of order until there are none; False where there are too many to be worth it."""
    flat, width = ordered.ravel(), ordered.shape[1]
    found = np.flatnonzero(ordered[:, 1:] < ordered[:, :-1])
    found += found // (width - 1)
    if len(found) > _MENDABLE * ordered.size:
        return False
    for _ in range(_PASSES):
        if not len(found):
            return True
        # Of three or more in a falling row only the first two are swapped in this pass.
        apart = np.diff(found, prepend=-2) > 1
        swapped = found[apart]
        lower = flat[swapped + 1]
        flat[swapped + 1] = flat[swapped]
        flat[swapped] = lower
        # Only around a swap can anything be out of order still.
        around = np.concatenate((swapped[swapped % width > 0] - 1, swapped[swapped % width < width - 2] + 1))
        around = np.unique(np.concatenate((around, found[~apart])))
        found = around[flat[around + 1] < flat[around]]
    ordered.sort(axis=1, kind="stable")
    return True
