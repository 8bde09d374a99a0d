"""Two numeric distributions on one axis: sketches re-binned alike, as shapes for an inline SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from airflow_model_monitor.report.category_chart import Bar
from airflow_model_monitor.report.number_text import number

if TYPE_CHECKING:
    from airflow_model_monitor.contract.statistics import KllDistribution

_BINS = 36
_FEW = 12  # up to so many different values, each gets a bar of its own
_TAIL = 0.01  # share of a side's values that may lie beyond the axis, collected in the outermost bin

WIDTH, HEIGHT = 100.0, 40.0  # of the drawing; the page stretches it


@dataclass(frozen=True, slots=True)
class Points:
    """A distribution as values in ascending order, each standing for ``weight`` rows; never empty."""

    values: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, distribution: KllDistribution | None) -> Points | None:
        """Take the items of the sketch (weight 2^level); of a file without a sketch, the buckets, spread evenly."""
        if distribution is None:
            return None
        levels = (
            [np.asarray(level, dtype=np.float64) for level in distribution.sketch.data] if distribution.sketch else []
        )
        values = np.concatenate(levels) if levels else np.empty(0)
        weights = np.repeat(2.0 ** np.arange(len(levels)), [len(level) for level in levels])
        if not len(values) and distribution.buckets:
            parts = (np.arange(8) + 0.5) / 8
            edges = [(bucket.lower_bound, bucket.upper_bound) for bucket in distribution.buckets]
            values = np.concatenate([low + (high - low) * parts for low, high in edges])
            weights = np.repeat([bucket.count / 8 for bucket in distribution.buckets], 8)
        used = np.isfinite(values) & (weights > 0)
        values, weights = values[used], weights[used]
        if not len(values):
            return None
        order = np.argsort(values, kind="stable")
        return cls(values[order], weights[order])

    def quantile(self, share: float) -> float:
        """Return the smallest value with at least ``share`` of the rows at or below it."""
        running = np.cumsum(self.weights)
        return float(self.values[min(int(np.searchsorted(running, share * running[-1])), len(self.values) - 1)])

    def shares(self, edges: np.ndarray) -> np.ndarray:
        """Return the share of rows per bin; what lies outside falls into the outermost bins."""
        bins = np.clip(np.searchsorted(edges, self.values, side="right") - 1, 0, len(edges) - 2)
        counts = np.bincount(bins, weights=self.weights, minlength=len(edges) - 1)
        shares: np.ndarray = counts / counts.sum()
        return shares


@dataclass(frozen=True, slots=True)
class NumericChart:
    """What the page draws.

    :param baseline: SVG path of the baseline's filled steps, or ``None``
    :param current: SVG path of the current steps, or ``None``
    :param ticks: three texts under the axis: left, middle, right
    :param note: where values beyond the axis are; empty when there are none
    :param tallest: share of the highest bin
    """

    baseline: str | None
    current: str | None
    ticks: tuple[str, str, str]
    note: str
    tallest: float


def numeric_chart(
    baseline: KllDistribution | None,
    current: KllDistribution | None,
    *,
    whole: bool = False,
    extremes: tuple[float, float] | None = None,
) -> NumericChart | tuple[Bar, ...] | None:
    """Re-bin both distributions on a common axis.

    :param whole: both hold whole numbers: bins are whole numbers wide, or a comb would appear that is not in the data
    :param extremes: smallest and largest value of both sides: a sketch may have lost them
    :return: a chart; bars, one per value, where there are few different ones; ``None`` without any number
    """
    before, now = Points.of(baseline), Points.of(current)
    sides = [side for side in (before, now) if side is not None]
    if not sides:
        return None
    distinct = np.unique(np.concatenate([side.values for side in sides]))
    if len(distinct) <= _FEW:
        return _bars(distinct, before, now)
    edges = _edges(sides, whole)
    shares = [None if side is None else side.shares(edges) for side in (before, now)]
    tallest = max(float(side.max()) for side in shares if side is not None)
    low, high = float(edges[0]), float(edges[-1])
    margin = (
        0.5 if edges[0] != np.floor(edges[0]) and whole else 0.0
    )  # bins of whole numbers begin half before the first
    lowest, highest = extremes or (float(distinct[0]), float(distinct[-1]))
    beyond = []
    if lowest < low:
        beyond.append(f"down to {number(lowest)}")
    if highest > high:
        beyond.append(f"up to {number(highest)}")
    note = f"The outermost bins also hold the values {' and '.join(beyond)}." if beyond else ""
    paths = [None if side is None else _steps(side / tallest) for side in shares]
    ticks = (number(low + margin), number(low / 2 + high / 2), number(high - margin))
    return NumericChart(paths[0], paths[1], ticks, note, tallest)


def _edges(sides: list[Points], whole: bool) -> np.ndarray:
    lowest, highest = min(side.values[0] for side in sides), max(side.values[-1] for side in sides)
    low = min(side.quantile(_TAIL) for side in sides)
    high = max(side.quantile(1 - _TAIL) for side in sides)
    if highest / 3 - lowest / 3 <= high / 2 - low / 2 or high == low:  # hardly wider than its bulk: nothing to cut off
        low, high = lowest, highest
    if whole and high - low < 1e9:
        width = max(1.0, np.ceil((high - low + 1) / _BINS))
        return np.asarray(low - 0.5 + width * np.arange(np.ceil((high - low + 1) / width) + 1))
    # A weighted mean instead of low + step * i: the distance of two doubles may overflow.
    parts = np.arange(_BINS + 1) / _BINS
    return np.asarray(low * (1 - parts) + high * parts)


def _bars(distinct: np.ndarray, before: Points | None, now: Points | None) -> tuple[Bar, ...]:
    def share(side: Points | None, value: float) -> float | None:
        return None if side is None else float(side.weights[side.values == value].sum() / side.weights.sum())

    return tuple(Bar(number(value), share(before, value), share(now, value)) for value in distinct.tolist())


def _steps(heights: np.ndarray) -> str:
    """Return a closed path of steps; heights are between 0 and 1."""
    step = WIDTH / len(heights)
    path = [f"M0 {HEIGHT:g}"]
    for index, height in enumerate(heights.tolist()):
        path.append(f"V{HEIGHT * (1 - height):.2f}H{step * (index + 1):.2f}")
    return "".join([*path, f"V{HEIGHT:g}Z"])
