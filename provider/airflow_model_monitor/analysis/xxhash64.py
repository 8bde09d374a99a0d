"""xxHash64 with seed 42, as Spark hashes values, over whole arrays.

The algorithm and its primes are Yann Collet's (xxHash specification 0.1.1); single values go through the ``xxhash``
package. Arrays of short texts are hashed side by side: texts of one length take the same steps.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import xxhash
from numpy.typing import NDArray

from airflow_model_monitor.analysis.text_buffers import overlapping_words

SEED: Final = 42

_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(prime)
    for prime in (
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5,
    )
)
_STRIPE = 32
# Below this many texts of one length the loop over single texts is faster than the array steps.
_FEW = 48

Words = NDArray[np.uint64]


def hash_bytes(value: bytes) -> int:
    """The hash of one text's UTF-8 bytes, 0 to 2**64 - 1."""
    return xxhash.xxh64_intdigest(value, SEED)


def hash_words(words: Words) -> Words:
    """The hashes of 8-byte values: doubles and long integers as Spark hashes them.

    :param words: the values' bits (little-endian), one axis
    """
    hashes = np.multiply(words, _P2)
    scratch = np.empty_like(hashes)
    _rotate(hashes, 31, scratch)
    hashes *= _P1
    hashes ^= np.uint64((SEED + int(_P5) + 8) & 0xFFFFFFFFFFFFFFFF)
    _rotate(hashes, 27, scratch)
    hashes *= _P1
    hashes += _P4
    return _avalanche(hashes, scratch)


def hash_texts(offsets: NDArray[np.int64], data: NDArray[np.uint8]) -> Words:
    """The hashes of texts.

    :param offsets: where each text starts in ``data``, and behind the last one where it ends: texts + 1 numbers
    :param data: the UTF-8 bytes of all texts
    """
    starts = offsets[:-1]
    lengths = np.diff(offsets)
    hashes = np.empty(len(starts), dtype=np.uint64)
    for length, rows in _by_length(lengths):
        if len(rows) < _FEW:
            content = memoryview(data)
            for row in rows.tolist():
                start = int(starts[row])
                hashes[row] = xxhash.xxh64_intdigest(content[start : start + length], SEED)
        else:
            hashes[rows] = _hash_one_length(starts[rows], length, data)
    return hashes


def _by_length(lengths: NDArray[np.int64]) -> list[tuple[int, NDArray[np.intp]]]:
    if not len(lengths):
        return []
    longest = int(lengths.max())
    # 16-bit keys are sorted by radix, several times faster; the few longer texts are told apart one by one.
    keys = lengths.astype(np.uint16) if longest <= np.iinfo(np.uint16).max else lengths
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    bounds = [0, *cuts.tolist(), len(order)]
    return [(int(ordered[low]), order[low:high]) for low, high in zip(bounds, bounds[1:], strict=False)]


def _hash_one_length(starts: NDArray[np.int64], length: int, data: NDArray[np.uint8]) -> Words:
    count = len(starts)
    scratch = np.empty(count, dtype=np.uint64)
    position = 0
    if length >= _STRIPE:
        hashes, position = _stripes(starts, length, data, scratch)
        hashes += np.uint64(length)
    else:
        hashes = np.full(count, np.uint64((SEED + int(_P5) + length) & 0xFFFFFFFFFFFFFFFF))
    words, halves = overlapping_words(data), overlapping_words(data, "<u4")
    while position + 8 <= length:
        lane = words[starts + position]
        lane *= _P2
        _rotate(lane, 31, scratch)
        lane *= _P1
        hashes ^= lane
        _rotate(hashes, 27, scratch)
        hashes *= _P1
        hashes += _P4
        position += 8
    if position + 4 <= length:
        hashes ^= halves[starts + position].astype(np.uint64) * _P1
        _rotate(hashes, 23, scratch)
        hashes *= _P2
        hashes += _P3
        position += 4
    while position < length:
        hashes ^= data[starts + position].astype(np.uint64) * _P5
        _rotate(hashes, 11, scratch)
        hashes *= _P1
        position += 1
    return _avalanche(hashes, scratch)


def _stripes(
    starts: NDArray[np.int64], length: int, data: NDArray[np.uint8], scratch: Words
) -> tuple[Words, int]:
    """The four lanes that take whole stripes of 32 bytes, merged into one hash; and how many bytes they took."""
    words = overlapping_words(data)
    seeds = (SEED + int(_P1) + int(_P2), SEED + int(_P2), SEED, SEED - int(_P1))
    lanes = [np.full(len(starts), np.uint64(seed & 0xFFFFFFFFFFFFFFFF)) for seed in seeds]
    end = length // _STRIPE * _STRIPE
    for position in range(0, end, _STRIPE):
        for i, lane in enumerate(lanes):
            lane += words[starts + (position + 8 * i)] * _P2
            _rotate(lane, 31, scratch)
            lane *= _P1
    hashes = np.zeros(len(starts), dtype=np.uint64)
    for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True):
        turned = lane.copy()
        _rotate(turned, bits, scratch)
        hashes += turned
    for lane in lanes:
        lane *= _P2
        _rotate(lane, 31, scratch)
        lane *= _P1
        hashes ^= lane
        hashes *= _P1
        hashes += _P4
    return hashes, end


def _rotate(words: Words, bits: int, scratch: Words) -> None:
    """Rotate ``words`` left in place."""
    np.right_shift(words, 64 - bits, out=scratch)
    np.left_shift(words, bits, out=words)
    np.bitwise_or(words, scratch, out=words)


def _avalanche(hashes: Words, scratch: Words) -> Words:
    for bits, prime in ((33, _P2), (29, _P3)):
        np.right_shift(hashes, bits, out=scratch)
        hashes ^= scratch
        hashes *= prime
    np.right_shift(hashes, 32, out=scratch)
    hashes ^= scratch
    return hashes
