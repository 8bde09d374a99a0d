"""Which execution of a schedule a window stands for: the one that was due when the window's data were complete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.monitoring_execution import MonitoringExecution
from airflow_model_monitor.service.offsets import parse_offset
from airflow_model_monitor.service.windows import HOUR, Window


@dataclass(frozen=True, slots=True)
class DueExecution:
    """An execution that is looked for.

    Schedules are due on whole hours, ``NOW`` at any minute of one: an execution matches when its ``ScheduledTime`` lies
    in the interval. When it was created or changed says nothing, both come late.

    :param schedule: name of the monitoring schedule
    :param due_from: first instant at which it may have been due, timezone-aware
    :param due_before: first instant after those
    """

    schedule: str
    due_from: datetime
    due_before: datetime

    def __post_init__(self) -> None:
        checked_name("schedule", self.schedule)
        if self.due_before <= self.due_from:
            raise ValueError(
                f"due_before: {format_utc(self.due_before)} is not after due_from {format_utc(self.due_from)}"
            )

    def matches(self, execution: MonitoringExecution) -> bool:
        """Whether this is one."""
        return execution.schedule == self.schedule and self.due_from <= execution.scheduled_time < self.due_before

    def newest(self, executions: Iterable[MonitoringExecution]) -> MonitoringExecution | None:
        """The one among these; the newest where a schedule was deleted and made again within the hour."""
        found = [execution for execution in executions if self.matches(execution)]
        return max(found, key=lambda one: (one.scheduled_time, one.creation_time), default=None)

    def __str__(self) -> str:
        due = f"at {format_utc(self.due_from)}"
        if self.due_before - self.due_from > HOUR:
            due = f"from {format_utc(self.due_from)} to {format_utc(self.due_before)}"
        return f"execution of {self.schedule} that was due {due}"


def due_execution(
    schedule: str,
    window: Window,
    *,
    end_time_offset: str | timedelta | None = None,
    scheduled_within: timedelta = HOUR,
) -> DueExecution:
    """The execution that looked at a window.

    :param end_time_offset: the ``EndTimeOffset`` of the schedule's input, or its ``DataAnalysisEndTime``, such as
        ``-P1D``: the window ended that long before the execution was due; None: it ended when the execution was due
    :param scheduled_within: how long after that the schedule may be due. An hour, unless SageMaker picked the time of
        a daily schedule
    :raises ValueError: an offset that is none or lies in the future, or no time at all to be due in
    """
    offset = timedelta(0) if end_time_offset is None else parse_offset(end_time_offset, argument="end_time_offset")
    if offset > timedelta(0):
        raise ValueError(
            f"end_time_offset: {end_time_offset!r} lies after the scheduled time, when there is no data yet; offsets "
            "count from there, so write e.g. '-P1D'"
        )
    if not isinstance(scheduled_within, timedelta) or scheduled_within <= timedelta(0):
        raise ValueError(
            f"scheduled_within: {scheduled_within!r}; expected a timedelta above 0, e.g. timedelta(hours=1)"
        )
    due = window.end - offset
    return DueExecution(schedule, due, due + scheduled_within)
