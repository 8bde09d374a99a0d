"""Numbers as a person reads them: short, with units, never with seventeen digits."""

from __future__ import annotations

import math

_SPACE = "\N{NO-BREAK SPACE}"


def number(value: float | None) -> str:
    """Return about four significant digits: ``1,234,567``, ``12.35``, ``0.00042``, ``1.2e+19``; a dash for nothing."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    value += 0.0  # minus zero becomes zero
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-4:
        text = f"{value:.3g}"
    elif value == int(value) or size >= 1000:
        text = f"{value:,.0f}"
    else:
        decimals = max(0, 3 - math.floor(math.log10(size)))
        text = f"{value:,.{decimals}f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def percent(share: float | None) -> str:
    """Return a share of one as percent; what is not quite all or nothing never reads as 100 % or 0 %."""
    if share is None or math.isnan(share):
        return "–"
    hundred = share * 100
    if 0 < hundred < 0.01:
        return f"< 0.01{_SPACE}%"
    if 99.99 < hundred < 100:
        return f"> 99.99{_SPACE}%"
    text = f"{hundred:.2f}" if hundred < 1 or 99 < hundred < 100 else f"{hundred:.1f}"
    return f"{text.rstrip('0').rstrip('.')}{_SPACE}%"


def count(value: float, noun: str, plural: str | None = None) -> str:
    """Return ``1 row``, ``2,000 rows``."""
    return f"{value:,.0f} {noun if value == 1 else plural or noun + 's'}"
