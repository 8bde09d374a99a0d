"""The executions of SageMaker's monitoring schedules, as one sensor looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_model_monitor.hooks.aws_failure import is_broken_off, is_missing
from airflow_model_monitor.hooks.aws_reader import AwsReader, AwsSettings
from airflow_model_monitor.links.console_domain import console_url
from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.due_execution import DueExecution
from airflow_model_monitor.service.execution_listing import MAX_PAGES, lists_by_schedule
from airflow_model_monitor.service.monitoring_execution import MonitoringExecution
from airflow_model_monitor.service.monitoring_execution_calls import describe_job, job_of
from airflow_model_monitor.service.monitoring_schedule_calls import describe_schedule

_READS: Final = 3


class MonitoringExecutions:
    """Finds an execution, and reads what its job left. Every method blocks on AWS.

    Errors are botocore's, after its retries and after new credentials.

    :param settings: how AWS is reached
    """

    def __init__(self, settings: AwsSettings) -> None:
        self._sagemaker = AwsReader(settings)
        self._s3 = AwsReader(settings, "s3")

    def find(self, due: DueExecution) -> MonitoringExecution | None:
        """The newest execution that was due then; None while there is none."""
        found: list[MonitoringExecution] = []
        for listed in lists_by_schedule([due]):
            token: str | None = None
            # An empty page is not the last one: only one without a token is.
            for _ in range(MAX_PAGES):
                answer = self._sagemaker.call(listed.page(token))
                found += map(MonitoringExecution.from_api, answer.get("MonitoringExecutionSummaries", ()))
                token = answer.get("NextToken")
                if not token:
                    break
        return due.newest(found)

    def job(self, execution: MonitoringExecution) -> Mapping[str, Any] | None:
        """``DescribeProcessingJob`` of an execution; None when it has no job, or the job is gone."""
        return None if execution.job_arn is None else self._there(describe_job(execution.job_arn))

    def schedule(self, name: str) -> Mapping[str, Any] | None:
        """``DescribeMonitoringSchedule``; None when there is no such schedule."""
        return self._there(describe_schedule(name))

    def read(self, url: str) -> bytes | None:
        """An object on S3, whole; None when there is none.

        :param url: ``s3://bucket/key``
        """
        bucket, _, key = url.removeprefix("s3://").partition("/")
        call = ApiCall("GetObject", {"Bucket": bucket, "Key": key})
        for attempt in range(_READS):
            try:
                answer = self._there(call, self._s3)
                return None if answer is None else bytes(answer["Body"].read())
            except Exception as error:
                # botocore asks again until an answer begins; that it breaks off in the middle is left to the reader.
                if attempt == _READS - 1 or not is_broken_off(error):
                    raise
        raise AssertionError("every attempt returns or raises")

    def console(self, execution: MonitoringExecution) -> str:
        """Address of the execution's job in AWS's console; empty where it has none."""
        if execution.job_arn is None:
            return ""
        _, partition, _, region, *_ = execution.job_arn.split(":")
        path = f"sagemaker/home#/processing-jobs/{job_of(execution.job_arn)}"
        return console_url(region, path, partition=partition)

    def _there(self, call: ApiCall, reader: AwsReader | None = None) -> dict[str, Any] | None:
        try:
            return (reader or self._sagemaker).call(call)
        except Exception as error:
            if is_missing(error):
                return None
            raise
