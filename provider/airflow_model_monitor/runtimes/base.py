"""What every place that runs a job has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from airflow_model_monitor.contract.exit_message import FAILED, ExecutionStatus
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.service.merge_change import MergeChange
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.windows import iso


class MonitoringJobFailed(RuntimeError):  # noqa: N818  the event, as SageMaker names the status
    """The job ended with the contract's failure status and published nothing; the text is its exit message."""

    status: ExecutionStatus = FAILED


class JobInputsHadNoData(MonitoringJobFailed):
    """No data lies in the job's window: the failure SageMaker reports as ``Job inputs had no data``."""


class NoGroundTruthError(MonitoringJobFailed):
    """No label has come for the window: no file lies in the folders a merge looks into (SageMaker then fails the
    execution before its job), or none of the labels in them belongs to a captured record.
    """


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a job that ran to its end has published.

    :param revision: the published revision: its execution.json and its files
    :param output_uri: the request's output address, where SageMaker's layout holds a copy
    :param metrics_published: number of metric records sent to CloudWatch
    :param metrics_skipped: number of records CloudWatch does not take (see ``runtimes.cloudwatch``)
    :param change: what a merge with ground truth has changed; None for other jobs
    """

    revision: Revision
    output_uri: str
    metrics_published: int = 0
    metrics_skipped: int = 0
    change: MergeChange | None = None

    @property
    def status(self) -> ExecutionStatus:
        """``Completed`` or ``CompletedWithViolations``."""
        return self.revision.execution.status

    @property
    def message(self) -> str:
        """The exit message."""
        return self.revision.execution.exit_message

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-able values, small enough for an XCom."""
        execution = self.revision.execution
        window = execution.window
        return {
            "status": self.status,
            "message": self.message,
            "violations": execution.violations,
            "violations_by_check": dict(execution.violations_by_check),
            "rows": execution.rows,
            "window": None if window is None else {"start": iso(window.start), "end": iso(window.end)},
            "execution_url": self.revision.url,
            "revision": execution.revision,
            "output_url": self.output_uri,
            "metrics_published": self.metrics_published,
            "metrics_skipped": self.metrics_skipped,
            **self._ground_truth(),
        }

    def _ground_truth(self) -> dict[str, Any]:
        execution = self.revision.execution
        found: dict[str, Any] = {}
        if execution.coverage is not None:
            found["coverage"] = execution.coverage
        if execution.merge is not None:
            found["merge"] = dict(execution.merge.to_document())
        if self.change is not None:
            found["change"] = self.change.to_dict()
        return found


class Runtime(Protocol):
    """A place where a job request runs."""

    def run(self, request: ProcessingJobRequest) -> RunResult:
        """Run the job to its end and publish what it wrote.

        :raises MonitoringJobFailed: it ended with the contract's failure status
        """
        ...
