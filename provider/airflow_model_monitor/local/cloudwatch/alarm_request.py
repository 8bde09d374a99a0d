"""``PutMetricAlarm`` and ``PutCompositeAlarm``: what CloudWatch refuses, and the defaults it fills in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from airflow_model_monitor.local.cloudwatch.alarm_evaluation import COMPARISONS, TREATMENTS
from airflow_model_monitor.local.cloudwatch.alarm_rule import AlarmRule, parse_alarm_rule
from airflow_model_monitor.local.cloudwatch.metric_math import ids_in
from airflow_model_monitor.local.cloudwatch.statistic import SIMPLE, statistic

_DAY: Final = 86_400
_WINDOW_PERIODS: Final = (60, 300, 3_600, 86_400)
_ARN: Final = re.compile(r"arn:[\w-]+:[\w-]+:[^:]*:[^:]*:.+", re.DOTALL)
_ACTIONS: Final = ("OKActions", "AlarmActions", "InsufficientDataActions")
_METRIC_ALARM: Final = frozenset(
    {
        *("AlarmName", "AlarmDescription", "ActionsEnabled", *_ACTIONS),
        *("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "Metrics"),
        *("EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData"),
        *("EvaluateLowSampleCountPercentile", "EvaluationWindow"),
    }
)
_COMPOSITE_ALARM: Final = frozenset({"AlarmName", "AlarmDescription", "ActionsEnabled", *_ACTIONS, "AlarmRule"})
_ONLY_OF_ONE_METRIC: Final = ("Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit", "Dimensions")


def metric_alarm(request: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a metric alarm.

    :raises ValueError: what CloudWatch refuses
    """
    stated = _common(request, _METRIC_ALARM)
    _one_of(stated, "ComparisonOperator", (*COMPARISONS,))
    _one_of({"TreatMissingData": "missing", **stated}, "TreatMissingData", TREATMENTS)
    _one_of(
        {"EvaluateLowSampleCountPercentile": "evaluate", **stated},
        "EvaluateLowSampleCountPercentile",
        ("evaluate", "ignore"),
    )
    for name in ("Threshold", "EvaluationPeriods"):
        if stated.get(name) is None:
            raise ValueError(f"The parameter {name} is required.")
    periods, datapoints = stated["EvaluationPeriods"], stated.get("DatapointsToAlarm")
    if datapoints is not None and not 1 <= datapoints <= periods:
        raise ValueError(
            f"DatapointsToAlarm ({datapoints}) must be greater than 0 and less than or equal to EvaluationPeriods "
            f"({periods})."
        )
    if stated.get("Metrics"):
        _check_queries(stated)
    else:
        _check_metric(stated)
    period = alarm_period(stated)
    limit = _DAY if period < 3_600 else 7 * _DAY
    if periods * period > limit:
        days = "a day" if limit == _DAY else "seven days"
        raise ValueError(
            f"Metrics cannot be checked across more than {days} (EvaluationPeriods * Period must be <= {limit})."
        )
    if "WallClockWindow" in (stated.get("EvaluationWindow") or {}):
        _check_wall_clock(stated["EvaluationWindow"]["WallClockWindow"], period)
    stated["Threshold"] = float(stated["Threshold"])
    stated.setdefault("Dimensions", [])
    return stated


def composite_alarm(request: Mapping[str, Any]) -> tuple[dict[str, Any], AlarmRule]:
    """The configuration of a composite alarm, and its rule.

    :raises ValueError: what CloudWatch refuses
    """
    stated = _common(request, _COMPOSITE_ALARM)
    rule = parse_alarm_rule(stated.get("AlarmRule") or "")
    if not rule.children and not re.search("TRUE|FALSE", rule.text):
        raise ValueError("AlarmRule must name at least one alarm.")
    return stated, rule


def alarm_period(configuration: Mapping[str, Any]) -> int:
    """Seconds of a metric alarm's period."""
    if not configuration.get("Metrics"):
        return int(configuration["Period"])
    periods = [
        int((query.get("MetricStat") or {}).get("Period") or query.get("Period") or 0)
        for query in configuration["Metrics"]
    ]
    return max(periods) or 60


def _common(request: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    stated = {name: value for name, value in request.items() if value not in (None, []) and name != "Tags"}
    if unknown := sorted(stated.keys() - known):
        raise ValueError(f"{unknown[0]} is not supported by the local CloudWatch.")
    name = stated.get("AlarmName")
    if not name or len(name) > 255:
        raise ValueError("The parameter AlarmName must have from 1 to 255 characters.")
    stated["ActionsEnabled"] = stated.get("ActionsEnabled", True)
    for member in _ACTIONS:
        actions = stated.setdefault(member, [])
        if len(actions) > 5:
            raise ValueError(f"The collection {member} must not have a size greater than 5.")
        for action in actions:
            if not _ARN.fullmatch(action):
                raise ValueError(f"Invalid arn syntax: {action}")
    return stated


def _check_metric(stated: Mapping[str, Any]) -> None:
    for name in ("MetricName", "Namespace", "Period"):
        if not stated.get(name):
            raise ValueError(f"The parameter {name} is required.")
    chosen, extended = stated.get("Statistic"), stated.get("ExtendedStatistic")
    if bool(chosen) == bool(extended):
        raise ValueError("Exactly one of Statistic and ExtendedStatistic must be specified.")
    if chosen:
        _one_of(stated, "Statistic", SIMPLE)
    else:
        statistic(str(extended))
    _check_period(int(stated["Period"]))


def _check_queries(stated: Mapping[str, Any]) -> None:
    given = [name for name in ("MetricName", *_ONLY_OF_ONE_METRIC) if stated.get(name)]
    if given:
        raise ValueError(f"The parameters Metrics and {given[0]} are mutually exclusive and you have specified both.")
    queries: Sequence[Mapping[str, Any]] = stated["Metrics"]
    ids = [query.get("Id") or "" for query in queries]
    if len(set(ids)) < len(ids) or not all(re.fullmatch("[a-z][A-Za-z0-9_]*", one) for one in ids):
        raise ValueError("Each entry of Metrics needs an Id of its own that begins with a lower-case letter.")
    if sum(query.get("ReturnData", True) for query in queries) != 1:
        raise ValueError("Exactly one entry of Metrics must have ReturnData true.")
    for query in queries:
        if ("MetricStat" in query) == ("Expression" in query):
            raise ValueError(f"Exactly one of MetricStat and Expression must be specified for {query.get('Id')}.")
        if "MetricStat" in query:
            statistic(query["MetricStat"]["Stat"])
            _check_period(int(query["MetricStat"]["Period"]))
        elif unknown := sorted(ids_in(query["Expression"]) - set(ids)):
            raise ValueError(f"Error in expression {query['Id']!r}: there is no time series with the id {unknown[0]!r}")


def _check_period(period: int) -> None:
    if period not in (10, 20, 30) and (period < 60 or period % 60):
        raise ValueError("Period must be 10, 20, 30 or a multiple of 60")


def _check_wall_clock(window: Mapping[str, Any], period: int) -> None:
    zone = window.get("Timezone") or "UTC"
    if zone not in ("UTC", "Etc/UTC", "Z"):
        raise ValueError(
            f"Wall clock windows in the time zone {zone} are not supported by the local CloudWatch; use UTC."
        )
    if period not in _WINDOW_PERIODS:
        raise ValueError(f"With a wall clock window Period must be one of {', '.join(map(str, _WINDOW_PERIODS))}.")


def _one_of(stated: Mapping[str, Any], name: str, allowed: Sequence[str]) -> None:
    if stated.get(name) not in allowed:
        raise ValueError(
            f"1 validation error detected: Value '{stated.get(name)}' at '{name[0].lower()}{name[1:]}' failed to "
            f"satisfy constraint: Member must satisfy enum value set: [{', '.join(allowed)}]"
        )
