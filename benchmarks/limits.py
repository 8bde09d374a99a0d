"""Figures that the project holds itself to, written with their limit beside them.

A limit is judged by the figure as measured, not as rounded for the table.
"""

from __future__ import annotations

from collections.abc import Iterable

_MISSED = ", missed)"


def at_most(value: float, limit: float | None, digits: int = 0) -> str:
    """``**5.8** (≤ 6)``, or ``**6.2** (≤ 6, missed)``; without a limit the figure alone."""
    return f"**{value:.{digits}f}**" + beside("≤", limit, limit is None or value <= limit)


def at_least(value: float, limit: float | None, digits: int = 0) -> str:
    """``**18** (≥ 10)``, or ``**9** (≥ 10, missed)``; without a limit the figure alone."""
    return f"**{value:.{digits}f}**" + beside("≥", limit, limit is None or value >= limit)


def beside(sign: str, limit: float | str | None, kept: bool) -> str:
    """What is written behind a figure: `` (≤ shap)``, `` (≤ shap, missed)``, or nothing."""
    if limit is None:
        return ""
    shown = limit if isinstance(limit, str) else f"{limit:g}"
    return f" ({sign} {shown}{')' if kept else _MISSED}"


def missed(lines: Iterable[str]) -> list[str]:
    """The lines of a report that hold a missed limit."""
    return [line for line in lines if _MISSED in line]
