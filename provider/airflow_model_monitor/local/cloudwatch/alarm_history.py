"""What ``DescribeAlarmHistory`` tells of an alarm: configurations, states, actions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow_model_monitor.local.cloudwatch.alarm import Alarm, AlarmState, Transition

KINDS = ("ConfigurationUpdate", "StateUpdate", "Action")


def configured(alarm: Alarm, verb: str, now: datetime) -> dict[str, Any]:
    """The item of a configuration: it was created, updated or deleted."""
    data = {"version": "1.0", "type": verb.capitalize()[:-1], f"{verb}AlarmConfiguration": dict(alarm.configuration)}
    return _item(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}', data, now)


def changed(transition: Transition) -> dict[str, Any]:
    """The item of a change of state."""
    alarm, old = transition.alarm, transition.previous
    data = {"version": "1.0", "oldState": _state(old), "newState": _state(alarm.state)}
    return _item(
        alarm, "StateUpdate", f"Alarm updated from {old.value} to {alarm.state.value}", data, alarm.state.updated
    )


def acted(alarm: Alarm, action: str, problem: str | None, now: datetime) -> dict[str, Any]:
    """The item of an action.

    :param problem: why it failed, None when it was done
    """
    data: dict[str, Any] = {"actionState": "Succeeded" if problem is None else "Failed", "notificationResource": action}
    summary = f"Successfully executed action {action}"
    if problem is not None:
        data["error"] = problem
        summary = f'Failed to execute action {action}. Received error: "{problem}"'
    return _item(alarm, "Action", summary, data, now)


def _item(alarm: Alarm, kind: str, summary: str, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmType": alarm.kind,
        "Timestamp": now.isoformat(),
        "HistoryItemType": kind,
        "HistorySummary": summary,
        "HistoryData": json.dumps(data, separators=(",", ":")),
    }


def _state(state: AlarmState) -> dict[str, Any]:
    shown: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    if state.reason_data is not None:
        shown["stateReasonData"] = json.loads(state.reason_data)
    return shown
