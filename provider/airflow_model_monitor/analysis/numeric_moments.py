"""Sum, mean, deviation and extremes of a column, in the original's arithmetic or in a faster one."""

from __future__ import annotations

from math import isnan, nan, sqrt
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Arithmetic = Literal["sequential", "chunked"]

BLOCK: Final = 65_536
"""Values per block of the chunked arithmetic; part of its definition, since it decides on the last digits."""


class NumericMoments:
    """Moments of a stream of doubles.

    ``sequential`` is the original's arithmetic: the sum adds left to right, the deviation follows Spark's
    ``CentralMomentAgg`` value by value. ``chunked`` takes blocks of 65,536 values of the stream, however it is
    delivered: pairwise sums within a block, two passes for its deviation, blocks joined in order (Chan, Golub and
    LeVeque 1979); sums are then within 1e-12 * sum(abs(x)) and deviations within 1e-9 * max(std, abs(mean) * 1e-6).

    Infinity and NaN: the sum follows IEEE 754, so one NaN or two opposite infinities make it NaN; a deviation with any
    of them is NaN; NaN is the largest value of all (as in Spark), so one NaN is the maximum, and the minimum only where
    there is nothing else. A sum or a square beyond the doubles is infinite. The square of a
    deviation below 1e-162 vanishes. An extreme of -0.0 is written 0.0.
    """

    __slots__ = ("_joined", "_mean", "_pending", "_squares", "_total", "arithmetic", "count", "maximum", "minimum")

    def __init__(self, arithmetic: Arithmetic) -> None:
        self.arithmetic: Arithmetic = arithmetic
        self.count = 0
        self.minimum = nan
        self.maximum = nan
        # Of the values joined so far: how many, their sum, their running mean, their squared deviations from it.
        self._joined = 0
        self._total = 0.0
        self._mean = 0.0
        self._squares = 0.0
        self._pending: NDArray[np.float64] = np.empty(0)

    def add(self, values: NDArray[np.float64]) -> None:
        """Add values in their order; one axis, doubles."""
        if not len(values):
            return
        self.count += len(values)
        maximum = float(values.max())
        self._widen(float(np.fmin.reduce(values) if isnan(maximum) else values.min()), maximum)
        if self.arithmetic == "sequential":
            self._add_one_by_one(values)
            return
        if len(self._pending):
            missing = BLOCK - len(self._pending)
            self._pending, values = np.concatenate((self._pending, values[:missing])), values[missing:]
            if len(self._pending) < BLOCK:
                return
            self._add_block(self._pending)
        whole = len(values) // BLOCK * BLOCK
        for start in range(0, whole, BLOCK):
            self._add_block(values[start : start + BLOCK])
        self._pending = values[whole:].copy()

    @property
    def sum(self) -> float:
        return self._settled()._total

    @property
    def mean(self) -> float:
        """Sum over count; NaN without values."""
        return self.sum / self.count if self.count else nan

    @property
    def std_dev(self) -> float:
        """Deviation of the population, not of a sample; NaN without values."""
        return sqrt(self._settled()._squares / self.count) if self.count else nan

    def merge(self, other: NumericMoments) -> NumericMoments:
        """New moments of both streams, this one first.

        Joining is not what sequential addition would have given, so the result is ``chunked`` unless a side is empty.
        """
        left, right = self._settled(), other._settled()
        if not left.count or not right.count:
            return left if left.count else right
        left.arithmetic = "chunked"
        left.count += right.count
        left._widen(right.minimum, right.maximum)
        left._join(right._joined, right._total, right._mean, right._squares)
        return left

    def _settled(self) -> NumericMoments:
        """A copy with the pending values taken in as a last, shorter block."""
        copy = NumericMoments(self.arithmetic)
        for name in self.__slots__:
            setattr(copy, name, getattr(self, name))
        if len(self._pending):
            copy._add_block(self._pending)
            copy._pending = np.empty(0)
        return copy

    def _widen(self, minimum: float, maximum: float) -> None:
        # Adding 0.0 turns -0.0 into 0.0 and leaves all else alone.
        if isnan(self.minimum) or minimum < self.minimum:
            self.minimum = minimum + 0.0
        if self.count and (isnan(maximum) or not maximum <= self.maximum):
            self.maximum = maximum + 0.0

    def _add_one_by_one(self, values: NDArray[np.float64]) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            self._total = float(np.add.accumulate(np.concatenate(([self._total], values)))[-1])
        joined, mean, squares = float(self._joined), self._mean, self._squares
        for value in values.tolist():
            joined += 1.0
            delta = value - mean
            step = delta / joined
            mean += step
            squares += delta * (delta - step)
        self._joined, self._mean, self._squares = self._joined + len(values), mean, squares

    def _add_block(self, block: NDArray[np.float64]) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            total = float(block.sum())
            # Equal values have no deviation, whatever their rounded mean.
            equal = block[0] == block[-1] and block.min() == block.max()
            mean = float(block[0]) if equal else total / len(block)
            deviations = block - mean
            np.square(deviations, out=deviations)
            self._join(len(block), total, mean, float(deviations.sum()))

    def _join(self, count: int, total: float, mean: float, squares: float) -> None:
        if not self._joined:
            self._joined, self._total, self._mean, self._squares = count, total, mean, squares
            return
        joined = self._joined + count
        delta = mean - self._mean
        self._mean += delta * (count / joined)
        self._squares += squares + delta * delta * (self._joined / joined) * count
        self._total += total
        self._joined = joined
