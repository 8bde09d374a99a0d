"""Waits for an alarm of CloudWatch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow.sdk import PokeReturnValue

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.assets.window import instant
from airflow_model_monitor.sensors.connected import ConnectedSensor
from airflow_model_monitor.triggers.drift_alarm import DriftAlarmTrigger
from airflow_model_monitor.triggers.watched_alarm import AlarmStatus, WatchedAlarm

if TYPE_CHECKING:
    from airflow.sdk import Context

AwaitedState = Literal["ALARM", "OK"]
OnInsufficientData = Literal["wait", "fail"]


class DriftAlarmSensor(ConnectedSensor):
    """Wait until an alarm is in ALARM, or in OK again.

    Use it in a DAG that has a schedule of its own; to *start* a DAG on an alarm, schedule it on an ``AssetWatcher``
    with ``AlarmMessageTrigger``. An alarm without data says why in the log: often a dimension is missing, and then
    it has none for ever. Any alarm will do, a composite one too. An alarm that is not there fails at once.

    Returns the alarm as it stands: ``alarm_name``, ``alarm_arn``, ``state``, ``state_changed``, ``reason``, ``metric``,
    ``dimensions``. ``timeout``, ``soft_fail``, ``mode`` and the other arguments of Airflow's sensors mean what they
    always mean, deferred or not. Needs ``cloudwatch:DescribeAlarms`` on all alarms.

    :param alarm_name: the alarm, as ``CreateDriftAlarmOperator`` returns it. (templated)
    :param state: ``"ALARM"`` or ``"OK"``.
    :param changed_after: only a change of state at or after this instant counts, ISO 8601 with offset, such as
        ``"{{ data_interval_end.isoformat() }}"``; default: any. (templated)
    :param on_insufficient_data: what an alarm without data does: ``"wait"`` or ``"fail"``.
    :param aws_conn_id: Airflow connection of type ``aws``; None means boto3's own credentials. (templated)
    :param region_name: AWS region, where the connection names none. (templated)
    :param verify: TLS verification, as boto3 takes it. (templated)
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    :param deferrable: wait in the triggerer instead of in a worker.
    """

    template_fields: Sequence[str] = ("alarm_name", "changed_after", *ConnectedSensor.template_fields)

    def __init__(
        self,
        *,
        alarm_name: str,
        state: AwaitedState = "ALARM",
        changed_after: str | datetime | None = None,
        on_insufficient_data: OnInsufficientData = "wait",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        one_of("state", state, get_args(AwaitedState))
        one_of("on_insufficient_data", on_insufficient_data, get_args(OnInsufficientData))
        self.alarm_name = alarm_name
        self.state = state
        self.changed_after = changed_after
        self.on_insufficient_data = on_insufficient_data

    def execute_complete(self, context: Context, event: Mapping[str, Any] | None = None) -> AlarmStatus:
        """Take over what the trigger saw."""
        status: AlarmStatus | None = (event or {}).get("alarm")
        if not self._is_over(status):
            raise AirflowFailException(f"the trigger ended with {event!r}, which is no alarm in {self.state}")
        assert status is not None
        return status

    def poke(self, context: Context) -> PokeReturnValue:
        """One look at CloudWatch."""
        status = self._watched.read()
        return PokeReturnValue(is_done=self._is_over(status), xcom_value=status)

    def _is_over(self, status: AlarmStatus | None) -> bool:
        if status is None:
            raise AirflowFailException(
                f"alarm_name={self.alarm_name!r}: there is no such alarm in this account and region; make it with "
                "CreateDriftAlarmOperator, or look at region_name and the connection"
            )
        if self._watched.is_met(status):
            self.log.info(
                "%s is %s since %s: %s", self.alarm_name, self.state, status["state_changed"], status["reason"]
            )
            return True
        message = f"{self.alarm_name} is {status['state']} since {status['state_changed']}"
        if status["hint"] is None:
            self.log.info("%s", message)
        elif self.on_insufficient_data == "fail":
            raise AirflowFailException(f"{message}. {status['hint']}")
        else:
            self.log.warning("%s. %s", message, status["hint"])
        return False

    @property
    def _watched(self) -> WatchedAlarm:
        after = None if self.changed_after is None else instant("changed_after", self.changed_after)
        if after is not None and after.tzinfo is None:
            raise AirflowFailException(
                f"changed_after={self.changed_after!r} has no time zone; write it as '2026-01-02T03:00:00+00:00'"
            )
        return WatchedAlarm(
            alarm_name=self.alarm_name,
            state=self.state,
            changed_after=None if after is None else after.isoformat(),
            **self.connection,
        )

    def _trigger(self, context: Context) -> DriftAlarmTrigger:
        return DriftAlarmTrigger(
            **dataclasses.asdict(self._watched),
            ends_on_insufficient_data=self.on_insufficient_data == "fail",
            poke_interval=self.poke_interval,
        )
