"""Two categorical distributions side by side: a pair of bars per value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SHOWN = 12
_NEW = 3
_MISSING = "NullValue"  # under this text the original counts rows without a value


@dataclass(frozen=True, slots=True)
class Bar:
    """One value and the share of rows that have it, on either side (``None``: that side is not known).

    :param label: the value as text
    :param new: whether only the current data knows it
    :param dim: whether it stands for rows without a value, or for the rest
    :param rest: whether it stands for all values that have no bar; too long to be drawn beside them
    """

    label: str
    baseline: float | None
    current: float | None
    new: bool = False
    dim: bool = False
    rest: bool = False

    @property
    def widest(self) -> float:
        """The larger share."""
        return max(self.baseline or 0.0, self.current or 0.0)


def category_bars(baseline: Mapping[str, float] | None, current: Mapping[str, float] | None) -> tuple[Bar, ...]:
    """Return the bars of the most frequent values, of new ones and of those that changed most, then one for all others.

    :param baseline: value to count of rows; ``None`` when unknown
    :param current: the same
    """
    before, now = _shares(baseline), _shares(current)
    values = dict.fromkeys([*(before or {}), *(now or {})])
    bars = [
        Bar(
            "(no value)" if value == _MISSING else value,
            None if before is None else before.get(value, 0.0),
            None if now is None else now.get(value, 0.0),
            new=before is not None and value not in before,
            dim=value == _MISSING,
        )
        for value in values
    ]
    if len(bars) > _SHOWN:
        # New values are often rare, and yet what a reader looks for: first some of them, then the largest changes.
        by_change = sorted(bars, key=lambda bar: (not bar.new, -_change(bar)))[:_NEW]
        by_change += sorted((bar for bar in bars if bar not in by_change), key=_change, reverse=True)[
            : _SHOWN // 2 - _NEW
        ]
        by_size = [bar for bar in sorted(bars, key=lambda bar: bar.widest, reverse=True) if bar not in by_change]
        shown = by_change + by_size[: _SHOWN - 1 - len(by_change)]
        rest = [bar for bar in bars if bar not in shown]
        bars = [*_ordered(shown), _others(rest)]
        return tuple(bars)
    return tuple(_ordered(bars))


def _shares(counts: Mapping[str, float] | None) -> dict[str, float] | None:
    total = sum(counts.values()) if counts else 0
    return {value: count / total for value, count in counts.items()} if counts and total else None


def _change(bar: Bar) -> float:
    return abs((bar.current or 0.0) - (bar.baseline or 0.0))


def _ordered(bars: list[Bar]) -> list[Bar]:
    return sorted(bars, key=lambda bar: (bar.dim, -(bar.baseline or 0.0), -(bar.current or 0.0), bar.label))


def _others(bars: list[Bar]) -> Bar:
    def total(shares: list[float | None]) -> float | None:
        known = [share for share in shares if share is not None]
        return sum(known) if known else None

    label = f"{len(bars):,} other values"
    return Bar(label, total([bar.baseline for bar in bars]), total([bar.current for bar in bars]), dim=True, rest=True)
