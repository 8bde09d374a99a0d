"""Lets no more executions of a monitoring schedule start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_model_monitor.operators.monitoring_schedule import MonitoringScheduleOperator

if TYPE_CHECKING:
    from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleChange, ScheduleLifecycle


class StopMonitoringScheduleOperator(MonitoringScheduleOperator):
    """Let a monitoring schedule start no more executions.

    Use it while a model is being replaced. An execution that runs goes on; one that is stopped already is left as it
    is. The scheduler of schedules in a folder passes over stopped ones, in backfills too.

    Returns a :class:`~airflow_model_monitor.operators.monitoring_schedule.ScheduleSummary`. The arguments are those of
    :class:`~airflow_model_monitor.operators.monitoring_schedule.MonitoringScheduleOperator`.
    """

    def change(self, lifecycle: ScheduleLifecycle) -> ScheduleChange:
        """Stop it, unless that is done."""
        return lifecycle.stop()
