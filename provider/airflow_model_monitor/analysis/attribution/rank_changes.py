"""Which features moved, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RankChange:
    """One feature before and now.

    :param feature: its name
    :param baseline_rank: 1 for the largest magnitude; features of equal magnitude share the smallest of their ranks;
        None when the baseline does not know the feature
    :param live_rank: the same of the live data; None when it is missing there
    :param baseline_value: the baseline's global SHAP value, None as for the rank
    :param live_value: that of the live data
    """

    feature: str
    baseline_rank: int | None
    live_rank: int | None
    baseline_value: float | None
    live_value: float | None

    @property
    def places(self) -> int:
        """How many places up (positive) or down the feature moved; 0 for one that is new or missing."""
        if self.baseline_rank is None or self.live_rank is None:
            return 0
        return self.baseline_rank - self.live_rank


def rank_changes(baseline: Mapping[str, float], live: Mapping[str, float]) -> tuple[RankChange, ...]:
    """Every feature of either side: those of the baseline by baseline rank, then new ones by live rank.

    :param baseline: global SHAP values by feature
    :param live: those of the live data
    """
    before, now = _ranks(baseline), _ranks(live)
    known = sorted(baseline, key=before.__getitem__)
    new = sorted((name for name in live if name not in baseline), key=now.__getitem__)
    return tuple(
        RankChange(name, before.get(name), now.get(name), baseline.get(name), live.get(name)) for name in (*known, *new)
    )


def _ranks(values: Mapping[str, float]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for place, name in enumerate(sorted(values, key=lambda name: -abs(values[name])), 1):
        above = next(reversed(ranks), None)
        tied = above is not None and abs(values[above]) == abs(values[name])
        ranks[name] = ranks[above] if tied and above is not None else place
    return ranks
