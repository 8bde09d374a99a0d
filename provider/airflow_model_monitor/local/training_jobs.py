"""Training jobs as they are kept: what ``DescribeTrainingJob`` answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from airflow_model_monitor.local.aws import epoch
from airflow_model_monitor.local.jobs import TERMINAL, JobKind, Jobs

TRAINING_JOB: Final = JobKind(
    arn="training-job",
    spoken="training job",
    name="TrainingJobName",
    arn_member="TrainingJobArn",
    status="TrainingJobStatus",
    started="TrainingStartTime",
    ended="TrainingEndTime",
)
LONGEST_RUN: Final = 86_400
"""Seconds, where a request does not say; SageMaker's default."""
MESSAGES: Final = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
"""What SageMaker says of each secondary status."""


class TrainingJobs(Jobs):
    """All training jobs of one local SageMaker."""

    KIND = TRAINING_JOB
    TAKEN = (
        "Training job names must be unique within an AWS account and region, and a training job with this name "
        "already exists ({arn})"
    )
    MISSING = "Requested resource not found."  # the name is in SageMaker's message neither

    def add_new(self, region: str, request: Mapping[str, Any], created: datetime) -> str:
        """Keep a new job.

        :param request: of ``CreateTrainingJob``
        :returns: its key
        :raises ServiceError: the name is taken
        """
        stopping = {"MaxRuntimeInSeconds": LONGEST_RUN, **(request.get("StoppingCondition") or {})}
        begun = _entered((), "Starting", created)
        return self.add(region, {**request, "StoppingCondition": stopping}, created, **begun)

    def entered(self, key: str, secondary: str, moment: datetime) -> dict[str, Any]:
        """The members that a job has when it passes into another secondary status."""
        return _entered(self.get_key(key)["SecondaryStatusTransitions"], secondary, moment)


def _entered(before: Any, secondary: str, moment: datetime) -> dict[str, Any]:
    """The members that tell the secondary status, and those before it."""
    at = epoch(moment)
    passed = [*before]
    if passed and "EndTime" not in passed[-1]:
        passed[-1] = {**passed[-1], "EndTime": at}
    now = {"Status": secondary, "StartTime": at, "StatusMessage": MESSAGES[secondary]}
    if secondary in (*TERMINAL, "MaxRuntimeExceeded"):
        now["EndTime"] = at
    return {"SecondaryStatus": secondary, "SecondaryStatusTransitions": [*passed, now]}
