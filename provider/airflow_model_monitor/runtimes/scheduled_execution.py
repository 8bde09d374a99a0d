"""One execution of a schedule kept in a folder: what SageMaker does when a schedule is due, done here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime

from airflow_model_monitor.contract.compatibility import SAGEMAKER
from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.contract.execution import Window as ExecutionWindow
from airflow_model_monitor.contract.exit_message import FAILED, error
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.runtimes.base import JobInputsHadNoData, MonitoringJobFailed, NoGroundTruthError, RunResult
from airflow_model_monitor.service.monitor import Monitor
from airflow_model_monitor.service.planner import Plan, plan
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore

#: Failures that are the window's, not the monitor's: there was nothing to judge.
NOTHING_TO_JUDGE = (JobInputsHadNoData, NoGroundTruthError)


class ScheduledExecution:
    """A monitor's execution that is due at a time.

    :param monitor: what runs, on which data
    :param scheduled_time: when it is due, timezone-aware
    """

    def __init__(self, monitor: Monitor, scheduled_time: datetime) -> None:
        # What is kept may name AWS's image; the worker is what runs in its place.
        definition = dataclasses.replace(
            monitor.definition, image_uri=None, container_entrypoint=None, container_arguments=None
        )
        self.monitor = dataclasses.replace(monitor, definition=definition)
        self.scheduled_time = scheduled_time

    @property
    def plan(self) -> Plan:
        """The jobs, as SageMaker would launch them.

        :raises ValueError: what the worker cannot do
        """
        return plan(self.monitor, self.scheduled_time)

    @property
    def key(self) -> ExecutionKey:
        """Where the result is found."""
        window = self.monitor.window(self.scheduled_time)
        return ExecutionKey(self.monitor.name, window, self.monitor.definition.endpoint)

    def run(self, run_job: Callable[[ProcessingJobRequest], RunResult]) -> RunResult:
        """Merge where there are labels, then judge.

        :param run_job: runs a request to its end
        :raises MonitoringJobFailed: a job ended with the contract's failure status
        """
        merge, analysis = self.plan
        if merge is not None:
            merged = run_job(merge).revision.execution
            judged = {"coverage": merged.coverage, "merge_revision": merged.revision}
            analysis = dataclasses.replace(
                analysis,
                environment={
                    **analysis.environment,
                    **{name: str(value) for name, value in judged.items() if value is not None},
                },
            )
        return run_job(analysis)

    def record_failure(self, store: ExecutionStore, failure: MonitoringJobFailed) -> Revision:
        """Publish that the execution failed and why, as SageMaker lists one; a result that is there stays."""
        window, definition = self.key.window, self.monitor.definition
        return store.record_failure(
            self.key,
            Execution(
                monitor_type=definition.monitoring_type,
                status=FAILED,
                exit_message=error(str(failure)),
                compatibility=definition.environment.get("compatibility", SAGEMAKER),  # type: ignore[arg-type]
                monitor=self.monitor.name,
                endpoint=definition.endpoint,
                window=ExecutionWindow(window.start, window.end),
            ),
        )
