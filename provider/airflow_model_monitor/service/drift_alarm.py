"""An alarm of CloudWatch on one metric of a monitor, as ``PutMetricAlarm`` takes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, Literal

from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.limit_checks import check_count, check_number, check_one_of, check_tags, check_text
from airflow_model_monitor.service.monitor_metric import MonitorMetric

Comparison = Literal[
    "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]
COMPARISONS: Final[tuple[Comparison, ...]] = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
STATISTICS: Final = ("Maximum", "Minimum", "Average", "Sum", "SampleCount")
MISSING_DATA: Final = ("missing", "notBreaching", "breaching", "ignore")
MAX_NAME: Final = 255
_SHORT_PERIODS: Final = (10, 20, 30)
_DAY: Final = 86_400
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_ARN: Final = re.compile(r"arn:aws[a-z\-]*:[a-z0-9\-]+:.+")


@dataclass(frozen=True, slots=True)
class AlarmActions:
    """ARNs that are told when the state changes: SNS topics, as a rule."""

    alarm: Sequence[str] = ()
    ok: Sequence[str] = ()
    insufficient_data: Sequence[str] = ()

    def to_api(self) -> dict[str, list[str]]:
        """The members of a request; all three, so that an update takes actions away too.

        :raises ValueError: more than five of a kind, or what is no ARN
        """
        kinds = {
            "AlarmActions": ("alarm_actions", self.alarm),
            "OKActions": ("ok_actions", self.ok),
            "InsufficientDataActions": ("insufficient_data_actions", self.insufficient_data),
        }
        for argument, actions in kinds.values():
            check_count(argument, len(actions), 0, 5)
            for action in actions:
                check_text(argument, action, 1, 1024, _ARN, "e.g. 'arn:aws:sns:eu-west-1:111122223333:drift'")
        return {member: list(actions) for member, (_, actions) in kinds.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSettings:
    """What the alarms of one operator have in common.

    :param period: seconds; that of the monitoring schedule, whose executions publish once each
    :param evaluation_periods: how many of the last periods are looked at
    :param datapoints_to_alarm: how many of them must breach; None: all
    :param treat_missing_data: what a period without a value counts as
    """

    period: int = 3600
    evaluation_periods: int = 1
    datapoints_to_alarm: int | None = None
    treat_missing_data: str = "notBreaching"

    def check(self) -> None:
        """:raises ValueError: CloudWatch would refuse it"""
        if self.period not in _SHORT_PERIODS and (self.period < 60 or self.period % 60):
            raise ValueError(f"period: {self.period!r}; allowed are 10, 20, 30 and multiples of 60 seconds")
        check_number("evaluation_periods", self.evaluation_periods, 1, 7 * _DAY)
        if self.datapoints_to_alarm is not None:
            hint = "no more can breach than are looked at"
            check_number("datapoints_to_alarm", self.datapoints_to_alarm, 1, self.evaluation_periods, hint)
        most = 7 * _DAY if self.period >= 3600 else _DAY
        if self.period * self.evaluation_periods > most:
            raise ValueError(
                f"period * evaluation_periods: {self.period} * {self.evaluation_periods} seconds; CloudWatch looks "
                f"back at most {most // _DAY} days with such a period; take fewer periods"
            )
        check_one_of("treat_missing_data", self.treat_missing_data, MISSING_DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAlarm:
    """One alarm.

    :param statistic: over the values of a period; None: the one nearest to breaching
    """

    name: str
    metric: MonitorMetric
    threshold: float
    comparison: Comparison = "GreaterThanThreshold"
    statistic: str | None = None
    description: str = ""
    settings: AlarmSettings = field(default_factory=AlarmSettings)
    actions: AlarmActions = field(default_factory=AlarmActions)
    tags: Mapping[str, str] = field(default_factory=dict)


def put_metric_alarm(alarm: DriftAlarm) -> ApiCall:
    """``PutMetricAlarm``: makes the alarm, or makes the one of that name this one.

    :raises ValueError: CloudWatch would refuse it, naming the argument, its value and what is allowed
    """
    check_alarm_name("alarm_name", alarm.name)
    check_text("description", alarm.description, 0, 1024)
    check_one_of("comparison_operator", alarm.comparison, COMPARISONS)
    if isinstance(alarm.threshold, bool) or not isfinite(alarm.threshold):
        raise ValueError(f"threshold: {alarm.threshold!r}; expected a finite number")
    statistic = alarm.statistic or ("Maximum" if alarm.comparison.startswith("Greater") else "Minimum")
    check_one_of("statistic", statistic, STATISTICS)
    alarm.settings.check()
    check_tags(alarm.tags)
    metric = alarm.metric
    metric.check()
    parameters: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": True,
        **alarm.actions.to_api(),
        "MetricName": metric.name,
        "Namespace": metric.namespace,
        "Statistic": statistic,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
        "Period": alarm.settings.period,
        "EvaluationPeriods": alarm.settings.evaluation_periods,
        "DatapointsToAlarm": alarm.settings.datapoints_to_alarm or alarm.settings.evaluation_periods,
        "Threshold": float(alarm.threshold),
        "ComparisonOperator": alarm.comparison,
        "TreatMissingData": alarm.settings.treat_missing_data,
    }
    if alarm.tags:
        parameters["Tags"] = tag_list(alarm.tags)
    return ApiCall("PutMetricAlarm", parameters)


def check_alarm_name(argument: str, name: str) -> None:
    """Raise ``ValueError`` unless CloudWatch takes this name for an alarm."""
    check_text(argument, name, 1, MAX_NAME)
    if _CONTROL.search(name):
        raise ValueError(f"{argument}: {name!r} holds a control character; take it out")


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as CloudWatch takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
