"""Types and numbers of many texts at once.

Quick looks at the bytes settle what is beyond doubt; the original's regular expressions decide on the rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airflow_model_monitor.analysis.arrow_arrays import mask_of, numbers_in, present, texts_of
from airflow_model_monitor.analysis.text_buffers import TextBuffers, overlapping_words
from airflow_model_monitor.analysis.type_inference import BOOLEANS, TypeCounts, TypePatterns, number_of

_POINT, _NINE = ord("."), ord("9")
_BOOLEANS = texts_of(BOOLEANS)
# Byte by byte over words of eight: the bits that only letters and non-ASCII bytes have, and the letter e.
_LETTER, _BEYOND_ASCII, _LOW_BITS = (np.uint64(byte * 0x0101010101010101) for byte in (0x40, 0x80, 0x7F))
_LOWER, _LETTER_E = (np.uint64(byte * 0x0101010101010101) for byte in (0x20, ord("e")))
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)
# Texts without a telling letter in so many bytes go to the regular expressions.
_PREFIX = 32
_SAMPLE = 64


class TypedTexts(NamedTuple):
    """Counts by type, and the numbers of the values typed as numbers in row order (None when there were others)."""

    counts: TypeCounts
    numbers: NDArray[np.float64] | None


def type_texts(texts: pa.Array, buffers: TextBuffers, patterns: TypePatterns, *, numbers: bool = True) -> TypedTexts:
    """Type texts, and read their numbers.

    :param texts: Arrow strings; nulls do not count
    :param buffers: the bytes of the same texts, nulls left out
    :param numbers: whether the numbers are wanted; they are given only if every text is one
    """
    if texts.null_count == len(texts):
        return TypedTexts(TypeCounts(), np.empty(0))
    plain = _plain_numbers(texts, buffers) if numbers else None
    return plain or _by_pattern(texts, buffers, patterns, numbers=numbers)


def _plain_numbers(texts: pa.Array, buffers: TextBuffers) -> TypedTexts | None:
    """All texts read ``digits`` or ``digits.digits``, signed or not, as every set of expressions has it; else None.

    The cast takes those, and besides only exponents and names such as ``nan``, which have letters, and numbers that
    start or end with their point.
    """
    try:
        # The cast goes through all of the texts before it gives up.
        pc.cast(texts.slice(0, _SAMPLE), pa.float64())
        values = numbers_in(pc.cast(texts, pa.float64()))
    except pa.ArrowInvalid:
        return None
    data, starts = buffers.data, buffers.starts
    if (data > _NINE).any() or (data[buffers.offsets[1:] - 1] == _POINT).any():
        return None
    first = data[buffers.starts_of_all(0)]
    signed = first < _POINT
    if signed.any():
        first = data[starts + signed]
    if (first == _POINT).any():
        return None
    fractional = int(np.count_nonzero(data == _POINT))
    return TypedTexts(TypeCounts(fractional=fractional, integral=len(values) - fractional), values)


def _by_pattern(texts: pa.Array, buffers: TextBuffers, patterns: TypePatterns, *, numbers: bool) -> TypedTexts:
    candidates = _chosen(texts, _may_be_numbers(buffers))
    fractional = _matches(candidates, patterns.fractional)
    integral = pc.and_not(_matches(candidates, patterns.integral), fractional)
    counts = TypeCounts(fractional=pc.sum(fractional).as_py() or 0, integral=pc.sum(integral).as_py() or 0)
    counts.boolean = _count_booleans(texts, buffers)
    counts.string = len(buffers) - counts.present
    if not numbers or counts.string or counts.boolean:
        return TypedTexts(counts, None)
    return TypedTexts(counts, _read_numbers(texts))


def _chosen(texts: pa.Array, chosen: NDArray[np.bool_]) -> pa.Array:
    """Some of the texts; what is chosen of those that are no nulls."""
    rows = present(texts)
    if rows is None:
        return texts if chosen.all() else texts.filter(mask_of(chosen))
    mask = rows.copy()
    mask[rows] = chosen
    return texts.filter(mask_of(mask))


def _may_be_numbers(buffers: TextBuffers) -> NDArray[np.bool_]:
    """Mark the texts without a letter other than e in their first bytes, eight of them looked at in one step."""
    starts, lengths = buffers.starts, buffers.lengths
    words = overlapping_words(buffers.data)
    # So many texts have eight bytes of data left behind their start.
    whole = int(np.searchsorted(starts, len(words)))
    hopeful = np.ones(len(buffers), dtype=np.bool_)
    if whole == len(buffers):
        hopeful = ~_tells(words[buffers.starts_of_all(0)], None if buffers.shortest >= 8 else lengths)
    elif whole:
        hopeful[:whole] = ~_tells(words[starts[:whole]], lengths[:whole])
    rows = np.flatnonzero(hopeful[:whole])
    for position in range(8, _PREFIX, 8):
        rows = rows[(lengths[rows] > position) & (starts[rows] + position < len(words))]
        if not len(rows):
            break
        telling = _tells(words[starts[rows] + position], lengths[rows] - position)
        hopeful[rows[telling]] = False
        rows = rows[~telling]
    return hopeful


def _tells(words: NDArray[np.uint64], lengths: NDArray[np.int64] | None) -> NDArray[np.bool_]:
    """Mark words with a letter other than e, or a byte beyond ASCII, in their first ``lengths`` bytes (None: all)."""
    words = np.ascontiguousarray(words)
    if lengths is not None:
        words = words & _FIRST_BYTES[np.minimum(lengths, 8)]
    other = (words | _LOWER) ^ _LETTER_E
    no_e = ((other & _LOW_BITS) + _LOW_BITS) | other
    telling: NDArray[np.bool_] = ((((words & _LETTER) << np.uint64(1)) & no_e) | words) & _BEYOND_ASCII != 0
    return telling


def _count_booleans(texts: pa.Array, buffers: TextBuffers) -> int:
    lengths = buffers.lengths
    if buffers.shortest > 5 or buffers.longest < 4:
        return 0
    likely = (lengths == 4) | (lengths == 5)
    likely[likely] = np.isin(buffers.data[buffers.starts[likely]], [ord("t"), ord("f")])
    if not likely.any():
        return 0
    found = pc.is_in(_chosen(texts, likely), value_set=_BOOLEANS)
    return pc.sum(found).as_py() or 0


def _matches(texts: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(texts, rf"\A(?:{pattern})\z")


def _read_numbers(texts: pa.Array) -> NDArray[np.float64]:
    try:
        return numbers_in(pc.cast(texts, pa.float64()))
    except pa.ArrowInvalid:
        # A plus sign, a blank or a magnitude beyond the doubles.
        read = (number_of(text) for text in texts.drop_null().to_pylist())
        return np.array([number for number in read if number is not None], dtype=np.float64)
