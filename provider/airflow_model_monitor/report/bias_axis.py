"""A bias metric on an axis: where it is, where the baseline was, and what the baseline accepts."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan
from typing import Final

WIDTH: Final = 100.0
_MARGIN: Final = 1.15  # of the axis beyond the outermost point
_ROOM: Final = 4.0  # on either end, so that a round point is not cut off


@dataclass(frozen=True, slots=True)
class BiasAxis:
    """What the page draws; all places are between 0 and 100.

    :param parity: where the groups fare alike
    :param live: the metric now; ``None`` without a value
    :param baseline: the baseline's; ``None`` without one
    :param band: from and to: what is no farther from parity than the baseline; ``None`` without one
    """

    parity: float
    live: float | None
    baseline: float | None
    band: tuple[float, float] | None


def bias_axis(
    live: float | None, baseline: float | None, *, parity: float, judged_from: float, lowest: float | None
) -> BiasAxis | None:
    """Both values on one axis; ``None`` where there is none to draw. An infinite one stands at the end.

    :param parity: the metric's value where the groups fare alike
    :param judged_from: the value that drift is a distance from: parity, except for what the original takes for it
    :param lowest: the metric's smallest possible value; ``None`` centres the axis
    """
    values = [value for value in (live, baseline) if value is not None and not isnan(value)]
    if not values:
        return None
    reach = max((abs(value - parity) for value in (*values, judged_from) if isfinite(value)), default=0.0) * _MARGIN
    reach = reach if 0 < reach < 1e300 else 1.0  # no room on an axis of doubles: all beyond stands at the end
    low, high = parity - reach, parity + reach
    if lowest is not None:
        low = max(lowest, low)

    def place(value: float) -> float:
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        return _ROOM + share * (WIDTH - 2 * _ROOM)

    band = None
    if baseline is not None and not isnan(baseline):
        accepted = abs(baseline - judged_from)
        band = (place(judged_from - accepted), place(judged_from + accepted))
    return BiasAxis(
        place(parity),
        None if live is None or isnan(live) else place(live),
        None if baseline is None or isnan(baseline) else place(baseline),
        band,
    )
