"""Division as the bias metrics define it: never an exception, never NaN."""

from __future__ import annotations

from math import copysign, inf


def divide(dividend: float, divisor: float) -> float:
    """``dividend / divisor``; 0/0 is 0.0, and anything else over 0 infinite with the dividend's sign."""
    if divisor == 0:
        return 0.0 if dividend == 0 else copysign(inf, dividend)
    return dividend / divisor


def difference_of_ratios(first: float, second: float, *, both_infinite: float) -> float:
    """``first - second``, where two infinite ratios differ by ``both_infinite`` instead of by NaN."""
    if first == inf and second == inf:
        return both_infinite
    return first - second
