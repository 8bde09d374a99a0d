"""The worker runtime: the job runs in this process, in the Airflow task that asked for it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from airflow_model_monitor.contract.environment import CLOUDWATCH_METRICS_DIRECTORY, OUTPUT_MESSAGE_FILE
from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest, ProcessingOutput
from airflow_model_monitor.runtimes.analysis_publication import publish_analysis, send_metrics_once
from airflow_model_monitor.runtimes.base import JobInputsHadNoData, MonitoringJobFailed, RunResult
from airflow_model_monitor.runtimes.cloudwatch import Clients
from airflow_model_monitor.runtimes.data_inputs import NO_DATA, existing_data, inputs_below
from airflow_model_monitor.runtimes.merge_run import MergeRun
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.images import Image, is_aws_image
from airflow_model_monitor.service.job_kind import job_kind
from airflow_model_monitor.service.revisions import Revision

if TYPE_CHECKING:
    from airflow_model_monitor.jobs.result import JobResult


class Worker:
    """Runs job requests in this process.

    Local inputs are read where they are, remote ones through fsspec. What the job wrote is published as one revision:
    below an :class:`~airflow_model_monitor.service.store.ExecutionStore` for an execution of a monitor, else in the
    output folder itself (:class:`~airflow_model_monitor.service.baseline_store.BaselineStore`). Which job it is, the
    request says itself (:func:`~airflow_model_monitor.service.job_kind.job_kind`); a merge is published by window
    (:class:`~airflow_model_monitor.runtimes.merge_run.MergeRun`).

    :param storage_options: what fsspec needs to open the request's addresses, e.g. from
        ``ModelMonitorHook.storage_options()``
    :param session: a boto3 session, or a ``ModelMonitorHook``: makes the CloudWatch client; needed only for requests
        with ``publish_cloudwatch_metrics=Enabled``. A SageMaker endpoint that a Clarify job asks is reached with it too
    :param headers: of a Clarify job's requests to a model behind HTTP, such as ``Authorization``
    :param stream: where the job logs and shows its progress
    """

    def __init__(
        self,
        *,
        storage_options: Mapping[str, Any] | None = None,
        session: Clients | None = None,
        headers: Mapping[str, str] | None = None,
        stream: TextIO | None = None,
    ) -> None:
        self._storage_options = dict(storage_options or {})
        self._session = session
        self._headers = dict(headers or {})
        self._stream = stream

    def run(self, request: ProcessingJobRequest) -> RunResult:
        """Run the job to its end and publish what it wrote.

        A task killed at any moment leaves nothing published; run again, it publishes the same bytes.

        :raises MonitoringJobFailed: the job ended with the contract's failure status; nothing was published
        :raises JobInputsHadNoData: there is no data in the window
        :raises ValueError: a request this runtime cannot run
        """
        output = self._check(request)
        return self._runs[job_kind(request)](request, output, self._stream or sys.stderr)

    @property
    def _runs(self) -> Mapping[Image, Callable[[ProcessingJobRequest, ProcessingOutput, TextIO], RunResult]]:
        return {
            "analyzer": self._analyze,
            "clarify": self._clarify,
            "groundtruth-merger": self._merge,
        }

    def _merge(self, request: ProcessingJobRequest, output: ProcessingOutput, stream: TextIO) -> RunResult:
        return MergeRun(request, output, storage_options=self._storage_options, stream=stream).run()

    def _analyze(self, request: ProcessingJobRequest, output: ProcessingOutput, stream: TextIO) -> RunResult:
        from airflow_model_monitor.jobs import analyze

        return self._publish(request, output, partial(analyze.run, stream=stream))

    def _clarify(self, request: ProcessingJobRequest, output: ProcessingOutput, stream: TextIO) -> RunResult:
        from airflow_model_monitor.jobs import clarify

        job = partial(clarify.run, session=self._session, headers=self._headers, stream=stream)
        return self._publish(request, output, job)

    def _publish(
        self, request: ProcessingJobRequest, output: ProcessingOutput, job: Callable[..., JobResult]
    ) -> RunResult:
        """Run a job of an analysis on the request's inputs, and publish what it wrote."""
        data = existing_data(request, self._exists)
        with tempfile.TemporaryDirectory(prefix="model-monitor-") as scratch:
            mounts = {one.local_path.rstrip("/"): one.uri for one in (*data, *_other_inputs(request))}
            mounts[output.local_path.rstrip("/")] = f"{scratch}/output"
            mounts[str(Path(OUTPUT_MESSAGE_FILE).parent)] = f"{scratch}/ml-output"
            mounts[CLOUDWATCH_METRICS_DIRECTORY] = f"{scratch}/metrics"
            result = job(request.environment, mounts=mounts, storage_options=self._storage_options)
            if result.exit_code != 0 or result.execution is None or result.output_dir is None:
                raise (JobInputsHadNoData if NO_DATA in result.message else MonitoringJobFailed)(result.message)
            revision = publish_analysis(
                request.environment, output, result.output_dir, result.execution, self._storage_options
            )
            sent, skipped = self._publish_metrics(revision, result.metrics_file)
        return RunResult(revision, output.uri, sent, skipped)

    def _check(self, request: ProcessingJobRequest) -> ProcessingOutput:
        """The one output; raises for a request that asks for another runtime."""
        if request.image_uri is not None and is_aws_image(request.image_uri):
            raise ValueError(
                f"image_uri: {request.image_uri!r} is AWS's image, but the worker runs this package's engine; leave "
                "the image out, or run the request on SageMaker"
            )
        if len(request.outputs) != 1:
            raise ValueError(f"outputs: {len(request.outputs)} given; a monitoring job has exactly one")
        for one in request.inputs:
            if one.data_type != "S3Prefix" or one.input_mode != "File":
                raise ValueError(
                    f"input {one.name}: data_type={one.data_type!r}, input_mode={one.input_mode!r}; the worker reads "
                    "folders and files ('S3Prefix', 'File')"
                )
        if request.environment.get("publish_cloudwatch_metrics") == "Enabled" and self._session is None:
            raise ValueError(
                "session: None, but the request has publish_cloudwatch_metrics=Enabled; give a boto3 session or a "
                "ModelMonitorHook, or disable the metrics"
            )
        return request.outputs[0]

    def _exists(self, uri: str) -> bool:
        return Folder(uri, self._storage_options).is_there()

    def _publish_metrics(self, revision: Revision, metrics_file: Path | None) -> tuple[int, int]:
        namespace = revision.execution.metrics_namespace
        if metrics_file is None or namespace is None or self._session is None:
            return 0, 0
        records = [json.loads(line) for line in metrics_file.read_text(encoding="utf-8").splitlines()]
        return send_metrics_once(revision, records, namespace=namespace, clients=self._session)


def _other_inputs(request: ProcessingJobRequest) -> list[ProcessingInput]:
    data = inputs_below(request, "dataset_source")
    return [one for one in request.inputs if one not in data]
