"""What an alarm says when it changes its state: to a topic of SNS, and to EventBridge."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from airflow_model_monitor.local.cloudwatch.alarm import Alarm, AlarmState, Transition
from airflow_model_monitor.local.cloudwatch.alarm_reason import alarm_time

EVENT_SOURCE: Final = "aws.cloudwatch"
EVENT_TYPE: Final = "CloudWatch Alarm State Change"
# Alarms call the European regions by names that are otherwise no longer used.
_OLD_NAMES: Final = ("Europe (", "EU (")


def subject(transition: Transition) -> str:
    """Subject of the SNS message; SNS takes 100 characters."""
    alarm = transition.alarm
    return f'{alarm.state.value}: "{alarm.name}" in {region_name(alarm.region)}'[:100]


def sns_message(transition: Transition) -> dict[str, Any]:
    """The SNS message, in the order of real ones. A composite alarm has a rule instead of a trigger."""
    alarm, configuration = transition.alarm, transition.alarm.configuration
    message: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": configuration.get("AlarmDescription"),
        "AWSAccountId": alarm.account,
        "AlarmConfigurationUpdatedTimestamp": alarm_time(alarm.configured),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": alarm_time(alarm.state.updated),
        "Region": region_name(alarm.region),
        "AlarmArn": alarm.arn,
        "OldStateValue": transition.previous.value,
        "OKActions": list(configuration["OKActions"]),
        "AlarmActions": list(configuration["AlarmActions"]),
        "InsufficientDataActions": list(configuration["InsufficientDataActions"]),
    }
    if not alarm.composite:
        return {**message, "Trigger": _trigger(configuration)}
    del message["AlarmConfigurationUpdatedTimestamp"]
    children = [
        {"Arn": arn, "State": {"Value": value, "Timestamp": alarm_time(moment)}}
        for arn, value, moment in transition.children
    ]
    return {**message, "AlarmRule": configuration["AlarmRule"], "TriggeringChildren": children}


def event_detail(transition: Transition) -> dict[str, Any]:
    """``detail`` of the EventBridge event."""
    alarm = transition.alarm
    return {
        "alarmName": alarm.name,
        "state": _event_state(alarm.state),
        "previousState": _event_state(transition.previous),
        "configuration": _event_configuration(alarm),
    }


@cache
def region_name(region: str) -> str:
    """How people call a region: ``US West (Oregon)`` is us-west-2. A region botocore does not know is its own name."""
    from botocore.session import Session

    partitions = Session().get_component("data_loader").load_data("endpoints")["partitions"]
    names = {code: one["description"] for partition in partitions for code, one in partition["regions"].items()}
    return str(names.get(region, region)).replace(*_OLD_NAMES)


def _trigger(configuration: Mapping[str, Any]) -> dict[str, Any]:
    rule = {
        "Period": configuration.get("Period"),
        "EvaluationPeriods": configuration["EvaluationPeriods"],
        "DatapointsToAlarm": configuration.get("DatapointsToAlarm"),
        "ComparisonOperator": configuration["ComparisonOperator"],
        "Threshold": configuration["Threshold"],
        "TreatMissingData": configuration.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": configuration.get("EvaluateLowSampleCountPercentile") or "",
    }
    stated = {name: value for name, value in rule.items() if value is not None}
    if configuration.get("Metrics"):
        return {**stated, "Metrics": [_trigger_query(query) for query in configuration["Metrics"]]}
    extended = configuration.get("ExtendedStatistic")
    kind = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended} if extended else {
        "StatisticType": "Statistic", "Statistic": _SPELLED[configuration["Statistic"]]
    }  # fmt: skip
    return {
        "MetricName": configuration["MetricName"],
        "Namespace": configuration["Namespace"],
        **kind,
        "Unit": configuration.get("Unit"),
        "Dimensions": _lower(configuration.get("Dimensions") or []),
        **stated,
    }


_SPELLED: Final = {
    "SampleCount": "SAMPLE_COUNT",
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
}


def _trigger_query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = dict(query)
    shown["ReturnData"] = query.get("ReturnData", True)
    if "MetricStat" in query:
        metric = query["MetricStat"]["Metric"]
        shown["MetricStat"] = {
            **query["MetricStat"],
            "Metric": {**metric, "Dimensions": _lower(metric.get("Dimensions") or [])},
        }
    return shown


def _lower(dimensions: list[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{"value": one["Value"], "name": one["Name"]} for one in dimensions]


def _event_state(state: AlarmState) -> dict[str, Any]:
    shown = {"value": state.value, "reason": state.reason}
    if state.reason_data is not None:
        shown["reasonData"] = state.reason_data
    return {**shown, "timestamp": alarm_time(state.updated)}


def _event_configuration(alarm: Alarm) -> dict[str, Any]:
    configuration = alarm.configuration
    shown: dict[str, Any] = {}
    if configuration.get("AlarmDescription") is not None:
        shown["description"] = configuration["AlarmDescription"]
    if alarm.composite:
        return {**shown, "alarmRule": configuration["AlarmRule"]}
    queries = configuration.get("Metrics") or [
        {
            "Id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.arn)),
            "MetricStat": {
                "Metric": configuration,
                "Period": configuration["Period"],
                "Stat": configuration.get("ExtendedStatistic") or configuration["Statistic"],
                "Unit": configuration.get("Unit"),
            },
        }
    ]
    return {**shown, "metrics": [_event_query(query) for query in queries]}


def _event_query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": query["Id"]}
    if "MetricStat" in query:
        stated = query["MetricStat"]
        metric = stated["Metric"]
        shown["metricStat"] = {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": {one["Name"]: one["Value"] for one in metric.get("Dimensions") or ()},
            },
            "period": stated["Period"],
            "stat": stated["Stat"],
            **({} if stated.get("Unit") is None else {"unit": stated["Unit"]}),
        }
    else:
        shown["expression"] = query["Expression"]
    if query.get("Label"):
        shown["label"] = query["Label"]
    return {**shown, "returnData": query.get("ReturnData", True)}
