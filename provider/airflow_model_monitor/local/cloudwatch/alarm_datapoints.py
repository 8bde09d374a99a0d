"""From a metric alarm and the data to the datapoints of its evaluation range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any, Final

from airflow_model_monitor.local.cloudwatch.alarm_evaluation import Datapoint
from airflow_model_monitor.local.cloudwatch.alarm_request import alarm_period
from airflow_model_monitor.local.cloudwatch.metric_math import Series, evaluate, ids_in
from airflow_model_monitor.local.cloudwatch.metric_store import Metric, MetricStore
from airflow_model_monitor.local.cloudwatch.statistic import SIMPLE, statistic

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def metrics_of(configuration: Mapping[str, Any]) -> list[Metric]:
    """The metrics an alarm watches."""
    if configuration.get("Metrics"):
        return [
            Metric.from_api(query["MetricStat"]["Metric"])
            for query in configuration["Metrics"]
            if "MetricStat" in query
        ]
    return [Metric.from_api(configuration)]


def datapoints(
    configuration: Mapping[str, Any], store: MetricStore, now: datetime, periods: int
) -> list[Datapoint | None]:
    """One datapoint per period that ended by ``now``, the latest first; None where no data had arrived by then.

    The periods slide: the latest ends now, as CloudWatch's do. Data of the period's very end belong to it, those of its
    very beginning to the one before. With a wall clock window they are whole hours, days and so on.

    :raises ValueError: the alarm's expression cannot be evaluated
    """
    period = timedelta(seconds=alarm_period(configuration))
    wall_clock = "WallClockWindow" in (configuration.get("EvaluationWindow") or {})
    end = _EPOCH + period * floor((now - _EPOCH) / period) if wall_clock else now
    starts = [end - period * (index + 1) for index in range(periods)]
    # The label of a period is its beginning, to the minute.
    to_the_minute = period >= timedelta(minutes=1)
    labels = [start.replace(second=0 if to_the_minute else start.second, microsecond=0) for start in starts]
    if not configuration.get("Metrics"):
        return _of_metric(configuration, store, starts, labels, period, wall_clock, now)

    series: dict[str, Series] = {}
    returned = ""
    for query in configuration["Metrics"]:
        if query.get("ReturnData", True):
            returned = query["Id"]
        if "MetricStat" in query:
            stated = query["MetricStat"]
            found = _of_metric(
                {**stated["Metric"], "Statistic": stated["Stat"], "Unit": stated.get("Unit")},
                store, starts, labels, period, wall_clock, now,
            )  # fmt: skip
            series[query["Id"]] = {point.start: point.value for point in found if point is not None}
    metrics = list(series)
    for query in _in_order(configuration["Metrics"], series):
        series[query["Id"]] = evaluate(query["Expression"], series, metrics, sorted(labels))
    return [Datapoint(label, series[returned][label]) if label in series[returned] else None for label in labels]


def instants(
    configuration: Mapping[str, Any], store: MetricStore, after: datetime, until: datetime, periods: int
) -> set[datetime]:
    """The moments after ``after`` and before ``until`` at which the datapoints become others.

    Between them an alarm's state cannot change: a clock that jumps need look at these alone.
    """
    period = timedelta(seconds=alarm_period(configuration))
    wall_clock = "WallClockWindow" in (configuration.get("EvaluationWindow") or {})
    found: set[datetime] = set()
    for metric in metrics_of(configuration):
        for datum in store.between(metric, after - period * (periods + 1), until):
            first = datum.timestamp
            if wall_clock:
                first = _EPOCH + period * (floor((first - _EPOCH) / period) + 1)
            moments = {datum.seen, *(first + period * step for step in range(periods + 1))}
            found |= {moment for moment in moments if after < moment < until and moment >= datum.seen}
    return found


def _of_metric(
    configuration: Mapping[str, Any],
    store: MetricStore,
    starts: Sequence[datetime],
    labels: Sequence[datetime],
    period: timedelta,
    wall_clock: bool,
    now: datetime,
) -> list[Datapoint | None]:
    metric = Metric.from_api(configuration)
    compute = statistic(configuration.get("ExtendedStatistic") or configuration["Statistic"])
    look = store.starting if wall_clock else store.between
    found: list[Datapoint | None] = []
    for start, label in zip(starts, labels):
        data = [one for one in look(metric, start, start + period, configuration.get("Unit")) if one.seen <= now]
        value = compute(data)
        count = sum(datum.sample_count for datum in data)
        found.append(None if value is None else Datapoint(label, value, count))
    return found


def _in_order(queries: Sequence[Mapping[str, Any]], series: Mapping[str, Series]) -> list[Mapping[str, Any]]:
    """The expressions, each after those it uses.

    :raises ValueError: two use each other
    """
    waiting = [query for query in queries if "Expression" in query]
    known, ordered = set(series), []
    while waiting:
        ready = [query for query in waiting if ids_in(query["Expression"]) <= known]
        if not ready:
            raise ValueError(f"Error in expression {waiting[0]['Id']!r}: it uses what is not there, or itself")
        ordered += ready
        known |= {query["Id"] for query in ready}
        waiting = [query for query in waiting if query not in ready]
    return ordered


def few_samples(configuration: Mapping[str, Any], points: Sequence[Datapoint]) -> bool:
    """Whether a percentile alarm that ignores low sample counts has too few samples to judge by."""
    name = configuration.get("ExtendedStatistic")
    if (
        configuration.get("EvaluateLowSampleCountPercentile") != "ignore"
        or not name
        or name in SIMPLE
        or name[0] != "p"
    ):
        return False
    share = float(name[1:]) / 100
    needed = 10 / max(1e-9, min(share, 1 - share))
    return any((point.sample_count or 0) < needed for point in points)
