"""The buttons beside a task that open its processing job, and the job's log, in AWS's console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

from airflow_model_monitor.links.console_domain import console_url

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context
    from airflow.sdk.types import TaskInstanceKey

#: XCom under which a task says which processing job is its own: name, region and partition.
PROCESSING_JOB_KEY = "sagemaker_processing_job"
_JOB = "processing_job_of_the_link"


class ProcessingJobLink(BaseOperatorLink):
    """Opens the task's processing job in the SageMaker console."""

    name = "Processing job"
    path: ClassVar[str] = "sagemaker/home#/processing-jobs/{name}"

    @classmethod
    def persist(cls, operator: BaseOperator, context: Context, *, name: str, region: str, partition: str) -> None:
        """Remember which job it is, and show both buttons at once, while the task still waits.

        :param operator: the running task's operator.
        :param context: the task's context.
        :param name: of the job.
        """
        job = {"name": name, "region": region, "partition": partition}
        setattr(operator, _JOB, job)
        context["ti"].xcom_push(key=PROCESSING_JOB_KEY, value=job)
        for link in (ProcessingJobLink(), ProcessingJobLogLink()):
            context["ti"].xcom_push(key=link.xcom_key, value=link.address(job))

    @classmethod
    def restore(cls, operator: BaseOperator, context: Context) -> dict[str, Any] | None:
        """What an earlier part of this very try has remembered, before it was deferred; None: no job."""
        task = context["ti"]
        found = task.xcom_pull(task_ids=task.task_id, key=PROCESSING_JOB_KEY, map_indexes=task.map_index)
        if not isinstance(found, dict):
            return None
        setattr(operator, _JOB, found)
        return found

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Address in the console; empty for a task that runs no processing job.

        Airflow 3 asks in the worker, whenever the task ends or defers, with the operator that has just run.
        """
        job = getattr(operator, _JOB, None)
        return self.address(job) if job else ""

    def address(self, job: dict[str, Any]) -> str:
        """The console's address of a job; empty where its partition has no console that we know of."""
        # The console writes a percent sign of a quoted name as $25.
        name = quote(str(job["name"]), safe="")
        return console_url(str(job["region"]), self.path.format(name=name), partition=str(job["partition"]))


class ProcessingJobLogLink(ProcessingJobLink):
    """Opens the log of the task's processing job in the CloudWatch console."""

    name = "Processing job log"
    path: ClassVar[str] = (
        "cloudwatch/home#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FProcessingJobs"
        "$3FlogStreamNameFilter$3D{name}$252F"
    )
