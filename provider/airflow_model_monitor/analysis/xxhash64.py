"""xxHash64 with seed 42, as Spark hashes values, over whole arrays.

The algorithm and its primes are Yann Collet's (xxHash specification 0.1.1); single values go through the ``xxhash``
package. Arrays of short texts are hashed side by side: texts of one length take the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import xxhash
from numpy.typing import NDArray

from airflow_model_monitor.analysis.text_buffers import TextBuffers, overlapping_words

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

_ALL = 0xFFFFFFFFFFFFFFFF

Words = NDArray[np.uint64]
_At = Callable[[int], Any]


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
    hashes ^= np.uint64((SEED + int(_P5) + 8) & _ALL)
    _rotate(hashes, 27, scratch)
    hashes *= _P1
    hashes += _P4
    return _avalanche(hashes, scratch)


def hash_texts(texts: TextBuffers) -> Words:
    """The hashes of texts, by their UTF-8 bytes."""
    if texts.shortest == texts.longest:
        return _hash_one_length(len(texts), texts.longest, texts.data, texts.starts_of_all)
    hashes = np.empty(len(texts), dtype=np.uint64)
    for length, rows in _by_length(texts):
        starts = texts.starts[rows]
        if len(rows) < _FEW:
            content = texts.data.data
            hashes[rows] = [xxhash.xxh64_intdigest(content[at : at + length], SEED) for at in starts.tolist()]
        else:
            hashes[rows] = _hash_one_length(len(rows), length, texts.data, starts.__add__)
    return hashes


def _by_length(texts: TextBuffers) -> list[tuple[int, NDArray[np.intp]]]:
    # 16-bit keys are sorted by radix, several times faster.
    keys = texts.lengths.astype(np.uint16) if texts.longest <= np.iinfo(np.uint16).max else texts.lengths
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    bounds = [0, *cuts.tolist(), len(order)]
    return [(int(ordered[low]), order[low:high]) for low, high in pairwise(bounds)]


def _hash_one_length(count: int, length: int, data: NDArray[np.uint8], at: _At) -> Words:
    """Hash ``count`` texts of one length; ``at`` tells what to index ``data`` by for a byte of each of them."""
    scratch = np.empty(count, dtype=np.uint64)
    words, halves = overlapping_words(data), overlapping_words(data, "<u4")
    position = 0
    if length >= _STRIPE:
        position = length // _STRIPE * _STRIPE
        hashes = _stripes(count, [words[at(i)] for i in range(0, position, 8)], scratch)
        hashes += np.uint64(length)
    else:
        hashes = np.full(count, np.uint64((SEED + int(_P5) + length) & _ALL))
    while position + 8 <= length:
        lane = words[at(position)] * _P2
        _rotate(lane, 31, scratch)
        lane *= _P1
        hashes ^= lane
        _rotate(hashes, 27, scratch)
        hashes *= _P1
        hashes += _P4
        position += 8
    if position + 4 <= length:
        hashes ^= halves[at(position)].astype(np.uint64) * _P1
        _rotate(hashes, 23, scratch)
        hashes *= _P2
        hashes += _P3
        position += 4
    while position < length:
        hashes ^= data[at(position)].astype(np.uint64) * _P5
        _rotate(hashes, 11, scratch)
        hashes *= _P1
        position += 1
    return _avalanche(hashes, scratch)


def _stripes(count: int, words: Sequence[Words], scratch: Words) -> Words:
    """The four lanes that take whole stripes of four words, merged into one hash."""
    hashes = np.zeros(count, dtype=np.uint64)
    lanes = []
    seeds = (SEED + int(_P1) + int(_P2), SEED + int(_P2), SEED, SEED - int(_P1))
    for i, (seed, bits) in enumerate(zip(seeds, (1, 7, 12, 18), strict=True)):
        lane = np.full(count, np.uint64(seed & _ALL))
        for word in words[i::4]:
            lane += word * _P2
            _rotate(lane, 31, scratch)
            lane *= _P1
        lanes.append(lane)
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
    return hashes


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
