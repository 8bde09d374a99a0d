"""Lets a stopped monitoring schedule run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_model_monitor.operators.monitoring_schedule import MonitoringScheduleOperator

if TYPE_CHECKING:
    from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleChange, ScheduleLifecycle


class StartMonitoringScheduleOperator(MonitoringScheduleOperator):
    """Let a monitoring schedule run again that was stopped.

    Use it after a deployment or a new baseline. One that runs already is left as it is. The next execution is that of
    the next due time: what was missed is not made up for (of schedules in a folder, ``airflow backfill create`` of the
    scheduler's DAG makes it up).

    Returns a :class:`~airflow_model_monitor.operators.monitoring_schedule.ScheduleSummary`. The arguments are those of
    :class:`~airflow_model_monitor.operators.monitoring_schedule.MonitoringScheduleOperator`.
    """

    def change(self, lifecycle: ScheduleLifecycle) -> ScheduleChange:
        """Start it, unless that is done."""
        return lifecycle.start()
