"""A curve of a binary classifier as a path for an inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

SIZE: Final = 100.0
"""Both axes run from 0 to 1; the drawing is a square of this size, its origin at the top left."""
_MOST_POINTS: Final = 240
_STEP: Final = SIZE / 400  # closer points are one on any screen


@dataclass(frozen=True, slots=True)
class CurveChart:
    """What the page draws.

    :param path: SVG path of the line
    :param area: SVG path of what lies below it
    :param points: number of points of the curve itself
    """

    path: str
    area: str
    points: int


def curve_chart(xs: Sequence[float], ys: Sequence[float]) -> CurveChart | None:
    """The line through some points of the unit square, in their order; ``None`` where there are fewer than two.

    Points too close to be seen are left out, and so are those that are no numbers.
    """
    points = [(x * SIZE, SIZE * (1 - y)) for x, y in zip(xs, ys, strict=True) if isfinite(x) and isfinite(y)]
    if len(points) < 2:
        return None
    kept = [points[0]]
    for x, y in points[1:-1]:
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= _STEP:
            kept.append((x, y))
    kept = kept[:: len(kept) // _MOST_POINTS + 1]
    kept.append(points[-1])
    path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in kept)
    area = f"{path}L{kept[-1][0]:.2f} {SIZE:g}L{kept[0][0]:.2f} {SIZE:g}Z"
    return CurveChart(path, area, len(points))
