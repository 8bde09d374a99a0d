"""Every metric there is, by namespace, name and dimensions, with its data in order of time."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from airflow_model_monitor.local.cloudwatch.datum import Datum

_TIME = attrgetter("timestamp")


@dataclass(frozen=True, slots=True, order=True)
class Metric:
    """What tells one metric from another. Dimensions are sorted by name: their order says nothing."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_api(cls, stated: Mapping[str, Any], namespace: str | None = None) -> Metric:
        """The metric in ``Namespace``, ``MetricName`` and ``Dimensions``."""
        dimensions = sorted((one["Name"], one["Value"]) for one in stated.get("Dimensions") or ())
        return cls(namespace or stated["Namespace"], stated["MetricName"], tuple(dimensions))

    def to_api(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
        }


class MetricStore:
    """The data of one account and region."""

    def __init__(self) -> None:
        self._data: dict[Metric, list[Datum]] = {}

    def put(self, metric: Metric, datum: Datum) -> None:
        """Add a datum; several of one moment are kept apart and summed up when asked for."""
        bisect.insort(self._data.setdefault(metric, []), datum, key=_TIME)

    def starting(self, metric: Metric, start: datetime, end: datetime, unit: str | None = None) -> list[Datum]:
        """The data with ``start <= timestamp < end``, oldest first, of one unit or of any."""
        data = self._data.get(metric, [])
        first = bisect.bisect_left(data, start, key=_TIME)
        last = bisect.bisect_left(data, end, key=_TIME)
        return [datum for datum in data[first:last] if unit is None or datum.unit == unit]

    def listed(
        self, namespace: str | None, name: str | None, dimensions: Iterable[Mapping[str, Any]]
    ) -> Iterator[Metric]:
        """The metrics that match, sorted. A dimension without a value matches any value.

        :param dimensions: ``Name`` and perhaps ``Value`` of each
        """
        wanted = [(one["Name"], one.get("Value")) for one in dimensions]
        for metric in sorted(self._data):
            has = dict(metric.dimensions)
            if (
                (namespace is None or metric.namespace == namespace)
                and (name is None or metric.name == name)
                and all(key in has and value in (None, has[key]) for key, value in wanted)
            ):
                yield metric

    def latest(self, metric: Metric) -> datetime | None:
        """When the metric's newest datum was."""
        data = self._data.get(metric)
        return data[-1].timestamp if data else None
