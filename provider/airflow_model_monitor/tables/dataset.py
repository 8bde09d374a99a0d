"""Opening a dataset: a location and a format in, a relation out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv, DatasetFormat, Json, MergeJson, Parquet
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.capture_flattening import Preprocessor
from airflow_model_monitor.tables.column_names import rename_to_baseline
from airflow_model_monitor.tables.engine import DEFAULT_MEMORY_LIMIT, DEFAULT_THREADS, connect
from airflow_model_monitor.tables.relation import Relation
from airflow_model_monitor.tables.source_files import source_files
from airflow_model_monitor.tables.staging import Staging


def open_dataset(
    location: str | os.PathLike[str] | Sequence[str],
    dataset_format: DatasetFormat,
    *,
    storage_options: Mapping[str, Any] | None = None,
    compatibility: Compatibility = SAGEMAKER,
    baseline_columns: Sequence[str] | None = None,
    preprocessor: Preprocessor | None = None,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    threads: int = DEFAULT_THREADS,
    temp_directory: str | None = None,
) -> Relation:
    """Open files as one relation; close it to remove what was staged.

    :param location: a file, a folder or an fsspec URL (``s3://``, ``memory://``, ``file://``), or several, read in the
        order given; files of a folder are read in the order of their paths, hidden and empty ones passed over
    :param dataset_format: what the files hold
    :param storage_options: arguments of the fsspec file system
    :param compatibility: ``sagemaker`` or ``corrected``
    :param baseline_columns: names of the baseline's columns, to name the columns after
    :param preprocessor: turns captured records into rows (captured data only);
        see :data:`.capture_flattening.Preprocessor`
    :param memory_limit: DuckDB's memory limit; raised by itself for very wide tables and very long lines
    :param threads: DuckDB's threads
    :param temp_directory: where to stage and spill; the system's temporary folder by default
    :raises ContractError: nothing there, or something that cannot be read; names file, line, field and remedy
    """
    accept = is_capture_file if isinstance(dataset_format, (CaptureJson, MergeJson)) else None
    files = source_files(location, storage_options=storage_options, accept=accept)
    staging = Staging(temp_directory)
    connection = connect(memory_limit=memory_limit, threads=threads, temp_directory=staging.folder)
    try:
        match dataset_format:
            case Csv():
                from airflow_model_monitor.tables.csv_source import csv_relation

                relation = csv_relation(
                    files,
                    header=dataset_format.header,
                    compatibility=compatibility,
                    connection=connection,
                    staging=staging,
                )
            case Parquet():
                from airflow_model_monitor.tables.parquet_source import parquet_relation

                relation = parquet_relation(files, connection=connection, staging=staging)
            case Json():
                from airflow_model_monitor.tables.json_source import json_relation

                relation = json_relation(files, lines=dataset_format.lines, connection=connection, staging=staging)
            case CaptureJson():
                from airflow_model_monitor.tables.capture_source import capture_relation

                relation = capture_relation(
                    files,
                    sides=dataset_format.capture_index_names,
                    compatibility=compatibility,
                    preprocessor=preprocessor,
                    connection=connection,
                    staging=staging,
                )
            case MergeJson():
                raise ContractError(
                    "data merged with ground truth is not a data-quality dataset",
                    field="dataset_format",
                    remedy="Use sagemakerCaptureJson, csv, json or parquet.",
                )
    except BaseException:
        connection.close()
        staging.remove()
        raise
    relation.on_close(staging.remove)
    return rename_to_baseline(relation, baseline_columns, compatibility)


def is_capture_file(name: str) -> bool:
    """Whether a file of this name holds captured data."""
    return name.endswith((".jsonl", ".jsonl.gz"))
