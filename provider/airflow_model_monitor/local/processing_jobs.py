"""Processing jobs as they are kept: what ``DescribeProcessingJob`` answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.local.jobs import JobKind, Jobs

PROCESSING_JOB: Final = JobKind(
    arn="processing-job",
    spoken="processing job",
    name="ProcessingJobName",
    arn_member="ProcessingJobArn",
    status="ProcessingJobStatus",
    started="ProcessingStartTime",
    ended="ProcessingEndTime",
)


def read_request(document: Mapping[str, Any]) -> ProcessingJobRequest:
    """The request in a job's document; its machines are nobody's business here.

    :raises ContractError: an input or output that is not of S3
    """
    return ProcessingJobRequest.from_api({**document, "ProcessingResources": None})


class ProcessingJobs(Jobs):
    """All processing jobs of one local SageMaker."""

    KIND = PROCESSING_JOB
    TAKEN = "Job name must be unique within an AWS account and region, and {arn} exists."
    MISSING = "Could not find requested job with name: {name}"

    def add_of_execution(
        self, region: str, request: Mapping[str, Any], created: datetime, *, schedule_arn: str, execution: str
    ) -> str:
        """Keep the job of a schedule's execution; the one it already has is left as it is.

        :param request: of ``CreateProcessingJob``
        :param execution: the execution's key
        :returns: its key
        :raises ServiceError: the name is taken
        """
        key = f"{region}/{request['ProcessingJobName']}"
        there = self.section.get(key)
        if there is not None and there.get("_execution") == execution:
            return key
        return self.add(region, request, created, MonitoringScheduleArn=schedule_arn, _execution=execution)
