"""A process that runs the jobs of the example DAGs without Airflow around them.

The operators of a DAG build their requests, exactly those of its runs, and the package's own runner does what they ask
for; the files it publishes are the same ones. It is enough for a year that serves for comparison only, and takes half
of what DAG runs do.
"""

from __future__ import annotations

import sys
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo.forked import ForkedProcess, dags
from demo.outcome import Outcome

if TYPE_CHECKING:
    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest

WEEK = timedelta(weeks=1)


class JobProcess(ForkedProcess):
    """Runs the jobs of a monitor's DAG over the week that ends at a time."""

    def run(self, dag_id: str, at: datetime) -> Future[Outcome]:
        """Run them there, once all that was asked for before is done.

        :param at: the first instant after the week
        """
        return self.submit(run_jobs, dag_id, at)


def run_jobs(dag_id: str, at: datetime) -> Outcome:
    """Run the jobs of a monitor's DAG over the week that ends at a time, in this process."""
    from airflow_model_monitor.runtimes.worker import Worker
    from airflow_model_monitor.service.windows import Window

    window = Window(at - WEEK, at)
    dag = dags()[dag_id]
    tasks = {}
    for task in dag.topological_sort():
        Worker(stream=sys.stdout).run(_request(task, window))
        tasks[task.task_id] = "success"
    return Outcome(dag_id, "success", tasks)


def _request(task: Any, window: Any) -> ProcessingJobRequest:
    """The job that an operator asks for over a window."""
    from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator

    if isinstance(task, RunMonitoringOperator):
        return task.request(window, task.resolve_baseline(window))
    return task.request(window)
