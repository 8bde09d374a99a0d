"""Who runs jobs: a few threads, each of which waits for one job's process; what there is to do is done in order."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.local.errors import ServiceError
from airflow_model_monitor.local.job_child import Interrupted
from airflow_model_monitor.local.job_run import JobRun
from airflow_model_monitor.local.jobs import Jobs
from airflow_model_monitor.local.processing_job_run import ProcessingJobRun
from airflow_model_monitor.local.processing_jobs import PROCESSING_JOB
from airflow_model_monitor.local.training_job_run import TrainingJobRun
from airflow_model_monitor.local.training_jobs import TRAINING_JOB

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

_RUNS: Final[Mapping[str, Callable[[LocalAws, Jobs, str, datetime], JobRun]]] = {
    PROCESSING_JOB.arn: ProcessingJobRun,
    TRAINING_JOB.arn: TrainingJobRun,
}


class JobQueue:
    """Executions, processing and training jobs that wait or run.

    An execution's merge and analysis run one after the other, in one thread.
    """

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._pool = ThreadPoolExecutor(aws.settings.jobs, thread_name_prefix="job")
        self._runs: dict[tuple[str, str], JobRun] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def resume(self) -> None:
        """Run again what a killed server left unfinished: executions, and jobs of nobody's execution."""
        for key in self._aws.executions.unfinished():
            self.add_execution(key)
        for jobs in (self._aws.processing_jobs, self._aws.training_jobs):
            for key in jobs.unfinished():
                if jobs.get_key(key).get("_execution") is None:
                    self.add_job(jobs, key)

    def add_execution(self, key: str) -> None:
        """Run an execution, when its turn has come."""
        from airflow_model_monitor.local.execution_run import run_execution

        run_job = partial(self.run_job, self._aws.processing_jobs)
        self._submit(lambda: run_execution(self._aws, key, run_job))

    def add_job(self, jobs: Jobs, key: str) -> None:
        """Run a job, when its turn has come."""
        created = jobs.get_key(key)["CreationTime"]
        self._submit(lambda: self.run_job(jobs, key, datetime.fromtimestamp(created, UTC)))

    def run_job(self, jobs: Jobs, key: str, start: datetime) -> None:
        """Run a job to its end, in this thread.

        :raises Interrupted: the server stops
        """
        kind = jobs.KIND.arn
        run = _RUNS[kind](self._aws, jobs, key, start)
        with self._lock:
            self._runs[kind, key] = run
            if self._stopped.is_set():
                run.interrupt()
        try:
            run.run()
        finally:
            with self._lock:
                del self._runs[kind, key]

    def stop_job(self, jobs: Jobs, key: str) -> None:
        """End a job's process; a job that waits will not be run."""
        with self._lock:
            run = self._runs.get((jobs.KIND.arn, key))
        if run is not None:
            run.stop()

    def stop(self) -> None:
        """Kill all processes and forget what waits; the journal says that it was not finished."""
        with self._lock:
            self._stopped.set()
            for run in self._runs.values():
                run.interrupt()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, work: Callable[[], object]) -> None:
        def guarded() -> None:
            try:
                work()
            except Interrupted:
                return
            except ServiceError as error:
                sys.stderr.write(f"local-aws: {error.code}: {error.message}\n")
            except Exception:  # noqa: BLE001 - a thread of a server says what happened and goes on
                traceback.print_exc()

        if not self._stopped.is_set():
            self._pool.submit(guarded)
