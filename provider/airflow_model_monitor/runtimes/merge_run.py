"""Running a merge with ground truth in the worker: mount, merge, publish, and look whether labels came meanwhile."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from airflow_model_monitor.contract.environment import OUTPUT_MESSAGE_FILE
from airflow_model_monitor.contract.execution import Window as ExecutionWindow
from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest, ProcessingOutput
from airflow_model_monitor.contract.timestamps import parse_utc
from airflow_model_monitor.runtimes.base import RunResult
from airflow_model_monitor.runtimes.data_inputs import existing_data, failure_of, inputs_below
from airflow_model_monitor.runtimes.label_inputs import label_files, label_inputs, label_source, no_labels, path_below
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.merge_change import MergeChange
from airflow_model_monitor.service.merge_store import MERGE_LAYOUT, MergeKey, MergeStore
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.windows import Window

#: How often a window is merged in one run while labels keep arriving; the next run takes what comes later still.
ROUNDS = 5


class MergeRun:
    """One merge request of a monitor's window.

    :param request: names ``ground_truth_source`` in its environment
    :param output: its one output, ``<root>/merge``
    :param storage_options: what fsspec needs to open the request's addresses
    :param stream: where the job logs and shows its progress
    :raises ValueError: a request that is not for a monitor's window
    """

    def __init__(
        self,
        request: ProcessingJobRequest,
        output: ProcessingOutput,
        *,
        storage_options: Mapping[str, Any],
        stream: TextIO,
    ) -> None:
        self._request = request
        self._output = output
        self._storage_options = storage_options
        self._stream = stream
        root = merge_root(request)
        self._key = merge_key(request)
        self._store = MergeStore(root, storage_options)

    def run(self) -> RunResult:
        """Merge until no label has arrived or changed while it was done, and publish each time.

        Of two runs at the same time the one that publishes last has therefore merged every label. A run killed at any
        moment is finished by the next one.

        :raises NoGroundTruthError: no label file in any of the folders, or no label of a captured record in them
        :raises JobInputsHadNoData: there are no captures in the window
        :raises MonitoringJobFailed: the job ended with the contract's failure status; nothing was published
        """
        data = existing_data(self._request, self._exists)
        before = self._store.read(self._key)
        labels = label_files(self._request, self._storage_options)
        if not labels:
            raise no_labels(self._request)
        for left in reversed(range(ROUNDS)):
            revision, change = self._merge(data, labels)
            published = self._store.read(self._key) or revision
            labels = label_files(self._request, self._storage_options)
            if dict(published.execution.label_files) == labels:
                return RunResult(published, self._output.uri, change=self._change(before, published, change))
            if left:
                self._stream.write("Labels arrived while this window was merged: merging it again.\n")
        self._stream.write(
            f"Labels still arrive after {ROUNDS} merges of this window; the next merge takes what came last.\n"
        )
        return RunResult(revision, self._output.uri, change=self._change(before, revision, change))

    def _merge(self, data: list[ProcessingInput], labels: Mapping[str, int]) -> tuple[Revision, MergeChange]:
        from airflow_model_monitor.jobs import merge

        with tempfile.TemporaryDirectory(prefix="model-monitor-") as scratch:
            source = label_source(self._request)
            folders = [one for one in label_inputs(self._request) if _holds(one, labels, source)]
            mounts = {one.local_path.rstrip("/"): one.uri for one in (*data, *folders)}
            mounts[self._output.local_path.rstrip("/")] = f"{scratch}/output"
            mounts[str(Path(OUTPUT_MESSAGE_FILE).parent)] = f"{scratch}/ml-output"
            result = merge.run(
                self._request.environment,
                mounts=mounts,
                storage_options=self._storage_options,
                stream=self._stream,
            )
            if result.exit_code != 0 or result.execution is None or result.output_dir is None:
                raise failure_of(result.message)
            execution = dataclasses.replace(
                result.execution,
                monitor=self._key.monitor,
                endpoint=self._key.endpoint,
                window=ExecutionWindow(self._key.window.start, self._key.window.end),
                # What the job was given, unless it says itself what it has read.
                label_files=result.execution.label_files or dict(labels),
            )
            return self._store.publish(self._key, result.output_dir, execution)

    def _change(self, before: Revision | None, after: Revision, last: MergeChange) -> MergeChange:
        """What the whole run has changed: its last round's change, unless that does not begin where the run did."""
        start = None if before is None else before.execution.revision
        return last if last.previous == start else self._store.change(before, after)

    def _exists(self, uri: str) -> bool:
        return Folder(uri, self._storage_options).is_there()


def merge_root(request: ProcessingJobRequest) -> str:
    """The root of the monitors' output that a merge request writes below.

    :raises ValueError: it writes elsewhere
    """
    uri = request.outputs[0].uri
    root, found, rest = uri.rstrip("/").rpartition(f"/{MERGE_LAYOUT}")
    if not found or rest:
        raise ValueError(
            f"outputs: {uri!r}; a merge is published below <root>/{MERGE_LAYOUT}, which SageMaker's own uses"
        )
    return root


def merge_key(request: ProcessingJobRequest) -> MergeKey:
    """Which monitor's window a merge request is for, and of which endpoint and variant.

    :raises ValueError: the request does not say
    """
    environment = request.environment
    names = ("sagemaker_monitoring_schedule_name", "start_time", "end_time")
    monitor, start, end = (environment.get(name, "") for name in names)
    if not monitor or not start or not end:
        missing = ", ".join(name for name in names if not environment.get(name))
        raise ValueError(
            f"environment: {missing} not set; the worker merges windows of a monitor. To merge folders without one, "
            "run `model-monitor merge`"
        )
    window = Window(parse_utc(start, field="start_time"), parse_utc(end, field="end_time"))
    endpoint = environment.get("sagemaker_endpoint_name") or None
    if endpoint is None:
        return MergeKey(monitor, window)
    source = environment.get("dataset_source", "").rstrip("/")
    for one in inputs_below(request, "dataset_source"):
        parts = path_below(one, source).split("/")
        if len(parts) > 1 and parts[0] == endpoint:
            return MergeKey(monitor, window, endpoint, parts[1])
    raise ValueError(f"inputs: none is mounted at {source}/{endpoint}/<variant>/yyyy/mm/dd, so no variant is known")


def _holds(one: ProcessingInput, labels: Mapping[str, int], source: str) -> bool:
    below = path_below(one, source)
    return any(path == below or path.startswith(f"{below}/" if below else "") for path in labels)
