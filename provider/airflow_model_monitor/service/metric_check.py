"""Whether CloudWatch knows the metrics that alarms are to be set on, and what it knows instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from airflow_model_monitor.service.monitor_metric import SCHEDULE, MonitorMetric

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class UnknownMetric:
    """A metric CloudWatch lists none of.

    :param near: what comes nearest, most like it first
    """

    metric: MonitorMetric
    near: tuple[str, ...]

    def __str__(self) -> str:
        near = f"; there is {'; '.join(self.near)}" if self.near else ""
        return f"{self.metric} is not there{near}"


def listed_metrics(answer: Mapping[str, Any]) -> tuple[MonitorMetric, ...]:
    """The metrics in an answer of ``ListMetrics``; those of others, which could be none of ours, left out."""
    found = []
    for one in answer.get("Metrics", []):
        dimensions = {each["Name"]: each["Value"] for each in one.get("Dimensions", [])}
        if dimensions:
            found.append(MonitorMetric(one["Namespace"], one["MetricName"], dimensions))
    return tuple(found)


def unknown_metrics(wanted: Sequence[MonitorMetric], listed: Iterable[MonitorMetric]) -> tuple[UnknownMetric, ...]:
    """Those of ``wanted`` that are not among ``listed``, name and *all* dimensions compared, with near misses."""
    there = list(listed)
    known = {metric.identity for metric in there}
    return tuple(UnknownMetric(one, _near(one, there)) for one in wanted if one.identity not in known)


def _near(wanted: MonitorMetric, there: Sequence[MonitorMetric]) -> tuple[str, ...]:
    """The same name under other dimensions, else like names of the same schedule, else the schedules there are."""
    schedule = wanted.dimensions.get(SCHEDULE, "")
    mine = [one for one in there if one.dimensions.get(SCHEDULE) == schedule]
    if same_name := [str(one) for one in mine if one.name == wanted.name]:
        return tuple(sorted(same_name)[:_SHOWN])
    if names := sorted({one.name for one in mine}):
        return tuple(get_close_matches(wanted.name, names, n=_SHOWN) or names[:_SHOWN])
    schedules = sorted({value for one in there if (value := one.dimensions.get(SCHEDULE))})
    close = get_close_matches(schedule, schedules, n=_SHOWN) or schedules[:_SHOWN]
    return tuple(f"{SCHEDULE}={value}" for value in close)
