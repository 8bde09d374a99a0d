"""Sorting many short runs of doubles in Java's order, fast.

NumPy sorts 16-bit integers by radix, several times faster than doubles of runs of this length, so doubles are brought
into order by a 16-bit key where their distribution allows it. The result is the same either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_NEGATIVE_ZERO = np.int64(np.iinfo(np.int64).min)
_KEYS = 65_535
# Beyond this share of neighbours out of order after the keys' pass, plain sorting is cheaper than mending.
_MENDABLE = 0.3
_SAMPLE = 64


def sort_blocks(stream: Doubles, lengths: Sequence[int], *, presorted_runs: bool) -> list[Doubles]:
    """Sort consecutive blocks of a stream ascending: NaN above infinity, -0.0 below 0.0 (``Double.compare`` of Java).

    :param stream: one axis, left alone
    :param lengths: lengths of the blocks from the start of the stream, all above 0
    :param presorted_runs: whether a block is made of a few ascending runs, which a merge sort then only merges
    """
    blocks = [slice(start, end) for start, end in pairwise(accumulate(lengths, initial=0))]
    values = stream[: blocks[-1].stop]
    ordered = _merged(values, blocks) if presorted_runs else _sorted(values, blocks)
    # None of the ways here keeps the signs of zeros in order.
    negative_zeros = values.view(np.int64) == _NEGATIVE_ZERO
    if negative_zeros.any():
        for block in blocks:
            _order_zeros(ordered[block], int(np.count_nonzero(negative_zeros[block])))
    return [ordered[block] for block in blocks]


def _merged(values: Doubles, blocks: Sequence[slice]) -> Doubles:
    ordered = values.copy()
    for block in blocks:
        ordered[block].sort(kind="stable")
    return ordered


def _sorted(values: Doubles, blocks: Sequence[slice]) -> Doubles:
    """By 16-bit keys that grow with the value; then what shares a key."""
    low, high = float(values.min()), float(values.max())
    span = high - low
    # NaN or infinite where a value is; 0 for equal values.
    if not 1e-300 < span < 1e300:
        return _plainly_sorted(values, blocks)
    keys = values - low
    if span <= _KEYS and abs(low) < 2.0**52 and _whole(values[:_SAMPLE]) and _whole(values):
        return _sorted_keys(keys, low, blocks)
    keys *= _KEYS / span
    return _sorted_by_keys(values, keys.astype(np.uint16), blocks)


def _sorted_keys(keys: Doubles, low: float, blocks: Sequence[slice]) -> Doubles:
    """Whole numbers are their own keys."""
    numbers = keys.astype(np.uint16)
    for block in blocks:
        numbers[block].sort(kind="stable")
    ordered = numbers.astype(np.float64)
    ordered += low
    return ordered


def _sorted_by_keys(values: Doubles, keys: NDArray[np.uint16], blocks: Sequence[slice]) -> Doubles:
    ordered = np.empty_like(values)
    for block in blocks:
        part = ordered[block]
        # Every place is within the block: "clip" is the quickest of the modes that do not copy.
        values[block].take(keys[block].argsort(kind="stable"), out=part, mode="clip")
        if block.start == 0 and np.count_nonzero(part[1:] < part[:-1]) > _MENDABLE * len(part):
            return _plainly_sorted(values, blocks)
        # Merge sort on what is in order but for neighbours here and there.
        part.sort(kind="stable")
    return ordered


def _plainly_sorted(values: Doubles, blocks: Sequence[slice]) -> Doubles:
    ordered = values.copy()
    for block in blocks:
        ordered[block].sort()
    return ordered


def _order_zeros(ordered: Doubles, negative: int) -> None:
    """Make so many of the zeros of a sorted block negative, and those the first."""
    zeros = ordered[np.searchsorted(ordered, 0.0, side="left") : np.searchsorted(ordered, 0.0, side="right")]
    zeros[:negative] = -0.0
    zeros[negative:] = 0.0


def _whole(values: Doubles) -> bool:
    return bool((np.rint(values) == values).all())
