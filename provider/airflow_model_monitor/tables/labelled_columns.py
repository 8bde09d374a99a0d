"""Opening labelled data: a location and a format in, labels, predictions and probabilities out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.contract.dataset_format import CaptureJson, DatasetFormat, Json, MergeJson
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.dataset import is_capture_file, open_dataset
from airflow_model_monitor.tables.engine import DEFAULT_MEMORY_LIMIT, DEFAULT_THREADS, connect
from airflow_model_monitor.tables.labelled_dataset import json_columns, relation_columns
from airflow_model_monitor.tables.labelled_values import LabelAttributes, LabelledColumns
from airflow_model_monitor.tables.merged_scan import scanned_columns
from airflow_model_monitor.tables.merged_source import OUTPUT_SIDES, MergedSource
from airflow_model_monitor.tables.source_files import on_local_disk, source_files
from airflow_model_monitor.tables.staging import Staging

__all__ = ["LabelAttributes", "LabelledColumns", "labelled_columns"]


def labelled_columns(
    location: str | os.PathLike[str] | Sequence[str],
    dataset_format: DatasetFormat,
    attributes: LabelAttributes,
    *,
    storage_options: Mapping[str, Any] | None = None,
    compatibility: Compatibility = SAGEMAKER,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    threads: int = DEFAULT_THREADS,
    temp_directory: str | None = None,
) -> LabelledColumns:
    """Read the labels of some data, and what a model said, into arrays.

    Merged records (``sagemakerMergeJson``) hold the label in ``groundTruthData.data`` and the model's answer in one of
    the captured sides; a data set (csv, json, parquet) holds all three in its columns.

    :param location: a file, a folder or an fsspec URL, or several, read in the order given
    :param dataset_format: what the files hold
    :param attributes: where the values stand: an index (CSV), a column's name, a JSONPath or JMESPath (JSON)
    :param storage_options: arguments of the fsspec file system
    :param compatibility: ``sagemaker`` or ``corrected``
    :param memory_limit: DuckDB's memory limit; the arrays come on top (8 bytes a number, some 60 a text)
    :raises ContractError: nothing there, no labels in this format, or a value that is missing or of a wrong type;
        names file, line, field and remedy
    """
    options: dict[str, Any] = {"memory_limit": memory_limit, "threads": threads, "temp_directory": temp_directory}
    match dataset_format:
        case CaptureJson():
            raise ContractError(
                "captured data has no labels",
                field="dataset_format",
                remedy="Merge it with its ground truth first (model-monitor merge) and use sagemakerMergeJson",
            )
        case MergeJson():
            sides = _sides(dataset_format)
            return _merged(location, sides, attributes, storage_options, compatibility, **options)
    if attributes.ground_truth is None:
        raise ContractError(
            "the variable is missing, and a data set's label can be in any column",
            field="ground_truth_attribute",
            remedy="Set it to the name or index of the label's column",
        )
    files = source_files(location, storage_options=storage_options)
    if isinstance(dataset_format, Json):
        return json_columns(files, attributes, lines=dataset_format.lines)
    with open_dataset(
        location, dataset_format, storage_options=storage_options, compatibility=compatibility, **options
    ) as relation:
        return relation_columns(relation, files, dataset_format, attributes, compatibility)


def _sides(dataset_format: MergeJson) -> tuple[str, ...]:
    stated = dataset_format.capture_index_names
    sides = OUTPUT_SIDES if stated is None else tuple(name for name in OUTPUT_SIDES if name in stated)
    if not sides:
        raise ContractError(
            f"captureIndexNames names {', '.join(stated or ())} only, but the model's answer is what is judged",
            field="dataset_format",
            remedy="Name endpointOutput, or batchTransformOutput for batch transform",
        )
    return sides


def _merged(
    location: str | os.PathLike[str] | Sequence[str],
    sides: Sequence[str],
    attributes: LabelAttributes,
    storage_options: Mapping[str, Any] | None,
    compatibility: Compatibility,
    *,
    memory_limit: str,
    threads: int,
    temp_directory: str | None,
) -> LabelledColumns:
    files = source_files(location, storage_options=storage_options, accept=is_capture_file)
    staging = Staging(temp_directory)
    try:
        local = on_local_disk(files, staging)
        connection = connect(memory_limit=memory_limit, threads=threads, temp_directory=staging.folder)
        try:
            found = scanned_columns(local, attributes, sides, connection, originals=files)
        finally:
            connection.close()
        if found is None:
            values = MergedSource(attributes, sides, compatibility).read(local)
            if not values.rows:
                raise ContractError("Job inputs had no data", file=files[0].name, remedy="The files hold no record")
            found = values.columns()
        return found
    finally:
        staging.remove()
