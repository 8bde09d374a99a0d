"""Ranks before and now as two columns of places joined by lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.attribution.rank_changes import RankChange

MOST_PLACES: Final = 10
_LINE: Final = 22  # pixels from one place to the next
_TOP: Final = 30


@dataclass(frozen=True, slots=True)
class Slope:
    """One feature's line.

    :param before: height of its left end; ``None`` where the feature is new
    :param now: of its right end; ``None`` where it is missing
    """

    feature: str
    before: float | None
    now: float | None
    before_rank: int | None
    now_rank: int | None

    @property
    def direction(self) -> Literal["up", "down", "still"]:
        """Where it moved; a new feature came up, a missing one went down."""
        before, now = self.before_rank or 1 << 62, self.now_rank or 1 << 62
        return "up" if now < before else "down" if now > before else "still"


@dataclass(frozen=True, slots=True)
class RankSlopes:
    """What the page draws. ``height`` is in the drawing's units, of which ``bottom`` is where lower places lie."""

    slopes: Sequence[Slope]
    height: float
    bottom: float
    has_lower: bool


def rank_slopes(changes: Sequence[RankChange]) -> RankSlopes | None:
    """The features that are among the first places on either side; ``None`` where nothing can be compared.

    A rank below the first places is drawn at the bottom. Of features that share a rank each gets a line of its own.
    """
    if not any(change.baseline_rank for change in changes) or not any(change.live_rank for change in changes):
        return None
    before = _heights([(change.feature, change.baseline_rank) for change in changes])
    now = _heights([(change.feature, change.live_rank) for change in changes])
    places = max(len(before), len(now))
    bottom = _TOP + places * _LINE

    def height(known: dict[str, float], feature: str, rank: int | None) -> float | None:
        return None if rank is None else known.get(feature, float(bottom))

    slopes = [
        Slope(
            change.feature,
            height(before, change.feature, change.baseline_rank),
            height(now, change.feature, change.live_rank),
            change.baseline_rank,
            change.live_rank,
        )
        for change in changes
        if change.feature in before or change.feature in now
    ]
    lower = any(bottom in (slope.before, slope.now) for slope in slopes)
    return RankSlopes(slopes, bottom + (_LINE if lower else 0) - 8, bottom, lower)


def _heights(ranks: Sequence[tuple[str, int | None]]) -> dict[str, float]:
    """Height by feature, of the first places."""
    known = sorted(((rank, place, name) for place, (name, rank) in enumerate(ranks) if rank is not None))
    return {name: _TOP + place * _LINE for place, (_, _, name) in enumerate(known[:MOST_PLACES])}
