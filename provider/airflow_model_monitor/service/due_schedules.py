"""Which executions of schedules kept in a folder are due in an interval of time. A pure function of both.

A DAG run's data interval decides, not the clock, so a backfill starts the executions that were due then:

* A time is due in the interval that ends with it, ``(start, end]``: each is due once, however time is cut.
* A schedule without an expression, for which SageMaker picks a time of the day, is due at midnight UTC.
* ``NOW`` is due once, when the schedule was made.
* A stopped schedule is never due.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.contract.timestamps import parse_utc
from airflow_model_monitor.service.cron_expression import CronExpression
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.schedule_store import Document
from airflow_model_monitor.service.windows import Window

DAILY: Final = CronExpression.daily()


class DueExecution(NamedTuple):
    """One execution to start.

    :param schedule: the schedule's name
    :param scheduled_time: when it is due, in UTC
    """

    schedule: str
    scheduled_time: datetime


def due_executions(document: Document, interval: Window, *, since_made: bool) -> tuple[DueExecution, ...]:
    """The executions of one schedule that are due in an interval, in order.

    :param document: as :class:`~airflow_model_monitor.service.schedule_store.ScheduleStore` keeps it
    :param since_made: leave out what was due before the schedule was made, as SageMaker does; a backfill wants it
    :raises ContractError: naming the member that is missing or of a wrong type
    :raises ValueError: no expression that SageMaker knows
    """
    root = JsonNode(document, "MonitoringSchedule")
    schedule = MonitoringSchedule.from_api(document)
    made_at = root.child("CreationTime")
    made = parse_utc(made_at.text(), field=made_at.path)
    if root.child("MonitoringScheduleStatus").text() != "Scheduled":
        return ()
    cron = DAILY if schedule.timing is None else schedule.timing.cron
    if cron.is_now:
        return (DueExecution(schedule.name, made),) if interval.start < made <= interval.end else ()
    return tuple(
        DueExecution(schedule.name, moment) for moment in cron.due_in(interval) if not since_made or moment > made
    )
