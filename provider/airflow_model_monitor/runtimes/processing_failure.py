"""How a processing job can end without a result: one class each, with the cause and what to do in its text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from airflow_model_monitor.runtimes.base import MonitoringJobFailed, NoGroundTruthError
from airflow_model_monitor.runtimes.data_inputs import failure_of
from airflow_model_monitor.runtimes.processing_job import ProcessingJob

NO_OBJECTS: Final = "No S3 objects found"
LAST_LINES: Final = 15


class ProcessingJobFailed(MonitoringJobFailed):
    """The job failed; the text has the cause and the last lines of its log."""


class ProcessingJobInputsFailed(ProcessingJobFailed):
    """SageMaker could not give the job what it needs (its ``ClientError``): a role, an address, an image."""


class ProcessingJobAlgorithmFailed(ProcessingJobFailed):
    """The container ended with an error (SageMaker's ``AlgorithmError``)."""


class ProcessingJobServiceFailed(ProcessingJobFailed):
    """Something failed on SageMaker's side (its ``InternalServerError``)."""


class ProcessingJobStopped(ProcessingJobFailed):
    """Somebody has stopped the job."""


class ProcessingJobTookTooLong(ProcessingJobFailed):
    """SageMaker has stopped the job at its longest run time."""


class ProcessingJobVanished(ProcessingJobFailed):
    """There is no job of that name any more."""


class ProcessingJobUnfinished(ProcessingJobFailed, TimeoutError):  # noqa: N818  as its family
    """The job was still running when nobody wanted to wait any longer."""


_KINDS: Final[tuple[tuple[str, type[ProcessingJobFailed], str], ...]] = (
    (
        "ClientError",
        ProcessingJobInputsFailed,
        "Check that role_arn may read the inputs, write the output and pull the image, and that they exist.",
    ),
    ("AlgorithmError", ProcessingJobAlgorithmFailed, ""),
    ("InternalServerError", ProcessingJobServiceFailed, "A retry takes a new job; it usually helps."),
)


def failure(job: ProcessingJob, log: Sequence[str] = (), *, label_uris: Sequence[str] = ()) -> MonitoringJobFailed:
    """The failure of a job that has ended otherwise than ``Completed``.

    :param log: the last lines of its log, oldest first
    :param label_uris: where the labels of a merge are
    """
    story = f"{job.failure_reason}\n{job.exit_message}"
    told = f"Processing job {job.name} ended as {job.status}: {job.reason or 'no reason given'}"
    if job.ran_out_of_time:
        limit = "" if job.longest is None else f" after {job.longest.total_seconds():.0f} seconds"
        remedy = "Give a larger max_runtime_in_seconds, or a larger instance_type."
        return ProcessingJobTookTooLong(_text(f"{told}. It was stopped{limit}, its longest run time. {remedy}", log))
    if NO_OBJECTS in story and any(uri in story for uri in label_uris):
        return NoGroundTruthError(told)
    if "Job inputs had no data" in story or NO_OBJECTS in story:
        return failure_of(f"{told} (Job inputs had no data)" if NO_OBJECTS in story else told)
    if job.status == "Stopped":
        return ProcessingJobStopped(_text(f"{told}. It was stopped by a call, not by its run time.", log))
    merged = failure_of(told)
    if isinstance(merged, NoGroundTruthError):
        return merged
    for mark, kind, remedy in _KINDS:
        if job.failure_reason.startswith(mark):
            return kind(_text(f"{told}. {remedy}".rstrip() if remedy else told, log))
    return ProcessingJobFailed(_text(told, log))


def vanished(name: str) -> ProcessingJobVanished:
    """There is no job of that name any more."""
    return ProcessingJobVanished(
        f"Processing job {name} is not there any more: somebody has deleted it. A retry runs it anew."
    )


def unfinished(name: str, waited: float) -> ProcessingJobUnfinished:
    """Nobody wants to wait for a job any longer."""
    return ProcessingJobUnfinished(
        f"Processing job {name} has not ended within {waited:.0f} seconds. It still runs: a retry attaches to it. To "
        "wait longer, give a larger waiter_max_attempts; to end it sooner, max_runtime_in_seconds."
    )


def _text(told: str, log: Sequence[str]) -> str:
    last = [line for line in log if line.strip()][-LAST_LINES:]
    return f"{told}\nLast lines of its log:\n  " + "\n  ".join(last) if last else told
