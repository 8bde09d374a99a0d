"""The features of one label beside the baseline's: values, ranks, and bars on a common axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log2

from airflow_model_monitor.analysis.attribution.rank_changes import RankChange, rank_changes


@dataclass(frozen=True, slots=True)
class Place:
    """A bar: from where to where, between 0 and 100."""

    start: float
    width: float


@dataclass(frozen=True, slots=True)
class AttributionView:
    """One feature.

    :param change: its values and ranks on both sides
    :param live: its bar; ``None`` where it is missing, or has no finite value
    :param baseline: the same of the baseline
    :param compared: whether there is a baseline at all
    """

    change: RankChange
    live: Place | None
    baseline: Place | None
    compared: bool

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.change.feature

    @property
    def is_new(self) -> bool:
        """Whether the baseline does not know it."""
        return self.compared and self.change.baseline_value is None

    @property
    def is_missing(self) -> bool:
        """Whether these data do not have it."""
        return self.change.live_value is None


def paired_values(baseline: Mapping[str, float] | None, live: Mapping[str, float]) -> list[RankChange]:
    """Both sides with their ranks; values that are no finite numbers have no rank and come last."""
    before, now = _finite(baseline or {}), _finite(live)
    ranked = [
        RankChange(
            change.feature,
            change.baseline_rank,
            change.live_rank,
            (baseline or {}).get(change.feature),
            live.get(change.feature),
        )
        for change in rank_changes(before, now)
    ]
    others = [name for name in {**(baseline or {}), **live} if name not in before and name not in now]
    return ranked + [RankChange(name, None, None, (baseline or {}).get(name), live.get(name)) for name in others]


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if isfinite(value)}


def weight(change: RankChange) -> float:
    """How much a move can change the NDCG: the baseline's value times the change of its discount."""
    assert change.baseline_rank is not None
    assert change.live_rank is not None
    discounts = 1 / log2(change.baseline_rank + 1) - 1 / log2(change.live_rank + 1)
    return abs((change.baseline_value or 0.0) * discounts)


def ends_of_axis(changes: Sequence[RankChange]) -> tuple[float, float]:
    """The axis of the bars: zero and every value."""
    values = [
        value
        for change in changes
        for value in (change.live_value, change.baseline_value)
        if value is not None and isfinite(value)
    ]
    low, high = min([0.0, *values]), max([0.0, *values])
    return (low, high) if isfinite(high - low) and high > low else (0.0, 1.0)


def place(value: float | None, low: float, high: float) -> Place | None:
    """The bar of a value; ``None`` without a finite one."""
    if value is None or not isfinite(value):
        return None
    zero, end = (100 * min(1.0, max(0.0, (at - low) / (high - low))) for at in (0.0, value))
    return Place(min(zero, end), abs(end - zero))


def share(part: Sequence[RankChange], whole: Sequence[RankChange]) -> float:
    """How much of all live magnitudes some features have, 0 to 1."""

    def total(changes: Sequence[RankChange]) -> float:
        return sum(abs(change.live_value) for change in changes if change.live_rank and change.live_value)

    everything = total(whole)
    return total(part) / everything if 0 < everything < float("inf") else 0.0
