"""The SageMaker runtime: any job request as a Processing job, on AWS's images or on a container image of one's own."""

from __future__ import annotations

import dataclasses
import random
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, TextIO

from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest
from airflow_model_monitor.runtimes.analysis_publication import (
    execution_key,
    publish_analysis,
    send_metrics_once,
    store_root,
)
from airflow_model_monitor.runtimes.base import MonitoringJobFailed, RunResult
from airflow_model_monitor.runtimes.cloudwatch import Clients
from airflow_model_monitor.runtimes.data_inputs import existing_data, inputs_below
from airflow_model_monitor.runtimes.input_manifests import within_limit
from airflow_model_monitor.runtimes.label_inputs import label_inputs, no_labels
from airflow_model_monitor.runtimes.merge_run import merge_root
from airflow_model_monitor.runtimes.processing_failure import (
    ProcessingJobFailed,
    failure,
    unfinished,
    vanished,
)
from airflow_model_monitor.runtimes.processing_job import ProcessingJob
from airflow_model_monitor.runtimes.processing_service import ProcessingService
from airflow_model_monitor.runtimes.written_execution import written_execution
from airflow_model_monitor.runtimes.written_files import WrittenFiles, written_files
from airflow_model_monitor.runtimes.written_merge import note_labels, noted_labels, publish_merge
from airflow_model_monitor.runtimes.written_metrics import written_metrics
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.images import is_aws_image
from airflow_model_monitor.service.job_kind import is_merge
from airflow_model_monitor.service.job_name import attempt_name
from airflow_model_monitor.service.limits import MAX_INPUTS, check_request
from airflow_model_monitor.service.sagemaker_job import SageMakerJob

JOBS: Final = "_jobs"
"""Below the root of the monitors' output: a folder for each processing job, which it alone writes to."""
DELAY: Final = 30.0
LOG_LINES: Final = 200
MOST_ATTEMPTS: Final = 100
#: A description may be missing for a moment after the job was created.
_LOOKS_BEFORE_VANISHED: Final = 3


class SageMakerProcessing:
    """Runs job requests as SageMaker Processing jobs.

    A job has a deterministic name, so that :meth:`submit` finds the job of an earlier try: one that runs or has
    completed is taken for this one; after one that failed or was stopped comes a job of the next name. What an
    execution or a merge wrote is published as one revision, as :class:`~airflow_model_monitor.runtimes.worker.Worker`
    does; until then it stands in ``<root>/_jobs/<job name>``, and SageMaker's own layout is a copy made afterwards.

    :param job: role, image and machines; without a region, that of the client is used
    :param clients: makes the ``sagemaker``, ``logs`` and ``cloudwatch`` clients: a ``ModelMonitorHook``, or a boto3
        session
    :param storage_options: what fsspec needs to open the request's addresses
    :param stream: where waiting is told of, and the job's log goes when it failed
    :param delay: seconds between two looks at a running job
    :param longest_wait: seconds :meth:`run` waits for its end; None waits as long as it runs
    :param on_start: called with a job's name just before it is started or attached to: from then on it may run
    """

    def __init__(
        self,
        job: SageMakerJob,
        clients: Clients,
        *,
        storage_options: Mapping[str, Any] | None = None,
        stream: TextIO | None = None,
        delay: float = DELAY,
        longest_wait: float | None = None,
        on_start: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._job = job
        self._clients = clients
        self._service = ProcessingService(clients)
        self._storage_options = dict(storage_options or {})
        self._stream = stream
        self._delay = delay
        self._longest_wait = longest_wait
        self._on_start = on_start

    @property
    def service(self) -> ProcessingService:
        """The calls about processing jobs."""
        return self._service

    def renew_storage(self, storage_options: Mapping[str, Any]) -> None:
        """Open addresses with these options from now on: a job may outlive the credentials it was started with."""
        self._storage_options = dict(storage_options)

    def run(self, request: ProcessingJobRequest) -> RunResult:
        """Run the job to its end and publish what it wrote.

        :raises MonitoringJobFailed: it ended without a result; each way has a class of its own
            (``runtimes.processing_failure``)
        :raises ClosedAccountError: the account is closed to the job's image
        :raises ProcessingJobRefusedError: SageMaker would not start it
        :raises ValueError: a request this runtime cannot run
        """
        return self.finish(request, self.wait(self.submit(request).name))

    def submit(self, request: ProcessingJobRequest, identity: tuple[object, ...] = ()) -> ProcessingJob:
        """Start the job, unless an earlier try has.

        :param identity: on whose behalf it runs: two identities never share a job
        :returns: the job, running or completed
        :raises JobInputsHadNoData: there is no data in the window; no job was started
        """
        if len(request.outputs) != 1:
            raise ValueError(f"outputs: {len(request.outputs)} given; a monitoring job has exactly one")
        for attempt in range(1, MOST_ATTEMPTS + 1):
            name = attempt_name(request.job_name, attempt, *identity)
            sent = self.sent(request, name)
            found = self._service.describe(name)
            if found is None:
                return self._start(request, sent)
            if (difference := found.differs_from(sent)) is not None:
                self._tell(f"Processing job {name} is another one ({difference}): taking the next name")
                continue
            if found.status == "Stopping":
                found = self.wait(name)
            if found.status in ("InProgress", "Completed"):
                self._on_start(name)
                self._tell(f"Processing job {name} is there already ({found.status}): attached to it")
                return found
            self._tell(f"Processing job {name} has ended as {found.status}: taking the next name")
        raise ProcessingJobFailed(
            f"{MOST_ATTEMPTS} processing jobs of {request.job_name} have failed, were stopped or are others'; clear "
            "the task to begin anew under other names"
        )

    def sent(self, request: ProcessingJobRequest, name: str) -> ProcessingJobRequest:
        """The request as SageMaker gets it under a name, but for hour folders that do not exist or are too many.

        :raises ValueError: the image is AWS's and it is asked for what it cannot do
        """
        job = self._job
        if job.image is None and job.region is None and request.image_uri is None:
            job = dataclasses.replace(job, region=self._service.region)
        complete = job.applied_to(dataclasses.replace(request, job_name=name), check=False)
        if (root := output_root(request)) is None:
            return complete
        environment = dict(complete.environment)
        if is_merge(request) and not is_aws_image(complete.image_uri or ""):
            environment["execution_record"] = "true"
        (output,) = complete.outputs
        moved = dataclasses.replace(output, uri=f"{root}/{JOBS}/{name}")
        return dataclasses.replace(complete, environment=environment, outputs=(moved,))

    def wait(self, name: str) -> ProcessingJob:
        """Look at a job until it has ended.

        :raises ProcessingJobVanished: somebody has deleted it
        :raises ProcessingJobUnfinished: it takes longer than ``longest_wait``
        """
        started, missing = time.monotonic(), 0
        while True:
            found = self._service.describe(name)
            missing = missing + 1 if found is None else 0
            if found is not None and found.has_ended:
                return found
            if missing >= _LOOKS_BEFORE_VANISHED:
                raise vanished(name)
            waited = time.monotonic() - started
            if self._longest_wait is not None and waited + self._delay > self._longest_wait:
                raise unfinished(name, self._longest_wait)
            self._tell(f"Processing job {name}: {'not found yet' if found is None else found.status}")
            time.sleep(self._delay * random.uniform(0.9, 1.1))

    def finish(self, request: ProcessingJobRequest, job: ProcessingJob) -> RunResult:
        """Publish what a job that has ended wrote.

        Repeated for the same job it publishes the same revision.

        :param request: as it was given to :meth:`submit`
        :raises MonitoringJobFailed: it ended without a result
        """
        if job.status != "Completed":
            raise self._failure(request, job)
        if is_merge(request):
            return self._finish_merge(request, job)
        (output,) = request.outputs
        with self._written(request, job) as written:
            execution = written_execution(written)
            metrics = written_metrics(written, execution)
            if metrics is not None and metrics[1]:
                execution = dataclasses.replace(execution, metrics_namespace=metrics[0])
            revision = publish_analysis(request.environment, output, written.folder, execution, self._storage_options)
        sent, skipped = 0, 0
        if metrics is not None and metrics[1]:
            sent, skipped = send_metrics_once(revision, metrics[1], namespace=metrics[0], clients=self._clients)
        return RunResult(revision, output.uri, sent, skipped)

    def stop(self, name: str) -> None:
        """Ask for a job's end; nothing happens when it has ended."""
        self._service.stop(name)

    def _start(self, request: ProcessingJobRequest, sent: ProcessingJobRequest) -> ProcessingJob:
        # Before anything is looked up: what is no address in S3 is not missing, but wrong.
        check_request(dataclasses.replace(sent, inputs=sent.inputs[:MAX_INPUTS]))
        inputs = self._existing_inputs(sent)
        if (root := output_root(request)) is not None:
            place = Folder(f"{root}/{JOBS}", self._storage_options)
            inputs = within_limit(inputs, place, sent.job_name, self._storage_options)
        sent = dataclasses.replace(sent, inputs=inputs)
        check_request(sent)
        if is_merge(request):
            note_labels(self._jobs_folder(request), _labels_note(sent.job_name), request)
        self._on_start(sent.job_name)
        if self._service.create(sent):
            self._tell(f"Processing job {sent.job_name} started: {sent.image_uri}")
        else:
            self._tell(f"Processing job {sent.job_name} was started by an earlier try: attached to it")
        found = self._service.describe(sent.job_name)
        return found or ProcessingJob(name=sent.job_name, arn="", status="InProgress")

    def _existing_inputs(self, request: ProcessingJobRequest) -> tuple[ProcessingInput, ...]:
        """The inputs without hours that have no folder: SageMaker fails a job for each of them."""
        data = existing_data(request, self._exists)
        labels = [one for one in label_inputs(request) if self._exists(one.uri)]
        if label_inputs(request) and not labels:
            raise no_labels(request)
        hourly = [*inputs_below(request, "dataset_source"), *label_inputs(request)]
        return tuple(one for one in request.inputs if one not in hourly or one in data or one in labels)

    def _finish_merge(self, request: ProcessingJobRequest, job: ProcessingJob) -> RunResult:
        labels = noted_labels(self._jobs_folder(request), _labels_note(job.name), request)
        with self._written(request, job) as written:
            revision, change = publish_merge(written, labels)
        return RunResult(revision, request.outputs[0].uri, change=change)

    def _written(self, request: ProcessingJobRequest, job: ProcessingJob) -> AbstractContextManager[WrittenFiles]:
        sent = self.sent(request, job.name)
        return written_files(
            request,
            image_uri=sent.image_uri,
            uri=sent.outputs[0].uri,
            alone=sent.outputs[0].uri != request.outputs[0].uri,
            exit_message=job.exit_message,
            storage_options=self._storage_options,
        )

    def _failure(self, request: ProcessingJobRequest, job: ProcessingJob) -> MonitoringJobFailed:
        lines: list[str] = []
        try:
            lines = self._service.log_lines(job.name, LOG_LINES)
        except Exception as error:  # noqa: BLE001  the job's failure is what counts, whatever keeps its log away
            self._tell(f"The log of {job.name} cannot be read: {error}")
        for line in lines:
            self._tell(f"[{job.name}] {line}")
        return failure(job, lines, label_uris=[one.uri for one in label_inputs(request)])

    def _jobs_folder(self, request: ProcessingJobRequest) -> Folder:
        return Folder(f"{merge_root(request)}/{JOBS}", self._storage_options)

    def _exists(self, uri: str) -> bool:
        return Folder(uri, self._storage_options).is_there()

    def _tell(self, text: str) -> None:
        (self._stream or sys.stderr).write(f"{text}\n")


def output_root(request: ProcessingJobRequest) -> str | None:
    """The root of the monitors' output that an execution or a merge belongs to; None for any other job, which writes
    to its own folder.

    :raises ValueError: a merge that writes elsewhere
    """
    if is_merge(request):
        return merge_root(request)
    key = execution_key(request.environment)
    return None if key is None else store_root(request.outputs[0], key)


def _labels_note(name: str) -> str:
    return f"{name}.labels.json"
