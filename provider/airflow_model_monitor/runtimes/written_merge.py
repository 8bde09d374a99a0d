"""A merge that SageMaker ran: its records published, with what AWS's merger does not tell counted again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.compatibility import SAGEMAKER
from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.contract.execution import Window as ExecutionWindow
from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest
from airflow_model_monitor.runtimes.base import NoGroundTruthError
from airflow_model_monitor.runtimes.data_inputs import inputs_below
from airflow_model_monitor.runtimes.label_inputs import label_files, label_inputs, label_source, path_below
from airflow_model_monitor.runtimes.merge_run import merge_key, merge_root
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.merge_change import MergeChange
from airflow_model_monitor.service.merge_store import MergeStore

if TYPE_CHECKING:
    from airflow_model_monitor.contract.merge_counts import MergeCounts
    from airflow_model_monitor.runtimes.written_files import WrittenFiles
    from airflow_model_monitor.service.revisions import Revision
    from airflow_model_monitor.tables.merge_captures import CaptureKind


def note_labels(folder: Folder, name: str, request: ProcessingJobRequest) -> None:
    """Keep which labels there were before the job began, unless an earlier try has: it reads at least those."""
    listed = label_files(request, folder.storage_options)
    folder.create(name, (json.dumps(listed) + "\n").encode())


def noted_labels(folder: Folder, name: str, request: ProcessingJobRequest) -> dict[str, int]:
    """Which labels there were before the job began: path below the ground-truth root to size."""
    content = folder.read_if_there(name)
    return label_files(request, folder.storage_options) if content is None else dict(json.loads(content))


def publish_merge(written: WrittenFiles, labels: Mapping[str, int]) -> tuple[Revision, MergeChange]:
    """Publish the records by window, as the worker's merges are.

    :param labels: what there was when the job began
    :raises NoGroundTruthError: no label belonged to a captured record
    """
    request = written.request
    key = merge_key(request)
    if not written.names:
        raise NoGroundTruthError(
            f"Processing job {request.job_name} merged no record: no label belongs to a captured record"
        )
    execution = written.record or Execution(
        monitor_type="GroundTruthMerge",
        status=exit_message.status_of("", 0),
        exit_message="",
        compatibility=SAGEMAKER,
    )
    counts = execution.merge or _recounted(written, labels)
    execution = dataclasses.replace(
        execution,
        monitor=key.monitor,
        endpoint=key.endpoint,
        window=ExecutionWindow(key.window.start, key.window.end),
        rows=counts.merged_records,
        coverage=counts.coverage,
        merge=counts,
        label_files=execution.label_files or dict(labels),
    )
    return MergeStore(merge_root(request), written.storage_options).publish(key, written.folder, execution)


def _recounted(written: WrittenFiles, labels: Mapping[str, int]) -> MergeCounts:
    from airflow_model_monitor.contract.dataset_format import Csv
    from airflow_model_monitor.contract.merge_environment import MergerEnvironment
    from airflow_model_monitor.tables.merge_coverage import captures_so_far, labels_so_far
    from airflow_model_monitor.tables.merge_recount import recount_merge

    request, options = written.request, written.storage_options
    job = MergerEnvironment.from_mapping(request.environment)
    kind: CaptureKind = "endpoint"
    if job.is_batch:
        kind = "batch_csv" if isinstance(job.dataset_format, Csv) else "batch_json"
    truth = labels_so_far(_merge_inputs(label_inputs(request), label_source(request)), storage_options=options)
    captured = inputs_below(request, "dataset_source")
    return recount_merge(
        captures_so_far(
            _merge_inputs(captured, request.environment["dataset_source"].rstrip("/")), kind, storage_options=options
        ),
        [one for one in truth if labels.get(one.path) == one.file.size],
        merged_records=sum(_lines(written, name) for name in written.names),
        kind=kind,
    )


def _merge_inputs(inputs: list[ProcessingInput], source: str) -> list[Any]:
    from airflow_model_monitor.tables.merge_files import MergeInput

    return [MergeInput(one.uri, path_below(one, source)) for one in inputs]


def _lines(written: WrittenFiles, name: str) -> int:
    with (written.folder / name).open("rb") as stream:
        return sum(bool(line.strip()) for line in stream)
