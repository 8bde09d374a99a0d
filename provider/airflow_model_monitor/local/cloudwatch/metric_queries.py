"""Metrics as graphs ask for them: ``GetMetricStatistics`` and ``GetMetricData``, in periods of the wall clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any, Final

from airflow_model_monitor.local.cloudwatch.datum import Datum
from airflow_model_monitor.local.cloudwatch.metric_math import Series, evaluate, ids_in
from airflow_model_monitor.local.cloudwatch.metric_store import Metric, MetricStore
from airflow_model_monitor.local.cloudwatch.statistic import SIMPLE, statistic

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_DATAPOINTS: Final = 1_440


def metric_statistics(
    store: MetricStore, request: Mapping[str, Any], *, start: datetime, end: datetime
) -> list[dict[str, Any]]:
    """``Datapoints`` of ``GetMetricStatistics``, oldest first.

    :raises ValueError: what CloudWatch refuses
    """
    if start >= end:
        raise ValueError("The parameter StartTime must be less than the parameter EndTime.")
    wanted, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
    if not wanted and not extended:
        raise ValueError("Must specify either Statistics or ExtendedStatistics")
    if unknown := [name for name in wanted if name not in SIMPLE]:
        raise ValueError(f"The value {unknown[0]} for parameter Statistics is not supported.")
    period = _checked_period(int(request["Period"]))
    if (end - start) / period > _MOST_DATAPOINTS:
        raise ValueError(
            f"You have requested up to {floor((end - start) / period):,} datapoints, which exceeds the limit of "
            f"{_MOST_DATAPOINTS:,}. You may reduce the datapoints requested by increasing Period, or decreasing the "
            "time range."
        )
    computed = {name: statistic(name) for name in (*wanted, *extended)}
    found: list[dict[str, Any]] = []
    for unit, moment, data in _periods(store, Metric.from_api(request), period, start, end, request.get("Unit")):
        values = {name: compute(data) for name, compute in computed.items()}
        point: dict[str, Any] = {"Timestamp": moment, "Unit": unit}
        point |= {name: values[name] for name in wanted if values[name] is not None}
        percentiles = {name: values[name] for name in extended if values[name] is not None}
        if percentiles:
            point["ExtendedStatistics"] = percentiles
        found.append(point)
    return found


def metric_data(
    store: MetricStore, queries: Sequence[Mapping[str, Any]], *, start: datetime, end: datetime, descending: bool
) -> list[dict[str, Any]]:
    """``MetricDataResults`` of ``GetMetricData``, in the order of the queries; hidden ones are left out.

    :raises ValueError: what CloudWatch refuses
    """
    if start >= end:
        raise ValueError("The parameter StartTime must be less than the parameter EndTime.")
    if not queries:
        raise ValueError("The parameter MetricDataQueries is required.")
    ids = [query["Id"] for query in queries]
    if len(set(ids)) < len(ids):
        raise ValueError("The values for parameter id in MetricDataQueries are not unique.")
    series: dict[str, Series] = {}
    for query in queries:
        if ("MetricStat" in query) == ("Expression" in query):
            raise ValueError(f"Exactly one of MetricStat and Expression must be specified for {query['Id']}.")
        if "MetricStat" in query:
            series[query["Id"]] = _series(store, query["MetricStat"], start, end)
    metrics = list(series)
    waiting = [query for query in queries if "Expression" in query]
    while waiting:
        ready = [query for query in waiting if ids_in(query["Expression"]) <= set(series)]
        if not ready:
            raise ValueError(f"Error in expression {waiting[0]['Id']!r}: it uses what is not there, or itself")
        for query in ready:
            times = sorted({time for one in series.values() for time in one})
            series[query["Id"]] = evaluate(query["Expression"], series, metrics, times)
        waiting = [query for query in waiting if query not in ready]
    return [_result(query, series[query["Id"]], descending) for query in queries if query.get("ReturnData", True)]


def _result(query: Mapping[str, Any], series: Series, descending: bool) -> dict[str, Any]:
    label = query.get("Label") or (
        query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]
    )
    times = sorted(series, reverse=descending)
    return {
        "Id": query["Id"],
        "Label": label,
        "Timestamps": times,
        "Values": [series[time] for time in times],
        "StatusCode": "Complete",
    }


def _series(store: MetricStore, stated: Mapping[str, Any], start: datetime, end: datetime) -> Series:
    compute, period = statistic(stated["Stat"]), _checked_period(int(stated["Period"]))
    metric = Metric.from_api(stated["Metric"])
    found: Series = {}
    for _, moment, data in _periods(store, metric, period, start, end, stated.get("Unit"), by_unit=False):
        value = compute(data)
        if value is not None:
            found[moment] = value
    return found


def _checked_period(seconds: int) -> timedelta:
    if seconds not in (1, 5, 10, 20, 30) and (seconds < 60 or seconds % 60):
        raise ValueError("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    return timedelta(seconds=seconds)


def _periods(
    store: MetricStore,
    metric: Metric,
    period: timedelta,
    start: datetime,
    end: datetime,
    unit: str | None,
    *,
    by_unit: bool = True,
) -> Iterable[tuple[str, datetime, list[Datum]]]:
    """Unit, beginning and data of each period that has any. Periods begin at multiples of their length since 1970."""
    first = _EPOCH + period * floor((start - _EPOCH) / period)
    groups: dict[tuple[datetime, str], list[Datum]] = {}
    for datum in store.starting(metric, first, end, unit):
        beginning = _EPOCH + period * floor((datum.timestamp - _EPOCH) / period)
        groups.setdefault((beginning, datum.unit if by_unit else ""), []).append(datum)
    for (beginning, found), data in sorted(groups.items(), key=lambda group: group[0]):
        yield found, beginning, data
