"""Distinct counts as the original estimates them: HyperLogLog++ with 512 registers over xxHash64."""

from __future__ import annotations

from bisect import bisect_left
from math import floor, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.hyperloglog_bias import BIASES, RAW_ESTIMATES

PRECISION: Final = 9
REGISTERS: Final = 1 << PRECISION
"""512 registers: a relative standard deviation of 1.04 / sqrt(512), about 4.6 %."""

_ALPHA = 0.7213 / (1.0 + 1.079 / REGISTERS)
# Estimates below are counted by empty registers ("HyperLogLog in Practice", Heule et al. 2013, appendix, precision 9).
_LINEAR_COUNTING_LIMIT = 400.0
_NEIGHBOURS = 6
_MAX_RANK = 64 - PRECISION + 1


class HyperLogLog:
    """A HyperLogLog++ sketch after Spark and Deequ (``ApproxCountDistinct``, relative deviation 0.05: precision 9).

    Merging two sketches gives exactly the sketch of both inputs.
    """

    __slots__ = ("registers",)

    def __init__(self) -> None:
        self.registers: NDArray[np.uint8] = np.zeros(REGISTERS, dtype=np.uint8)

    def add_hashes(self, hashes: NDArray[np.uint64]) -> None:
        """Add values by their 64-bit hashes; the order does not matter."""
        lowest = int(self.registers.min())
        if lowest and len(hashes):
            # A rank above the lowest register needs that many leading zeros behind the register's number.
            hashes = hashes[(hashes << np.uint64(PRECISION)) < np.uint64(1 << (64 - lowest))]
        if not len(hashes):
            return
        index = (hashes >> np.uint64(64 - PRECISION)).astype(np.int64)
        rest = (hashes << np.uint64(PRECISION)) | np.uint64(1 << (PRECISION - 1))
        # The leading bit alone, so that the conversion to double cannot round up to the next power of two.
        rest &= ~(rest >> np.uint64(1))
        exponent = (rest.astype(np.float64).view(np.int64) >> 52) - 1023
        np.maximum.at(self.registers, index, (64 - exponent).astype(np.uint8))

    def merge(self, other: HyperLogLog) -> HyperLogLog:
        """A new sketch of the values of both."""
        merged = HyperLogLog()
        merged.registers = np.maximum(self.registers, other.registers)
        return merged

    def estimate(self) -> int:
        """The estimated number of distinct values.

        As in Deequ, linear counting serves up to an estimate of 400 only (later Sparks use it somewhat longer).
        """
        inverse = 0.0
        for rank, count in enumerate(np.bincount(self.registers, minlength=_MAX_RANK + 1).tolist()):
            # Sums of powers of two of so few registers are exact in any order.
            inverse += count * 2.0**-rank
        empty = int(np.count_nonzero(self.registers == 0))
        if empty:
            by_empty_registers = REGISTERS * log(REGISTERS / empty)
            if by_empty_registers <= _LINEAR_COUNTING_LIMIT:
                return floor(by_empty_registers + 0.5)
        raw = _ALPHA * REGISTERS * REGISTERS / inverse
        return floor((raw - _bias(raw) if raw < 5.0 * REGISTERS else raw) + 0.5)


def _bias(raw: float) -> float:
    """Mean bias of the six tabulated raw estimates nearest to ``raw``."""
    low = max(bisect_left(RAW_ESTIMATES, raw) - _NEIGHBOURS + 1, 0)
    high = min(low + _NEIGHBOURS, len(RAW_ESTIMATES))
    while high < len(RAW_ESTIMATES) and (raw - RAW_ESTIMATES[high]) ** 2 < (raw - RAW_ESTIMATES[low]) ** 2:
        low += 1
        high += 1
    total = 0.0
    for bias in BIASES[low:high]:
        total += bias
    return total / (high - low)
