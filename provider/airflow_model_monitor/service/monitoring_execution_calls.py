"""The calls of SageMaker's API that are about executions; an execution is known by its schedule and its job."""

from __future__ import annotations

from datetime import datetime

from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.list_call import SortOrder, list_call


def list_executions(
    schedule: str | None = None,
    *,
    endpoint: str | None = None,
    status: str | None = None,
    monitoring_type: str | None = None,
    definition: str | None = None,
    scheduled_after: datetime | None = None,
    scheduled_before: datetime | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    sort_by: str | None = "ScheduledTime",
    sort_order: SortOrder | None = "Descending",
    max_results: int | None = 100,
    next_token: str | None = None,
) -> ApiCall:
    """One page of ``ListMonitoringExecutions``, the latest first unless told otherwise.

    AWS's SDK reads one page and then asks for each job; the summaries of all pages say the same. Filters by the time
    of the last change are left out on purpose: such lists are reported to get stuck.

    :param schedule: name of the monitoring schedule; None lists all
    :param status: e.g. ``CompletedWithViolations``
    :param scheduled_after: only executions due later than this, timezone-aware
    :raises ValueError: SageMaker would refuse it
    """
    return list_call(
        "ListMonitoringExecutions",
        schedule=schedule,
        endpoint=endpoint,
        status=status,
        monitoring_type=monitoring_type,
        definition=definition,
        scheduled_after=scheduled_after,
        scheduled_before=scheduled_before,
        created_after=created_after,
        created_before=created_before,
        sort_by=sort_by,
        sort_order=sort_order,
        max_results=max_results,
        next_token=next_token,
    )


def describe_job(job: str) -> ApiCall:
    """``DescribeProcessingJob`` of an execution.

    :param job: name of the job, or the ARN that the execution's summary has (one without data has none)
    """
    return ApiCall("DescribeProcessingJob", {"ProcessingJobName": job_of(job)})


def stop_job(job: str) -> ApiCall:
    """``StopProcessingJob``, which is how an execution is stopped.

    :param job: name of the job, or the ARN that the execution's summary has
    """
    return ApiCall("StopProcessingJob", {"ProcessingJobName": job_of(job)})


def job_of(arn: str) -> str:
    """The name of a job in its ARN, ``arn:aws:sagemaker:…:processing-job/<name>``; a name is taken as it is.

    :raises ValueError: it is neither
    """
    return checked_name("job", arn.rsplit(":processing-job/", 1)[-1])
