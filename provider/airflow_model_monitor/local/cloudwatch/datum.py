"""One datum of a metric, as ``PutMetricData`` hands it over."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

_LARGEST: Final = 2.348543e108
"""CloudWatch takes values from -2^360 to 2^360. This is that number as Clarify rounds it (up) and publishes it for
infinity.
"""


@dataclass(frozen=True, slots=True)
class Datum:
    """One or more samples of a metric at ``timestamp`` (with a time zone).

    :param values: the samples with how often each came, where they are known; empty for a set summed up by its sender
    :param arrived: when it was put, by the local clock; None as soon as it was
    """

    timestamp: datetime
    sample_count: float
    sum: float
    minimum: float
    maximum: float
    values: tuple[tuple[float, float], ...] = ()
    unit: str = "None"
    arrived: datetime | None = None

    @property
    def seen(self) -> datetime:
        """From when on an alarm sees it."""
        return self.timestamp if self.arrived is None else max(self.timestamp, self.arrived)

    @classmethod
    def of_values(cls, timestamp: datetime, values: Sequence[float], counts: Sequence[float], unit: str) -> Datum:
        """A datum of single samples, ``counts[i]`` of ``values[i]``."""
        pairs = tuple(zip(map(float, values), map(float, counts)))
        return cls(
            timestamp=timestamp,
            sample_count=math.fsum(count for _, count in pairs),
            sum=math.fsum(value * count for value, count in pairs),
            minimum=min(value for value, _ in pairs),
            maximum=max(value for value, _ in pairs),
            values=pairs,
            unit=unit,
        )

    @classmethod
    def from_api(cls, entry: Mapping[str, Any], timestamp: datetime, place: str) -> Datum:
        """A datum of one entry of ``MetricData``.

        :param timestamp: when the entry says none
        :param place: how messages call the entry: ``MetricData.member.1``
        :raises ValueError: what CloudWatch refuses, in its words
        """
        given = [name for name in ("Value", "Values", "StatisticValues") if entry.get(name) is not None]
        if not given:
            raise ValueError(
                f"The parameter {place}.Value is required, or one of {place}.Values and {place}.StatisticValues."
            )
        if len(given) > 1:
            raise ValueError(
                f"The parameters {place}.{given[0]} and {place}.{given[1]} are mutually exclusive and you have "
                "specified both."
            )
        unit = entry.get("Unit") or "None"
        if given == ["StatisticValues"]:
            return cls._summed(entry["StatisticValues"], timestamp, place, unit)
        values = [entry["Value"]] if given == ["Value"] else list(entry["Values"])
        counts = list(entry.get("Counts") or [1.0] * len(values)) if given == ["Values"] else [1.0]
        if len(counts) != len(values):
            raise ValueError(f"The parameters {place}.Counts and {place}.Values must be of the same size.")
        if not values or len(values) > 150:
            raise ValueError(f"The collection {place}.Values must have from 1 to 150 elements.")
        for value in values:
            _checked(value, f"{place}.{given[0]}")
        for count in counts:
            if _checked(count, f"{place}.Counts") <= 0:
                raise ValueError(f"The value {count} for parameter {place}.Counts is invalid.")
        return cls.of_values(timestamp, values, counts, unit)

    @classmethod
    def _summed(cls, stated: Mapping[str, Any], timestamp: datetime, place: str, unit: str) -> Datum:
        for name in ("SampleCount", "Sum", "Minimum", "Maximum"):
            if stated.get(name) is None:
                raise ValueError(f"The parameter {place}.StatisticValues.{name} is required.")
            _checked(stated[name], f"{place}.StatisticValues.{name}")
        if stated["SampleCount"] < 0:
            raise ValueError(f"The value {stated['SampleCount']} for parameter {place}.StatisticValues is invalid.")
        return cls(
            timestamp=timestamp,
            sample_count=float(stated["SampleCount"]),
            sum=float(stated["Sum"]),
            minimum=float(stated["Minimum"]),
            maximum=float(stated["Maximum"]),
            unit=unit,
        )

    def to_document(self) -> dict[str, Any]:
        """The datum for a journal: JSON values only."""
        document: dict[str, Any] = {"timestamp": self.timestamp.isoformat(), "unit": self.unit}
        if self.arrived is not None:
            document["arrived"] = self.arrived.isoformat()
        if self.values:
            return {**document, "values": [list(pair) for pair in self.values]}
        return {**document, "summed": [self.sample_count, self.sum, self.minimum, self.maximum]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Datum:
        """The datum a journal holds."""
        timestamp = datetime.fromisoformat(document["timestamp"])
        arrived = datetime.fromisoformat(document["arrived"]) if "arrived" in document else None
        if "values" in document:
            values, counts = zip(*document["values"])
            return replace(cls.of_values(timestamp, values, counts, document["unit"]), arrived=arrived)
        count, total, minimum, maximum = document["summed"]
        return cls(timestamp, count, total, minimum, maximum, (), document["unit"], arrived)


def _checked(value: float, place: str) -> float:
    number = float(value)
    if not math.isfinite(number) or abs(number) > _LARGEST:
        raise ValueError(f"The value {value} for parameter {place} is invalid.")
    return number
