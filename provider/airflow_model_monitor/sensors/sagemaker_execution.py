"""An ended execution of a SageMaker schedule: what it found, or why it found nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.summary import ExecutionSummary, WindowText
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_reader import load
from airflow_model_monitor.sensors.found_execution import FoundViolation, violations_in
from airflow_model_monitor.service.monitoring_execution_calls import job_of
from airflow_model_monitor.service.windows import Window, iso

if TYPE_CHECKING:
    from airflow_model_monitor.hooks.monitoring_executions import MonitoringExecutions
    from airflow_model_monitor.service.monitoring_execution import MonitoringExecution

_VIOLATIONS: Final = "constraint_violations.json"
_NUMBER: Final = re.compile(r"with (\d+) violations")
_MEMORY: Final = re.compile(r"more memory|out of memory|OutOfMemory|SIGKILL|exit code: 137", re.IGNORECASE)


class SageMakerExecution:
    """An execution that ran to its end, or had no data to run on. Its methods block on AWS.

    :param execution: as the list tells of it
    :param job: its processing job's description; None where it has none
    :param window: the window that the sensor asked for
    :param executions: reads its files
    """

    def __init__(
        self,
        execution: MonitoringExecution,
        job: Mapping[str, Any] | None,
        window: Window,
        executions: MonitoringExecutions,
    ) -> None:
        self._execution = execution
        self._job = job or {}
        self._window = window
        self._executions = executions

    @property
    def url(self) -> str:
        """The job's output folder; empty without a job."""
        outputs = self._job.get("ProcessingOutputConfig", {}).get("Outputs", [])
        path = self._job.get("Environment", {}).get("output_path")
        stated = [output["S3Output"] for output in outputs if "S3Output" in output]
        chosen = next((output for output in stated if output.get("LocalPath") == path), stated[0] if stated else {})
        return str(chosen.get("S3Uri", "")).rstrip("/")

    def summary(self) -> ExecutionSummary:
        """What it found, in the shape that our own executions have."""
        execution = self._execution
        violations, counts = self._counted()
        return ExecutionSummary(
            status="NoData" if execution.outcome == "no_data" else execution.status,
            violations=violations,
            counts=counts,
            rows=self._rows(),
            window=WindowText(start=iso(self._window.start), end=iso(self._window.end)),
            execution_url=self.url,
            report_url=None,
            revision="" if execution.job_arn is None else job_of(execution.job_arn),
            scheduled_time=iso(execution.scheduled_time),
            processing_job_arn=execution.job_arn,
        )

    def violations(self) -> tuple[FoundViolation, ...]:
        """Those of ``constraint_violations.json`` in the job's output. Only an execution that found some has a file."""
        if self._execution.outcome != "completed_with_violations":
            return ()
        address = f"{self.url}/{_VIOLATIONS}" if self.url else None
        content = None if address is None else self._executions.read(address)
        if address is None or content is None:
            where = "its processing job is gone, and with it the address" if address is None else "the file is gone"
            raise ContractError(
                f"the {self._execution} found violations, but {where}",
                file=address or _VIOLATIONS,
                remedy="Look them up in CloudWatch, or judge the window again with RunMonitoringOperator.",
            )
        return violations_in(content, address, self._monitor_type())

    def _counted(self) -> tuple[int, dict[str, int]]:
        """How many violations, and of which checks; a file that is gone, or another container's, leaves the number."""
        try:
            found = self.violations()
        except ContractError:
            number = _NUMBER.search(self._job.get("ExitMessage", ""))
            return (int(number[1]) if number else 1), {}
        counts: dict[str, int] = {}
        for one in found:
            counts[one.check] = counts.get(one.check, 0) + 1
        return len(found), counts

    def _rows(self) -> int:
        """Rows of the dataset as its statistics tell; 0 where there are none, as for bias and explainability."""
        if not self.url or self._monitor_type() not in ("DataQuality", "ModelQuality"):
            return 0
        address = f"{self.url}/statistics.json"
        content = self._executions.read(address)
        if content is None:
            return 0
        try:
            dataset = load(content, address).optional("dataset")
            items = None if dataset is None else dataset.optional("item_count")
            return 0 if items is None else items.count()
        except ContractError:  # another container's statistics
            return 0

    def _monitor_type(self) -> str:
        if self._execution.monitoring_type is not None:
            return self._execution.monitoring_type
        quality = self._job.get("Environment", {}).get("analysis_type") == "MODEL_QUALITY"
        return "ModelQuality" if quality else "DataQuality"


def without_job(execution: MonitoringExecution) -> AirflowFailException:
    """The error of an execution for which no processing job was started, though not for want of data."""
    reason = execution.failure_reason or "SageMaker gives no reason"
    return AirflowFailException(
        f"the {execution} is {execution.status} and no processing job was started for it: {reason}. Look at the "
        "schedule's role, its instance quota, and at whether the definition's inputs exist; where it says that no "
        'objects were found under an address with "//", the capture destination ends in a slash'
    )


def failed(execution: MonitoringExecution, job: Mapping[str, Any] | None, console: str) -> AirflowFailException:
    """The error of an execution whose job failed.

    :param job: the job's description; None where the job is gone
    :param console: address of the job in AWS's console
    """
    described = job or {}
    reasons = (described.get("ExitMessage"), described.get("FailureReason"), execution.failure_reason)
    cause = "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or "SageMaker gives no reason"
    hint = ""
    if _MEMORY.search(cause):
        machine = described.get("ProcessingResources", {}).get("ClusterConfig", {}).get("InstanceType")
        hint = f" Give the job definition an instance type with more memory{f' than {machine}' if machine else ''}."
    gone = f" Its processing job {execution.job_arn} is gone." if job is None and execution.job_arn else ""
    return AirflowFailException(f"the {execution} failed: {cause}.{hint}{gone}{_logs(execution)}{_see(console)}")


def stopped(execution: MonitoringExecution, job: Mapping[str, Any] | None, console: str) -> AirflowFailException:
    """The error of an execution that was stopped, by somebody or by its run-time limit.

    :param job: the job's description; None where there is none
    :param console: address of the job in AWS's console
    """
    described = job or {}
    limit = described.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
    start, end = described.get("ProcessingStartTime"), described.get("ProcessingEndTime")
    ran = (end - start).total_seconds() if isinstance(start, datetime) and isinstance(end, datetime) else None
    why = "by hand, or because it ran longer than its MaxRuntimeInSeconds"
    if limit is not None and ran is not None:
        why = (
            f"because it ran longer than its MaxRuntimeInSeconds of {limit}; give the definition more time, or a "
            "larger instance"
            if ran >= limit
            else f"by hand, {ran:.0f} of {limit} allowed seconds after its start"
        )
    reason = described.get("FailureReason") or execution.failure_reason
    said = f" SageMaker says: {reason}." if reason else ""
    return AirflowFailException(f"the {execution} was stopped {why}.{said}{_see(console)}")


def _logs(execution: MonitoringExecution) -> str:
    if execution.job_arn is None:
        return ""
    return f" Logs: /aws/sagemaker/ProcessingJobs, streams {job_of(execution.job_arn)}/…"


def _see(console: str) -> str:
    return f" {console}" if console else ""
