"""The processing job of one task: started or found again, waited for, stopped, and its files published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from airflow_model_monitor.links.processing_job import ProcessingJobLink
from airflow_model_monitor.triggers.processing_job import ProcessingJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.operators.job import JobOperator
    from airflow_model_monitor.runtimes.base import RunResult
    from airflow_model_monitor.runtimes.processing_job import ProcessingJob
    from airflow_model_monitor.runtimes.processing_service import ProcessingService
    from airflow_model_monitor.runtimes.sagemaker_processing import SageMakerProcessing


class RemoteJob:
    """What an operator with ``runtime="sagemaker"`` does with a request.

    :param operator: whose job it is.
    :param request: the job, as the worker would run it.
    :param stream: where its log lines go.
    """

    def __init__(self, operator: JobOperator, request: ProcessingJobRequest, stream: TextIO) -> None:
        self._operator = operator
        self._request = request
        self._stream = stream
        self._name: str | None = None

    def start(self, context: Context) -> ProcessingJob:
        """Start the job, or attach to that of an earlier try; the console's buttons appear at once."""
        job = self._runtime.submit(self._request, identity_of(self._operator, context))
        service = self._runtime.service
        ProcessingJobLink.persist(
            self._operator, context, name=job.name, region=service.region, partition=service.partition
        )
        return job

    def sent(self, name: str) -> ProcessingJobRequest:
        """The request as SageMaker gets it for a job of that name."""
        return self._runtime.sent(self._request, name)

    def wait(self, name: str) -> ProcessingJob:
        """Look at the job from this worker until it has ended."""
        return self._runtime.wait(name)

    def defer(self, name: str, kept: Mapping[str, Any]) -> NoReturn:
        """Give the worker back until the job has ended; ``execute_complete`` goes on from there."""
        operator = self._operator
        self._name = None  # from here on it is the trigger that stops it
        operator.defer(
            trigger=ProcessingJobTrigger(
                job_name=name,
                aws_conn_id=operator.aws_conn_id,
                region_name=operator.region_name,
                verify=operator.verify,
                botocore_config=operator.botocore_config,
                waiter_delay=operator.waiter_delay,
                deadline=(datetime.now(UTC) + timedelta(seconds=self._longest_wait)).isoformat(),
                # By the event rather than by the method's arguments, which dag.test() drops.
                carried={"request": self._request.to_api(), "kept": dict(kept)},
            ),
            method_name="execute_complete",
            timeout=operator.execution_timeout,
        )
        raise AssertionError("defer raises")  # pragma: no cover

    def ended(self, event: Mapping[str, Any] | None) -> ProcessingJob:
        """The job that a trigger has waited for.

        :raises ProcessingJobVanished: somebody has deleted it
        :raises ProcessingJobUnfinished: it still ran when the wait was over
        :raises RuntimeError: the trigger could not look
        """
        from airflow_model_monitor.runtimes.processing_failure import unfinished, vanished

        found = event or {}
        name, status = str(found.get("job_name", "")), found.get("status")
        if status == "vanished":
            raise vanished(name)
        if status not in ("ended", "timeout"):
            raise RuntimeError(
                f"waiting for processing job {name} failed: {found.get('message') or found!r}. A retry attaches to it."
            )
        job = self._runtime.service.describe(name)
        if job is None:
            raise vanished(name)
        # It may have ended since, for instance while no triggerer was running.
        if not job.has_ended:
            raise unfinished(name, self._longest_wait)
        return job

    def finish(self, job: ProcessingJob) -> RunResult:
        """Publish what the job wrote."""
        self._runtime.renew_storage(self._operator.job_storage_options(self._request))
        return self._runtime.finish(self._request, job)

    def stop(self) -> None:
        """Stop the job, if one was started or attached to by this process."""
        if self._name is not None:
            self._operator.log.info("Stopping processing job %s", self._name)
            self._runtime.stop(self._name)

    @staticmethod
    def service_of(operator: JobOperator) -> ProcessingService:
        """The processing jobs that an operator's connection leads to."""
        from airflow_model_monitor.runtimes.processing_service import ProcessingService

        return ProcessingService(operator.hook)

    @property
    def _longest_wait(self) -> float:
        return float(self._operator.waiter_delay * self._operator.waiter_max_attempts)

    @cached_property
    def _runtime(self) -> SageMakerProcessing:
        from airflow_model_monitor.contract.json_reader import JsonNode
        from airflow_model_monitor.contract.processing_job import ProcessingNetwork
        from airflow_model_monitor.runtimes.sagemaker_processing import SageMakerProcessing
        from airflow_model_monitor.service.sagemaker_job import SageMakerJob

        operator = self._operator
        network = operator.network_config
        job = SageMakerJob(
            role_arn=operator.role_arn or "",
            image=operator.image_uri,
            instance_type=operator.instance_type,
            instance_count=operator.instance_count,
            volume_size_gb=operator.volume_size_in_gb,
            volume_kms_key=operator.volume_kms_key,
            output_kms_key=operator.output_kms_key,
            max_runtime_in_seconds=operator.max_runtime_in_seconds,
            network=None if network is None else ProcessingNetwork.from_api(JsonNode(network, "network_config")),
            tags=operator.tags or {},
        )
        return SageMakerProcessing(
            job,
            operator.hook,
            storage_options=operator.job_storage_options(self._request),
            stream=self._stream,
            delay=operator.waiter_delay,
            longest_wait=self._longest_wait,
            on_start=self._started,
        )

    def _started(self, name: str) -> None:
        self._name = name


def identity_of(operator: JobOperator, context: Context) -> tuple[object, ...]:
    """On whose behalf a job runs: the task instance, and how often it was cleared. Its retries share a job.

    Airflow adds the tries so far to ``max_tries`` when a task is cleared, and not when it is retried.
    """
    task = context["ti"]
    map_index = -1 if task.map_index is None else task.map_index
    cleared = max(0, int(getattr(task, "max_tries", 0) or 0) - int(operator.retries or 0))
    return (task.dag_id, task.task_id, task.run_id, map_index, cleared)
