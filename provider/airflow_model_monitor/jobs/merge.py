"""The merger: captured data and ground truth in, merged records, exit message and exit code out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, TextIO

from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.compatibility import SAGEMAKER
from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.execution import FILE_NAME as EXECUTION
from airflow_model_monitor.contract.execution import Execution, Window
from airflow_model_monitor.contract.merge_counts import MergeCounts
from airflow_model_monitor.contract.merge_environment import MergerEnvironment
from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.jobs.folder_publication import FolderPublication
from airflow_model_monitor.jobs.job_frame import framed
from airflow_model_monitor.jobs.location import Location, Mounts
from airflow_model_monitor.jobs.progress import Progress
from airflow_model_monitor.jobs.result import JobResult
from airflow_model_monitor.tables.merge import merge
from airflow_model_monitor.tables.merge_files import MergeFile, MergeInput, captured_files, label_files


def run(
    env: Mapping[str, str],
    *,
    mounts: Mapping[str, str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    stream: TextIO | None = None,
) -> JobResult:
    """Run one merge job to its end; a failure is a result too, never an exception.

    The output folder gets ``<endpoint>/<variant>/yyyy/mm/dd/hh/part-…jsonl``, the folders of the captures, all at once;
    of a batch transform job ``<schedule>/yyyy/mm/dd/hh``. The exit message of a success is empty, as the original's.
    With ``execution_record=true`` there is an execution.json beside them, for a runtime that only sees the files.

    :param env: the environment of the contract, see
        :class:`~airflow_model_monitor.contract.merge_environment.MergerEnvironment`
    :param mounts: container paths (or folders below them) to local folders or fsspec addresses; what is not mounted
        is a path of this machine
    :param storage_options: what fsspec needs to open the addresses
    :param stream: log and progress; the standard error by default
    """
    stream = stream or sys.stderr
    where = Mounts(mounts or {}, storage_options or {})
    return framed(
        lambda: _merge(
            MergerEnvironment.from_mapping(env), where, stream, record=env.get("execution_record", "") == "true"
        ),
        message_file=env.get("output_message_file"),
        where=where,
        stream=stream,
    )


def _merge(job: MergerEnvironment, where: Mounts, stream: TextIO, *, record: bool = False) -> JobResult:
    captured, truth = _inputs(where, job.dataset_source), _inputs(where, job.ground_truth_source)
    local = [at.path for one in (*captured, *truth) if (at := Location(one.location)).is_local]
    options = dict(where.storage_options)
    with FolderPublication(where.locate(job.output_path).path, inputs=local) as publication:
        captures = captured_files(captured, storage_options=options, manifests=job.is_batch)
        labels = label_files(truth, storage_options=options)
        with Progress(stream, "captured records") as progress:
            counts = merge(
                captures,
                labels,
                publication.staged,
                kind=("batch_csv" if isinstance(job.dataset_format, Csv) else "batch_json")
                if job.is_batch
                else "endpoint",
                label_choice=job.label_choice,
                part_seed=_part_seed(job),
                folder_of=lambda one: _batch_folder(job, one) if job.is_batch else one.folder,
                memory_limit=job.memory_limit,
                threads=job.threads,
                progress=progress,
            )
        execution = _execution(job, counts, labels)
        if record:
            (publication.staged / EXECUTION).write_text(execution.to_json(), encoding="utf-8")
        publication.publish()
    return JobResult(0, execution.exit_message, execution.status, publication.output, execution)


def _inputs(where: Mounts, container_path: str) -> list[MergeInput]:
    """What is mounted at or below a folder, with its place below it; the folder itself where nothing is."""
    root = PurePosixPath(container_path)
    below = sorted(path for path in where.folders if root in (PurePosixPath(path), *PurePosixPath(path).parents))
    if not below:
        return [MergeInput(where.locate(container_path).url)]
    return [MergeInput(where.folders[path], str(PurePosixPath(path).relative_to(root)).strip(".")) for path in below]


def _part_seed(job: MergerEnvironment) -> str:
    window = [format_utc(moment) if moment else "" for moment in (job.start_time, job.end_time)]
    return "\n".join([job.sagemaker_monitoring_schedule_name or "", *window])


def _batch_folder(job: MergerEnvironment, captured: MergeFile) -> str:
    return f"{job.sagemaker_monitoring_schedule_name or ''}/{captured.hour}".strip("/")


def _execution(job: MergerEnvironment, counts: MergeCounts, labels: list[MergeFile]) -> Execution:
    return Execution(
        monitor_type="GroundTruthMerge",
        monitor=job.sagemaker_monitoring_schedule_name,
        endpoint=job.sagemaker_endpoint_name,
        status=exit_message.status_of("", 0),
        exit_message="",
        compatibility=SAGEMAKER,
        rows=counts.merged_records,
        window=Window(job.start_time, job.end_time) if job.start_time and job.end_time else None,
        coverage=counts.coverage,
        merge=counts,
        label_files={one.path: one.file.size for one in sorted(labels, key=lambda one: one.path)},
    )
