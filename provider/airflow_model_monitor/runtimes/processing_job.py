"""A processing job as SageMaker describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast

from airflow_model_monitor.contract.processing_job import ProcessingJobRequest

ProcessingStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]
ENDED: Final = ("Completed", "Failed", "Stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingJob:
    """What DescribeProcessingJob says of a job.

    :param exit_message: what the container left as its last words; empty where it left none
    :param failure_reason: SageMaker's own, e.g. ``AlgorithmError: …``; empty for a job that did not fail
    :param ran: how long the container ran; None before it started or ended
    :param longest: how long it may run; None where the description does not say
    """

    name: str
    arn: str
    status: ProcessingStatus
    exit_message: str = ""
    failure_reason: str = ""
    ran: timedelta | None = None
    longest: timedelta | None = None
    description: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, description: Mapping[str, Any]) -> ProcessingJob:
        """The job in a DescribeProcessingJob answer."""
        seconds = description.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        start, end = description.get("ProcessingStartTime"), description.get("ProcessingEndTime")
        known = isinstance(start, datetime) and isinstance(end, datetime)
        return cls(
            name=str(description["ProcessingJobName"]),
            arn=str(description.get("ProcessingJobArn", "")),
            status=cast(ProcessingStatus, description["ProcessingJobStatus"]),
            exit_message=str(description.get("ExitMessage") or ""),
            failure_reason=str(description.get("FailureReason") or ""),
            ran=end - start if known else None,
            longest=None if seconds is None else timedelta(seconds=int(seconds)),
            description=description,
        )

    @property
    def has_ended(self) -> bool:
        """Whether its status stays as it is."""
        return self.status in ENDED

    @property
    def reason(self) -> str:
        """Why it ended as it did: the container's words, else SageMaker's."""
        return self.exit_message or self.failure_reason

    @property
    def ran_out_of_time(self) -> bool:
        """Whether SageMaker stopped it because it took too long."""
        if self.status not in ("Stopped", "Failed"):
            return False
        if "MaxRuntime" in self.failure_reason.replace(" ", "") or "max runtime" in self.failure_reason.lower():
            return True
        return (
            self.status == "Stopped" and None not in (self.ran, self.longest) and self.ran >= self.longest  # type: ignore[operator]
        )

    def differs_from(self, request: ProcessingJobRequest) -> str | None:
        """In what this is another job than the one asked for; None when it is that one.

        Compared is what makes a result: image, variables and where the files go. What a description leaves out is taken
        for the same.
        """
        asked, found = request.to_api(), self.description
        image = found.get("AppSpecification", {}).get("ImageUri")
        if image is not None and image != request.image_uri:
            return f"its image is {image!r}, not {request.image_uri!r}"
        if "Environment" in found and dict(found["Environment"]) != asked.get("Environment", {}):
            wanted = asked.get("Environment", {})
            names = {name for name, _ in dict(found["Environment"]).items() ^ wanted.items()}
            return f"its environment differs in {', '.join(sorted(names))}"
        outputs = [one["S3Output"]["S3Uri"] for one in found.get("ProcessingOutputConfig", {}).get("Outputs", [])]
        ours = [one.uri for one in request.outputs]
        return f"it writes to {outputs}, not to {ours}" if outputs and outputs != ours else None
