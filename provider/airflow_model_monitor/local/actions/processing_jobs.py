"""Create, Describe, Stop, Delete and List of processing jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.errors import validation_error
from airflow_model_monitor.local.listing import listed
from airflow_model_monitor.local.maintenance import refuse_clarify
from airflow_model_monitor.local.processing_jobs import read_request

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws

Request = Mapping[str, Any]
_SUMMARY: Final = (
    "ProcessingJobName",
    "ProcessingJobArn",
    "CreationTime",
    "ProcessingEndTime",
    "LastModifiedTime",
    "ProcessingJobStatus",
    "FailureReason",
    "ExitMessage",
)


def _create(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    refuse_clarify(aws, request["AppSpecification"]["ImageUri"])
    try:
        read_request(request)
    except ValueError as error:
        raise validation_error(f"{error}. The local SageMaker reads and writes S3 only.") from error
    with aws.lock:
        key = aws.processing_jobs.add(region, request, aws.clock.now())
    aws.queue.add_job(aws.processing_jobs, key)
    return {"ProcessingJobArn": aws.processing_jobs.get_key(key)["ProcessingJobArn"]}


def _describe(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    return aws.processing_jobs.get(region, request["ProcessingJobName"])


def _stop(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    name = request["ProcessingJobName"]
    with aws.lock:
        document = aws.processing_jobs.running(region, name)
        aws.processing_jobs.change(f"{region}/{name}", aws.clock.now(), ProcessingJobStatus="Stopping")
        execution = document.get("_execution")
        if execution is not None:
            aws.executions.change(execution, aws.clock.now(), MonitoringExecutionStatus="Stopping")
    aws.queue.stop_job(aws.processing_jobs, f"{region}/{name}")
    return {}


def _delete(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    aws.processing_jobs.delete(region, request["ProcessingJobName"])
    return {}


def _list(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    return listed(
        request,
        aws.processing_jobs.all(region),
        member="ProcessingJobSummaries",
        name="ProcessingJobName",
        filters={"StatusEquals": "ProcessingJobStatus"},
        sort_keys={"Name": "ProcessingJobName", "CreationTime": "CreationTime", "Status": "ProcessingJobStatus"},
        summary=_SUMMARY,
    )


ACTIONS: dict[str, Action] = {
    "CreateProcessingJob": _create,
    "DescribeProcessingJob": _describe,
    "StopProcessingJob": _stop,
    "DeleteProcessingJob": _delete,
    "ListProcessingJobs": _list,
}
