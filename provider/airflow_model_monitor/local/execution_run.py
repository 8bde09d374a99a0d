"""One execution of a schedule: planned, its jobs run one after the other, its end written down."""

from __future__ import annotations

import dataclasses
import secrets
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.exit_message import status_of
from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest
from airflow_model_monitor.local.clock import Stopwatch
from airflow_model_monitor.local.executions import TERMINAL
from airflow_model_monitor.local.job_child import Interrupted
from airflow_model_monitor.local.s3_folders import holds_objects
from airflow_model_monitor.local.schedules import REGION
from airflow_model_monitor.runtimes.data_inputs import NO_DATA, inputs_below
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor import Monitor
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.planner import plan

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

RunJob = Callable[[str, datetime], None]
_SOURCES: Final = ("dataset_source", "ground_truth_source")


def run_execution(aws: LocalAws, key: str, run_job: RunJob) -> None:
    """Run an execution to its end, or on from where a killed server left it.

    :param run_job: runs a processing job, given its key and the time it starts at
    :raises Interrupted: the server stops
    """
    execution = aws.executions.get(key)
    if execution["MonitoringExecutionStatus"] in TERMINAL:
        return
    watch = Stopwatch(aws.clock, datetime.fromtimestamp(execution["CreationTime"], UTC))
    try:
        status, reason = _run(aws, key, execution, watch, run_job)
    except ValueError as error:
        # What no runtime accepts, e.g. a window that is not made of whole hours.
        status, reason = "Failed", f"ClientError: {error}"
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - an execution comes to an end whatever happens
        traceback.print_exc(file=sys.stderr)
        status, reason = "Failed", f"InternalServerError: {type(error).__name__}: {error}"
    aws.executions.change(key, watch.now(), MonitoringExecutionStatus=status, FailureReason=reason and reason[:1024])


def _run(
    aws: LocalAws, key: str, execution: Mapping[str, Any], watch: Stopwatch, run_job: RunJob
) -> tuple[str, str | None]:
    """Status and failure reason of the execution, which has come to its end."""
    region = execution[REGION]
    scheduled = datetime.fromtimestamp(execution["ScheduledTime"], UTC)
    planned = plan(monitor_of(execution["_monitor"]), scheduled)
    # The digits that both jobs' names end in are random, as at AWS: a schedule may be deleted and made again.
    digits = execution.get("_digits") or secrets.token_hex(12)
    aws.executions.change(key, watch.now(), _digits=digits)
    status: str = "Completed"
    for request in planned.jobs:
        there = _with_data(aws, region, request)
        if there is None:
            return "Failed", NO_DATA
        there = dataclasses.replace(there, job_name=f"{request.job_name[: -len(digits)]}{digits}")
        job_key = aws.processing_jobs.add_of_execution(
            region, there.to_api(), watch.now(), schedule_arn=execution["_schedule_arn"], execution=key
        )
        arn = aws.processing_jobs.get_key(job_key)["ProcessingJobArn"]
        aws.executions.change(key, watch.now(), MonitoringExecutionStatus="InProgress", ProcessingJobArn=arn)
        run_job(job_key, watch.now())
        job = aws.processing_jobs.get_key(job_key)
        status = job["ProcessingJobStatus"]
        if status != "Completed":
            return status, job.get("FailureReason")
        status = status_of(job.get("ExitMessage", ""), 0)
    return status, None


def monitor_of(stored: Mapping[str, Any]) -> Monitor:
    """The monitor that :func:`stored_monitor` wrote down."""
    schedule = MonitoringSchedule.from_api(stored["schedule"])
    definition = stored["definition"]
    return Monitor.of(
        schedule,
        None if definition is None else JobDefinition.from_api(definition),
        captured_data_uri=stored["captured_data_uri"],
        variant=stored["variant"],
        baselining_output_uri=stored["baselining_output_uri"],
    )


def _with_data(aws: LocalAws, region: str, request: ProcessingJobRequest) -> ProcessingJobRequest | None:
    """The request without the hours that nobody captured or labelled; None where one of its sources has nothing."""
    missing: set[ProcessingInput] = set()
    for source in _SOURCES:
        inputs = inputs_below(request, source)
        absent = {one for one in inputs if not holds_objects(aws, region, one.uri)}
        if inputs and len(absent) == len(inputs):
            return None
        missing |= absent
    return dataclasses.replace(request, inputs=tuple(one for one in request.inputs if one not in missing))
