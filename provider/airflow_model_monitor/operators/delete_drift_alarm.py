"""Take back the alarms of a monitor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.operators.connected import ConnectedOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class DeleteDriftAlarmOperator(ConnectedOperator):
    """Delete an alarm, and the alarms below it that ``CreateDriftAlarmOperator`` made.

    Returns the names of the deleted alarms; none where there is nothing of that name, which is no error. Needs
    ``cloudwatch:DescribeAlarms`` and ``DeleteAlarms``.

    :param alarm_name: the alarm, as ``CreateDriftAlarmOperator`` returns it. (templated)

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = ("alarm_name", *ConnectedOperator.template_fields)

    def __init__(self, *, alarm_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alarm_name = alarm_name

    def execute(self, context: Context) -> list[str]:
        """Find and delete."""
        from airflow_model_monitor.hooks.cloudwatch_alarms import CloudWatchAlarms

        alarms = CloudWatchAlarms.of(self.hook)
        mine = alarms.named([self.alarm_name]).values()
        deleted = alarms.delete([*mine, *alarms.below(self.alarm_name)])
        self.log.info("Alarm %s: %s alarms deleted", self.alarm_name, len(deleted))
        return deleted
