"""How often each text of a column occurs, as long as there are few different ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

NULL_VALUE: Final = "NullValue"
"""The text under which the original counts nulls."""

LIMIT: Final = 512
"""Distinct texts beyond which counting stops: far above what the distinct estimate takes for a category."""


class CategoricalHistogram:
    """Exact counts of texts, given up beyond :data:`LIMIT` distinct ones; counts of watched texts go on.

    :param watched: texts whose counts are wanted however many others there are (a baseline's domain)
    :param only_watched: count no others from the start (columns of numbers)
    """

    __slots__ = ("_counts", "_watched")

    def __init__(self, watched: Iterable[str] = (), *, only_watched: bool = False) -> None:
        self._counts: dict[str, int] | None = None if only_watched else {}
        self._watched: dict[str, int] = dict.fromkeys(watched, 0)

    @property
    def counts(self) -> Mapping[str, int] | None:
        """Text to count in order of first appearance; None once there were too many."""
        return self._counts

    @property
    def watched(self) -> Mapping[str, int]:
        """The watched texts and their counts."""
        if self._counts is None:
            return self._watched
        return {text: self._counts.get(text, 0) for text in self._watched}

    def takes(self, texts: Iterable[str]) -> bool:
        """Whether these texts can still be counted; if not, counting stops for good."""
        if self._counts is None:
            return False
        if len(self._counts.keys() | texts) > LIMIT:
            self._give_up()
        return self._counts is not None

    def add(self, counts: Mapping[str, int]) -> None:
        """Add counts of texts; after giving up only those of watched texts are kept."""
        if not self.takes(counts.keys()):
            for text in self._watched.keys() & counts.keys():
                self._watched[text] += counts[text]
            return
        assert self._counts is not None
        for text, count in counts.items():
            self._counts[text] = self._counts.get(text, 0) + count

    def merge(self, other: CategoricalHistogram) -> CategoricalHistogram:
        """A new histogram of both, this one's texts first. Only what both watched can still be told after giving up."""
        merged = CategoricalHistogram(text for text in self._watched if text in other._watched)
        for side in (self, other):
            if side._counts is None:
                merged._give_up()
        for side in (self, other):
            merged.add(side.watched if side._counts is None else side._counts)
        return merged

    def _give_up(self) -> None:
        self._watched = dict(self.watched)
        self._counts = None
