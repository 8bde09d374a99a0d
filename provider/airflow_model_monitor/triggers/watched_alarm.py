"""Which alarm is waited for: the arguments that a sensor and its trigger share, and one look at CloudWatch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict

from airflow_model_monitor.service.monitor_metric import ENDPOINT, SCHEDULE

_BATCH = "aws/sagemaker/ModelMonitoring/"
_OURS = "aws/sagemaker/"


class AlarmStatus(TypedDict):
    """An alarm as it stands, JSON-able; ``dimensions`` are None for a composite alarm or metric math."""

    alarm_name: str
    alarm_arn: str
    state: str
    state_changed: str
    reason: str
    metric: str | None
    dimensions: dict[str, str] | None
    hint: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WatchedAlarm:
    """Which alarm, in which state, and read with which connection. Texts, numbers and None: it travels as JSON.

    :param alarm_name: the alarm.
    :param state: the state that is waited for.
    :param changed_after: only a change of state at or after this instant counts, ISO 8601; None: any.
    :param aws_conn_id: Airflow connection of type ``aws``; None means boto3's own credentials.
    :param region_name: region, where the connection names none.
    :param verify: TLS verification, as boto3 takes it.
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    """

    alarm_name: str
    state: str = "ALARM"
    changed_after: str | None = None
    aws_conn_id: str | None = "aws_default"
    region_name: str | None = None
    verify: bool | str | None = None
    botocore_config: dict[str, Any] | None = None

    def read(self) -> AlarmStatus | None:
        """The alarm as it stands; None when there is none of this name. Blocks on CloudWatch."""
        from airflow_model_monitor.hooks.cloudwatch_alarms import CloudWatchAlarms
        from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook

        hook = ModelMonitorHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )
        found = CloudWatchAlarms.of(hook).named([self.alarm_name]).get(self.alarm_name)
        return None if found is None else alarm_status(found.described)

    def is_met(self, status: AlarmStatus) -> bool:
        """Whether this is what is waited for."""
        if status["state"] != self.state:
            return False
        changed = datetime.fromisoformat(status["state_changed"])
        return self.changed_after is None or changed >= datetime.fromisoformat(self.changed_after)


def alarm_status(described: Mapping[str, Any]) -> AlarmStatus:
    """An alarm as ``DescribeAlarms`` tells it."""
    dimensions = {one["Name"]: one["Value"] for one in described.get("Dimensions", [])}
    of_metric = "MetricName" in described
    # A state that was confirmed anew is no change of it.
    changed = described.get("StateTransitionedTimestamp") or described["StateUpdatedTimestamp"]
    return AlarmStatus(
        alarm_name=described["AlarmName"],
        alarm_arn=described["AlarmArn"],
        state=described["StateValue"],
        state_changed=changed.astimezone(UTC).isoformat(),
        reason=described.get("StateReason") or "",
        metric=described.get("MetricName"),
        dimensions=dimensions if of_metric else None,
        hint=_hint(described, dimensions) if described["StateValue"] == "INSUFFICIENT_DATA" else None,
    )


def _hint(described: Mapping[str, Any], dimensions: Mapping[str, str]) -> str:
    """Why there may be no data."""
    if "MetricName" not in described:
        return "Its metrics or child alarms have no data: look at them"
    namespace = str(described.get("Namespace", ""))
    needed = (SCHEDULE,) if namespace.startswith(_BATCH) else (ENDPOINT, SCHEDULE)
    missing = [name for name in needed if name not in dimensions] if namespace.startswith(_OURS) else []
    if missing:
        return (
            f"It has no dimension {' and no '.join(missing)}, and the metrics of {namespace} have: it will never "
            "have data; make it anew with CreateDriftAlarmOperator"
        )
    stated = ", ".join(f"{name}={value}" for name, value in dimensions.items())
    return (
        f"CloudWatch has no recent values of {described['MetricName']} with {stated} in {namespace}: no execution has "
        "published any yet (publish_cloudwatch_metrics), or a dimension is spelled otherwise"
    )
