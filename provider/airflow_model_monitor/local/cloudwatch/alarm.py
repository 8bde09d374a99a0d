"""One alarm: what was asked for, and the state it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from airflow_model_monitor.local.cloudwatch.alarm_evaluation import Criterion, StateValue
from airflow_model_monitor.local.cloudwatch.alarm_reason import UNCHECKED

ACTIONS: Final[dict[StateValue, str]] = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
"""Which member lists what is done on entering a state."""


@dataclass(frozen=True, slots=True)
class AlarmState:
    """``updated`` is when the value was last set, ``transitioned`` when it last became another."""

    value: StateValue
    reason: str
    reason_data: str | None
    updated: datetime
    transitioned: datetime

    @classmethod
    def initial(cls, now: datetime) -> AlarmState:
        """Of an alarm that was made just now."""
        return cls("INSUFFICIENT_DATA", UNCHECKED, None, now, now)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A metric alarm, or a composite one (its ``configuration`` has an ``AlarmRule``).

    :param configuration: the request's members but ``Tags``, defaults filled in; ``ActionsEnabled`` as set since
    :param configured: when it was last put
    """

    name: str
    arn: str
    configuration: Mapping[str, Any]
    configured: datetime
    state: AlarmState

    @property
    def composite(self) -> bool:
        """Whether it watches alarms and no metric."""
        return "AlarmRule" in self.configuration

    @property
    def kind(self) -> str:
        """``MetricAlarm`` or ``CompositeAlarm``."""
        return "CompositeAlarm" if self.composite else "MetricAlarm"

    @property
    def account(self) -> str:
        """The account in the ARN."""
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        """The region in the ARN."""
        return self.arn.split(":")[3]

    @property
    def criterion(self) -> Criterion:
        """When a metric alarm is in ALARM."""
        stated = self.configuration
        periods = stated["EvaluationPeriods"]
        return Criterion(
            comparison=stated["ComparisonOperator"],
            threshold=float(stated["Threshold"]),
            evaluation_periods=periods,
            datapoints_to_alarm=stated.get("DatapointsToAlarm") or periods,
            treat_missing_data=stated.get("TreatMissingData") or "missing",
        )

    def actions(self) -> list[str]:
        """ARNs of what is to be done on entering the present state; none while actions are disabled."""
        if not self.configuration["ActionsEnabled"]:
            return []
        return list(self.configuration[ACTIONS[self.state.value]])

    def with_state(self, value: StateValue, reason: str, reason_data: str | None, now: datetime) -> Alarm:
        """The alarm with a state that was set now, the same or another."""
        transitioned = self.state.transitioned if value == self.state.value else now
        return replace(self, state=AlarmState(value, reason, reason_data, now, transitioned))

    def with_actions_enabled(self, enabled: bool) -> Alarm:
        """The alarm with its actions switched."""
        return replace(self, configuration={**self.configuration, "ActionsEnabled": enabled})

    def to_api(self) -> dict[str, Any]:
        """As ``DescribeAlarms`` shows it, with times as datetimes."""
        state = self.state
        shown = {name: value for name, value in self.configuration.items() if value is not None}
        shown |= {
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "StateValue": state.value,
            "StateReason": state.reason,
            "StateUpdatedTimestamp": state.updated,
            "StateTransitionedTimestamp": state.transitioned,
        }
        if state.reason_data is not None:
            shown["StateReasonData"] = state.reason_data
        return shown

    def to_document(self) -> dict[str, Any]:
        """The alarm for a journal: JSON values only."""
        state = self.state
        return {
            "name": self.name,
            "arn": self.arn,
            "configuration": dict(self.configuration),
            "configured": self.configured.isoformat(),
            "state": {
                "value": state.value,
                "reason": state.reason,
                "reason_data": state.reason_data,
                "updated": state.updated.isoformat(),
                "transitioned": state.transitioned.isoformat(),
            },
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Alarm:
        """The alarm a journal holds."""
        state = document["state"]
        return cls(
            name=document["name"],
            arn=document["arn"],
            configuration=document["configuration"],
            configured=datetime.fromisoformat(document["configured"]),
            state=AlarmState(
                state["value"],
                state["reason"],
                state["reason_data"],
                datetime.fromisoformat(state["updated"]),
                datetime.fromisoformat(state["transitioned"]),
            ),
        )


@dataclass(frozen=True, slots=True)
class Transition:
    """An alarm after a change of state, and the state before.

    :param children: of a composite alarm: ARN, state and time of the alarms it followed
    """

    alarm: Alarm
    previous: AlarmState
    children: tuple[tuple[str, str, datetime], ...] = ()
