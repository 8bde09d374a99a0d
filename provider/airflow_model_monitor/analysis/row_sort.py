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
_MENDABLE = 0.3
_SAMPLE = 64


def sort_blocks(stream: Rows, lengths: Sequence[int], *, presorted_runs: bool) -> list[Rows]:
    """Sort consecutive blocks of a stream ascending: NaN above infinity, -0.0 below 0.0 (``Double.compare`` of Java).

    :param stream: one axis, left alone
    :param lengths: lengths of the blocks from the start of the stream, all above 0
    :param presorted_runs: whether a block is made of a few ascending runs, which a merge sort then only merges
    """
    width = max(lengths)
    values = stream[: sum(lengths)]
    low, high = float(values.min()), float(values.max())
    rows = np.empty((len(lengths), width))
    for row, start, length in zip(rows, accumulate(lengths, initial=0), lengths, strict=False):
        row[:length] = stream[start : start + length]
        # NaN sorts last: what fills up a row never mixes with its values.
        row[length:] = np.nan
    # Counted before sorting: the vectorised sort may turn a zero of one sign into the other.
    negative_zeros = _negative_zeros(rows) if not (low > 0.0 or high < 0.0) else None
    rows = _sorted(rows, lengths, values, low, high, presorted_runs=presorted_runs)
    if negative_zeros is not None:
        for row, count in zip(rows, negative_zeros, strict=True):
            zeros = row[np.searchsorted(row, 0.0, side="left") : np.searchsorted(row, 0.0, side="right")]
            zeros[:count] = -0.0
            zeros[count:] = 0.0
    return [row[:length] for row, length in zip(rows, lengths, strict=True)]


def _negative_zeros(rows: Rows) -> list[int] | None:
    """How many each row has; None if none has any."""
    found = rows.view(np.int64) == _NEGATIVE_ZERO
    return np.count_nonzero(found, axis=1).tolist() if found.any() else None


def _sorted(rows: Rows, lengths: Sequence[int], values: Rows, low: float, high: float, *, presorted_runs: bool) -> Rows:
    """Rows that are filled up with NaN, sorted: by a 16-bit key that grows with the value, then what shares a key."""
    span = high - low
    # NaN or infinite where a value is; 0 for equal values.
    keyed = 1e-300 < span < 1e300
    whole = keyed and span <= _KEYS and abs(low) < 2.0**52 and _whole(values[:_SAMPLE]) and _whole(values)
    if not whole and (presorted_runs or not keyed):
        return np.sort(rows, axis=1, kind="stable" if presorted_runs else "quicksort")
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
    misplaced = np.count_nonzero(ordered[:, 1:] < ordered[:, :-1])
    if misplaced > _MENDABLE * rows.size:
        return np.sort(rows, axis=1)
    # Merge sort on rows that are in order but for neighbours here and there.
    ordered.sort(axis=1, kind="stable")
    return ordered


def _whole(values: Rows) -> bool:
    return bool((np.rint(values) == values).all())
