"""How long the jobs of a schedule may run: no execution may take longer than the time to the next one."""

from __future__ import annotations

from typing import Final

from airflow_model_monitor.service.monitor_kind import MonitorKind
from airflow_model_monitor.service.schedule_config import ScheduleConfig
from airflow_model_monitor.service.windows import DAY, HOUR

LONGEST: Final = int(DAY.total_seconds())
"""What the service model allows of any monitoring job, in seconds."""


def run_time_cap(kind: MonitorKind | None, schedule: ScheduleConfig | None) -> int:
    """The most seconds a job of the schedule may run.

    Documented: no longer than the schedule's period; of an hourly one 3600, or 1800 where each execution is a merge and
    an analysis, which share the hour.

    :param kind: None for a container of one's own
    :param schedule: None leaves the time to SageMaker, which then runs it once a day
    """
    if schedule is None or schedule.cron.is_now:
        return LONGEST
    period = schedule.cron.period
    seconds = int(period.total_seconds())
    return seconds // 2 if period == HOUR and kind is not None and kind.merges else seconds


def check_run_time(
    max_runtime_in_seconds: int | None, kind: MonitorKind | None, schedule: ScheduleConfig | None
) -> None:
    """Raise unless the service would accept the time limit with this schedule.

    :raises ValueError: it is longer than the cap
    """
    cap = run_time_cap(kind, schedule)
    if max_runtime_in_seconds is None or max_runtime_in_seconds <= cap:
        return
    shared = ", which merge and analysis share" if kind is not None and kind.merges and cap == HOUR.seconds // 2 else ""
    expression = None if schedule is None else schedule.expression
    raise ValueError(
        f"max_runtime_in_seconds: {max_runtime_in_seconds}; allowed are 1 to {cap} with schedule_expression "
        f"{expression!r}{shared}: no job may run longer than the time to the next execution. Allow less, or run less "
        "often"
    )
