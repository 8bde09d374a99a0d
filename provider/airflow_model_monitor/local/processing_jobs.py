"""Processing jobs as they are kept: what ``DescribeProcessingJob`` answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.local.aws import epoch
from airflow_model_monitor.local.errors import in_use, validation_error
from airflow_model_monitor.local.listing import MADE
from airflow_model_monitor.local.schedules import REGION
from airflow_model_monitor.local.tags import put_tags

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws
    from airflow_model_monitor.local.section import Section

ARN_KIND: Final = "processing-job"
TERMINAL: Final = ("Completed", "Failed", "Stopped")


def read_request(document: Mapping[str, Any]) -> ProcessingJobRequest:
    """The request in a job's document; its machines are nobody's business here.

    :raises ContractError: an input or output that is not of S3
    """
    return ProcessingJobRequest.from_api({**document, "ProcessingResources": None})


class ProcessingJobs:
    """All processing jobs of one local SageMaker, by ``region/name``."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self.section: Section = aws.journal.section("processing-jobs")

    def add(
        self,
        region: str,
        request: Mapping[str, Any],
        created: datetime,
        *,
        schedule_arn: str | None = None,
        execution: str | None = None,
    ) -> str:
        """Keep a new job, ``InProgress``; the one an execution already has is left as it is.

        :param request: of ``CreateProcessingJob``
        :param schedule_arn: of the schedule whose execution it belongs to
        :param execution: that execution's key
        :returns: its key
        :raises ServiceError: the name is taken
        """
        name = request["ProcessingJobName"]
        key, arn = f"{region}/{name}", self._aws.arn(region, ARN_KIND, name)
        with self._aws.lock, self._aws.journal.together():
            there = self.section.get(key)
            if there is not None:
                if execution is not None and there.get("_execution") == execution:
                    return key
                raise in_use(f"Job name must be unique within an AWS account and region, and {arn} exists.")
            document = {member: value for member, value in request.items() if member != "Tags"}
            document |= {
                "ProcessingJobArn": arn,
                "ProcessingJobStatus": "InProgress",
                "CreationTime": epoch(created),
                "LastModifiedTime": epoch(created),
                "MonitoringScheduleArn": schedule_arn,
                "_execution": execution,
                MADE: time.time_ns(),
                REGION: region,
            }
            self.section.put(key, document)
            put_tags(self._aws, arn, request.get("Tags"))
        self._tell(document)
        return key

    def get_key(self, key: str) -> dict[str, Any]:
        """One job that is there."""
        found: dict[str, Any] = self.section.get(key)
        return found

    def get(self, region: str, name: str) -> dict[str, Any]:
        """One job.

        :raises ServiceError: there is none; AWS calls that a ValidationException
        """
        found: dict[str, Any] | None = self.section.get(f"{region}/{name}")
        if found is None:
            raise validation_error(f"Could not find requested job with name: {name}")
        return found

    def change(self, key: str, moment: datetime, **members: Any) -> dict[str, Any]:
        """Change members of a job."""
        with self._aws.lock:
            before = self.get_key(key)
            document = {**before, **members, "LastModifiedTime": epoch(moment)}
            self.section.put(key, document)
        if document["ProcessingJobStatus"] != before["ProcessingJobStatus"]:
            self._tell(document)
        return document

    def _tell(self, document: Mapping[str, Any]) -> None:
        for call in self._aws.when_changed:
            call(ARN_KIND, document)

    def all(self, region: str) -> list[dict[str, Any]]:
        """Those of a region."""
        return [one for one in self.section.values() if one[REGION] == region]

    def unfinished(self) -> list[str]:
        """Keys of those that have not come to their end, oldest first."""
        return [key for key, one in self.section.items() if one["ProcessingJobStatus"] not in TERMINAL]
