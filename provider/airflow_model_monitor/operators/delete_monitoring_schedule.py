"""Removes a monitoring schedule and its job definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_model_monitor.operators.monitoring_schedule import MonitoringScheduleOperator

if TYPE_CHECKING:
    from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleChange, ScheduleLifecycle


class DeleteMonitoringScheduleOperator(MonitoringScheduleOperator):
    """Delete a monitoring schedule, and the job definitions that no other schedule uses.

    Use it before the endpoint is deleted, or in a teardown: a schedule that is not there counts as deleted. Waits until
    a schedule that is ``Pending`` can be deleted, until it is gone, and until its definition, which it locked, is gone
    too. Results, baselines and executions stay.

    Returns a :class:`~airflow_model_monitor.operators.monitoring_schedule.ScheduleSummary`. The arguments are those of
    :class:`~airflow_model_monitor.operators.monitoring_schedule.MonitoringScheduleOperator`.
    """

    def change(self, lifecycle: ScheduleLifecycle) -> ScheduleChange:
        """Delete it, unless that is done."""
        return lifecycle.delete()
