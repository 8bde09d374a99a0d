"""When a KLL sketch compacts: a function of how many items it took, never of their values.

The sketch is Deequ's ``QuantileNonSample`` (k = 2048, c = 0.64): a stack of buffers, level 0 the largest. Items enter
level 0; once all buffers together hold more than their capacities add up to, the lowest full one is compacted.
"""

from __future__ import annotations

from itertools import accumulate
from math import ceil
from typing import Final

SKETCH_SIZE: Final = 2048
"""``k``: accuracy of the sketch."""

SHRINKING_FACTOR: Final = 0.64
"""``c``: each level's capacity over the one below it."""


Compaction = tuple[int, int]
"""One compaction: the level, and how many items stand in its buffer; an odd last one stays there."""


def capacity(level: int) -> int:
    """How many items make the buffer of ``level`` full: 2050 at level 0, then 1314, 842, ..., never below 4."""
    return 2 * (ceil(SKETCH_SIZE * SHRINKING_FACTOR**level / 2) + 1)


# A level stands for twice as many rows as the one below it: no sketch ever has this many.
_CAPACITIES: Final = tuple(capacity(level) for level in range(128))
_ROOMS: Final = (0, *accumulate(_CAPACITIES))


def add_items(lengths: list[int], items: int) -> list[Compaction]:
    """Let ``items`` more items enter level 0, one by one, and return the compactions that causes, in order.

    :param lengths: items per level, lowest first; changed in place, a new top level is appended when one is needed
    """
    compactions: list[Compaction] = []
    total, room = sum(lengths), _ROOMS[len(lengths)]
    while items > room - total:
        entering = room - total + 1 if room > total else 1
        lengths[0] += entering
        items -= entering
        compaction = _compact_lowest_full(lengths)
        compactions.append(compaction)
        total += entering - compaction[1] // 2
        room = _ROOMS[len(lengths)]
    lengths[0] += items
    return compactions


def settle(lengths: list[int]) -> list[Compaction]:
    """Compact until fewer items are held than there is room for, as the original does after a merge.

    :param lengths: items per level, lowest first; changed in place
    """
    compactions: list[Compaction] = []
    while sum(lengths) >= _ROOMS[len(lengths)]:
        compactions.append(_compact_lowest_full(lengths))
    return compactions


def promotion_offset(compactions_before: int) -> int:
    """Which of two neighbours the next compaction of a buffer promotes: 0 the smaller, 1 the larger.

    The original meant to draw it; with the drawing line commented out it starts at 0 and flips before every second
    compaction of that buffer: 0, 1, 1, 0, 0, 1, 1, ...
    """
    return (compactions_before + 1) // 2 % 2


def _compact_lowest_full(lengths: list[int]) -> Compaction:
    level = 0
    while lengths[level] < _CAPACITIES[level]:
        level += 1
    if level + 1 == len(lengths):
        lengths.append(0)
    length = lengths[level]
    lengths[level] = length % 2
    lengths[level + 1] += length // 2
    return level, length
