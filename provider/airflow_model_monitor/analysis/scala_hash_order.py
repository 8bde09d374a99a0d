"""The order in which Scala's immutable maps give back their keys.

The original collects every histogram with Spark's ``countByKey`` into one Scala (2.11, 2.12) immutable map keyed by
``(column, value)`` and copies it into one map per column; buckets and domains are written in the order of that last
map. Scala keeps up to four entries in the order they came; from five on it is a trie of 32-way nodes indexed by five
bits of the scrambled ``hashCode`` at a time, lowest bits first, so that the order depends on the keys alone.

Facts from the Scala library's documentation of ``HashMap`` and ``MurmurHash3`` and from the JDK's ``String.hashCode``;
checked against every domain list among the real files.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import reduce
from sys import byteorder

_MASK = 0xFFFFFFFF
# Map1 to Map4 keep insertion order; the fifth key makes a HashMap.
_SMALL_MAP = 4
# MurmurHash3 (public domain, Austin Appleby) with the seed Scala gives to products, tuples among them.
_PRODUCT_SEED = 0xCAFEBABE


def string_hash(text: str) -> int:
    """Java's ``String.hashCode`` as an unsigned 32-bit number, over UTF-16 code units."""
    units = array("H", text.encode("utf-16-le", "surrogatepass"))
    if byteorder == "big":
        units.byteswap()
    return reduce(lambda total, unit: (total * 31 + unit) & _MASK, units, 0)


def tuple_hash(*texts: str) -> int:
    """Scala's ``hashCode`` of a tuple of strings as an unsigned 32-bit number."""
    state = _PRODUCT_SEED
    for text in texts:
        state ^= _rotate_left(string_hash(text) * 0xCC9E2D51 & _MASK, 15) * 0x1B873593 & _MASK
        state = (_rotate_left(state, 13) * 5 + 0xE6546B64) & _MASK
    state ^= len(texts)
    state = (state ^ state >> 16) * 0x85EBCA6B & _MASK
    state = (state ^ state >> 13) * 0xC2B2AE35 & _MASK
    return state ^ state >> 16


def trie_position(hash_code: int) -> tuple[int, ...]:
    """Where a key of that hash stands in a hash trie: the child to take on each of its seven levels."""
    scrambled = (hash_code + ~(hash_code << 9)) & _MASK
    scrambled ^= scrambled >> 14
    scrambled = (scrambled + (scrambled << 4)) & _MASK
    scrambled ^= scrambled >> 10
    return tuple(scrambled >> shift & 31 for shift in range(0, 35, 5))


def histogram_order(column: str, values: Iterable[str]) -> Sequence[str]:
    """Return the values of one column in the order the original writes their buckets and domains.

    The pairs of all columns share one map; it is taken to hold more than four of them, as it does in every real file.
    Values whose hash codes are equal (``"Aa"`` and ``"BB"``) follow in the order of their pairs.

    :param column: name of the column, which the pair's hash depends on
    :param values: distinct values, in any order; ``NullValue`` stands for nulls
    """
    by_pair = sorted(values, key=lambda value: (trie_position(tuple_hash(column, value)), value))
    if len(by_pair) <= _SMALL_MAP:
        return by_pair
    return sorted(by_pair, key=lambda value: trie_position(string_hash(value)))


def _rotate_left(number: int, bits: int) -> int:
    return (number << bits | number >> 32 - bits) & _MASK
