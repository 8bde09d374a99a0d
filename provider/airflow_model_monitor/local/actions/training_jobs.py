"""Create, Describe, Stop, Delete and List of training jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.errors import validation_error
from airflow_model_monitor.local.listing import listed
from airflow_model_monitor.local.maintenance import refuse_debugger
from airflow_model_monitor.local.training_container import channels

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws

Request = Mapping[str, Any]
_SUMMARY: Final = (
    "TrainingJobName",
    "TrainingJobArn",
    "CreationTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "TrainingJobStatus",
    "SecondaryStatus",
)


def _create(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    refuse_debugger(aws, request)
    try:
        channels(request)
    except ValueError as error:
        raise validation_error(str(error)) from error
    with aws.lock:
        key = aws.training_jobs.add_new(region, request, aws.clock.now())
    aws.queue.add_job(aws.training_jobs, key)
    return {"TrainingJobArn": aws.training_jobs.get_key(key)["TrainingJobArn"]}


def _describe(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    return aws.training_jobs.get(region, request["TrainingJobName"])


def _stop(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    name = request["TrainingJobName"]
    with aws.lock:
        aws.training_jobs.running(region, name)
        now, key = aws.clock.now(), f"{region}/{name}"
        stopping = aws.training_jobs.entered(key, "Stopping", now)
        aws.training_jobs.change(key, now, TrainingJobStatus="Stopping", **stopping)
    aws.queue.stop_job(aws.training_jobs, key)
    return {}


def _delete(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    aws.training_jobs.delete(region, request["TrainingJobName"])
    return {}


def _list(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    return listed(
        request,
        aws.training_jobs.all(region),
        member="TrainingJobSummaries",
        name="TrainingJobName",
        # There are no warm pools and no training plans.
        filters={"StatusEquals": "TrainingJobStatus", "WarmPoolStatusEquals": "", "TrainingPlanArnEquals": ""},
        sort_keys={"Name": "TrainingJobName", "CreationTime": "CreationTime", "Status": "TrainingJobStatus"},
        summary=_SUMMARY,
    )


ACTIONS: dict[str, Action] = {
    "CreateTrainingJob": _create,
    "DescribeTrainingJob": _describe,
    "StopTrainingJob": _stop,
    "DeleteTrainingJob": _delete,
    "ListTrainingJobs": _list,
}
