"""What a metric's samples amount to: the statistics alarms and graphs ask for, by their CloudWatch names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Final

from airflow_model_monitor.local.cloudwatch.datum import Datum

Statistic = Callable[[Sequence[Datum]], float | None]
"""One number from the data of a period; None where it cannot be told: a percentile of sets summed up elsewhere."""

SIMPLE: Final = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE: Final = re.compile(r"p(\d{1,3}(?:\.\d{1,10})?)")
_TRIMMED_MEAN: Final = re.compile(r"tm(\d{1,2}(?:\.\d{1,10})?)")


def statistic(name: str) -> Statistic:
    """The statistic called ``name``: one of :data:`SIMPLE`, ``p99.9``, ``tm90`` or ``IQM``.

    :raises ValueError: there is none of this name, or not here
    """
    if name in SIMPLE:
        return lambda data: _simple(name, data)
    if name == "IQM":
        return lambda data: _trimmed_mean(data, 0.25, 0.75)
    if (found := _PERCENTILE.fullmatch(name)) and float(found[1]) <= 100:
        share = float(found[1]) / 100
        return lambda data: _percentile(data, share)
    if found := _TRIMMED_MEAN.fullmatch(name):
        upper = float(found[1]) / 100
        return lambda data: _trimmed_mean(data, 0.0, upper)
    raise ValueError(f"The value {name} for parameter Statistic is not supported.")


def _simple(name: str, data: Sequence[Datum]) -> float | None:
    if not data:
        return None
    if name == "Minimum":
        return min(datum.minimum for datum in data)
    if name == "Maximum":
        return max(datum.maximum for datum in data)
    count = math.fsum(datum.sample_count for datum in data)
    if name == "SampleCount":
        return count
    total = math.fsum(datum.sum for datum in data)
    if name == "Sum":
        return total
    return total / count if count else None


def _samples(data: Sequence[Datum]) -> list[tuple[float, float]] | None:
    """Sorted samples with their counts. A summed-up set is its value where it is of one sample or all are alike."""
    samples: list[tuple[float, float]] = []
    for datum in data:
        if datum.values:
            samples += datum.values
        elif datum.sample_count and (datum.sample_count == 1 or datum.minimum == datum.maximum):
            samples.append((datum.maximum, datum.sample_count))
        elif datum.sample_count:
            return None
    return sorted(samples) or None


def _percentile(data: Sequence[Datum], share: float) -> float | None:
    """The value at which ``share`` of the samples is reached, between samples on the line that joins them."""
    samples = _samples(data)
    if samples is None:
        return None
    total = math.fsum(count for _, count in samples)
    place = share * (total - 1)
    seen = 0.0
    for index, (value, count) in enumerate(samples):
        last = seen + count - 1
        if place <= last or index == len(samples) - 1:
            return value
        if place < last + 1:
            return value + (place - last) * (samples[index + 1][0] - value)
        seen += count
    return samples[-1][0]


def _trimmed_mean(data: Sequence[Datum], lower: float, upper: float) -> float | None:
    """The mean of the samples between two shares of them, cut within a sample's count."""
    samples = _samples(data)
    if samples is None:
        return None
    total = math.fsum(count for _, count in samples)
    low, high = lower * total, upper * total
    if high <= low:
        return samples[0][0]
    seen = summed = 0.0
    for value, count in samples:
        summed += value * max(0.0, min(high, seen + count) - max(low, seen))
        seen += count
    return summed / (high - low)
