"""From a metric alarm and the data to the datapoints of its evaluation range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any, Final, NamedTuple

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
    """One datapoint per period, the latest first; None where no data had arrived by ``now``.

    The periods slide by minutes, as CloudWatch's do (by ten seconds, where they are shorter than a minute): the latest
    ends with the last full minute, or with the present one when that has data, which CloudWatch would look at when it
    is over. With a wall clock window they are whole hours, days and so on that are over.

    :raises ValueError: the alarm's expression cannot be evaluated
    """
    span = _Span.of(configuration, store, now, periods)
    if not configuration.get("Metrics"):
        return _of_metric(configuration, store, span, now)

    series: dict[str, Series] = {}
    returned = ""
    for query in configuration["Metrics"]:
        if query.get("ReturnData", True):
            returned = query["Id"]
        if "MetricStat" in query:
            stated = query["MetricStat"]
            metric = {**stated["Metric"], "Statistic": stated["Stat"], "Unit": stated.get("Unit")}
            found = _of_metric(metric, store, span, now)
            series[query["Id"]] = {point.start: point.value for point in found if point is not None}
    metrics = list(series)
    for query in _in_order(configuration["Metrics"], series):
        series[query["Id"]] = evaluate(query["Expression"], series, metrics, sorted(span.starts))
    return [Datapoint(start, series[returned][start]) if start in series[returned] else None for start in span.starts]


def instants(
    configuration: Mapping[str, Any], store: MetricStore, after: datetime, until: datetime, periods: int
) -> set[datetime]:
    """The moments after ``after`` and before ``until`` at which the datapoints become others.

    Between them an alarm's state cannot change: a clock that jumps need look at these alone.
    """
    period = timedelta(seconds=alarm_period(configuration))
    step = _resolution(period)
    found: set[datetime] = set()
    for metric in metrics_of(configuration):
        for datum in store.starting(metric, after - period * (periods + 1), until):
            if _by_wall_clock(configuration):
                over = _floor(datum.timestamp, period) + period
                moments = {over + period * age for age in range(periods + 1)}
            else:
                # A datum leaves a period with the first minute that begins a period's length after it.
                moments = {_floor(datum.timestamp + period * age, step) + step for age in range(1, periods + 1)}
            found |= {moment for moment in (datum.seen, *moments) if max(after, datum.seen) <= moment < until}
    return found - {after}


class _Span(NamedTuple):
    """Beginnings of the periods, the latest first, and the end of the latest."""

    starts: list[datetime]
    end: datetime

    @classmethod
    def of(cls, configuration: Mapping[str, Any], store: MetricStore, now: datetime, periods: int) -> _Span:
        period = timedelta(seconds=alarm_period(configuration))
        if _by_wall_clock(configuration):
            end = _floor(now, period)
        else:
            step = _resolution(period)
            end = _floor(now, step)
            soon = now + timedelta.resolution
            if any(
                one.seen <= now for metric in metrics_of(configuration) for one in store.starting(metric, end, soon)
            ):
                end += step
        return cls([end - period * (index + 1) for index in range(periods)], end)


def _of_metric(
    configuration: Mapping[str, Any], store: MetricStore, span: _Span, now: datetime
) -> list[Datapoint | None]:
    metric = Metric.from_api(configuration)
    compute = statistic(configuration.get("ExtendedStatistic") or configuration["Statistic"])
    found: list[Datapoint | None] = []
    end = span.end
    for start in span.starts:
        data = [one for one in store.starting(metric, start, end, configuration.get("Unit")) if one.seen <= now]
        value = compute(data)
        count = sum(datum.sample_count for datum in data)
        found.append(None if value is None else Datapoint(start, value, count))
        end = start
    return found


def _by_wall_clock(configuration: Mapping[str, Any]) -> bool:
    return "WallClockWindow" in (configuration.get("EvaluationWindow") or {})


def _resolution(period: timedelta) -> timedelta:
    return timedelta(minutes=1) if period >= timedelta(minutes=1) else timedelta(seconds=10)


def _floor(moment: datetime, step: timedelta) -> datetime:
    return _EPOCH + step * floor((moment - _EPOCH) / step)


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
