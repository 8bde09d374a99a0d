"""Whether an execution of a SageMaker schedule will still come, and why it has not."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.hooks.aws_failure import error_code
from airflow_model_monitor.service.cron_expression import CronExpression
from airflow_model_monitor.service.windows import HOUR

if TYPE_CHECKING:
    from airflow_model_monitor.hooks.monitoring_executions import MonitoringExecutions
    from airflow_model_monitor.service.due_execution import DueExecution

_LOG = logging.getLogger(__name__)
_DENIED: Final = ("AccessDenied", "AccessDeniedException")


def check_it_can_come(due: DueExecution, executions: MonitoringExecutions) -> None:
    """Refuse to wait for an execution that is not there and cannot come. Blocks on AWS.

    :raises AirflowFailException: there is no such schedule, or it is never due at that time
    """
    try:
        schedule = executions.schedule(due.schedule)
    except Exception as error:
        if error_code(error) not in _DENIED:
            raise
        _LOG.info("Not allowed to DescribeMonitoringSchedule, so whether %s is due then stays unknown", due.schedule)
        return
    if schedule is None:
        raise AirflowFailException(
            f"there is no monitoring schedule named {due.schedule!r} in this account and region, and no {due}. Check "
            "monitoring_schedule_name, aws_conn_id and region_name; an execution in a store of our own is found by "
            "output_uri"
        )
    if (problem := _never_due(due, schedule)) is not None:
        raise AirflowFailException(problem)
    if schedule.get("MonitoringScheduleStatus") != "Scheduled":
        _LOG.warning("Waiting although: %s", _state(due, schedule))


def why_it_is_not_there(due: DueExecution, executions: MonitoringExecutions) -> str:
    """One sentence about an execution that was waited for in vain. Blocks on AWS, and never raises."""
    try:
        execution = executions.find(due)
        if execution is not None:
            job = f" (job {execution.job_arn})" if execution.job_arn else ""
            return f"the {execution} is {execution.status}{job}"
        schedule = executions.schedule(due.schedule)
    except Exception as error:  # noqa: BLE001  the time-out is the error, this only its explanation
        return f"the {due} could not be looked up: {type(error).__name__}: {error}"
    if schedule is None:
        return f"the {due} never appeared: there is no such schedule"
    return f"the {due} never appeared: {_state(due, schedule)}"


def _state(due: DueExecution, schedule: Mapping[str, Any]) -> str:
    reason = schedule.get("FailureReason")
    status = f"the schedule is {schedule.get('MonitoringScheduleStatus')}{f' ({reason})' if reason else ''}"
    config = schedule.get("MonitoringScheduleConfig", {}).get("ScheduleConfig")
    if config is None:
        hint = " once a day at a time of SageMaker's choice"
        return f"{status}{hint}; scheduled_within=timedelta(days=1) takes whichever it is"
    created = schedule.get("CreationTime")
    since = f", since {created.isoformat()}" if created is not None and created > due.due_from else ""
    return f"{status} and runs {config.get('ScheduleExpression')}{since}"


def _never_due(due: DueExecution, schedule: Mapping[str, Any]) -> str | None:
    config = schedule.get("MonitoringScheduleConfig", {}).get("ScheduleConfig")
    if config is None:
        return None
    try:
        cron = CronExpression(config["ScheduleExpression"])
    except ValueError:  # a form that SageMaker knows and we do not
        return None
    hours = set()
    moment = due.due_from
    while moment < due.due_before and len(hours) < 24:
        hours.add(moment.hour)
        moment += HOUR
    if cron.is_now or hours.intersection(cron.hours):
        return None
    return (
        f"{due.schedule} runs {cron.text} and is never due at that time (UTC), so there is no {due}. Give the DAG the "
        "schedule's cron; or, where its data end before it is due, end_time_offset; or a longer scheduled_within than "
        f"{(due.due_before - due.due_from) / timedelta(hours=1):g} hours"
    )
