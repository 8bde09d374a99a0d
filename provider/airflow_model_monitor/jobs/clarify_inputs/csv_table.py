"""CSV and Parquet files as named, typed columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from airflow_model_monitor.contract.compatibility import CORRECTED
from airflow_model_monitor.contract.dataset_format import Csv, Parquet
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.clarify_inputs.value_columns import Column, typed_column
from airflow_model_monitor.tables.csv_dialect import rows_of_file
from airflow_model_monitor.tables.dataset import open_dataset
from airflow_model_monitor.tables.relation import Relation
from airflow_model_monitor.tables.source_files import source_files


def csv_columns(
    urls: Sequence[str],
    headers: Sequence[str],
    *,
    storage_options: Mapping[str, Any],
    options: Mapping[str, Any],
    key: str = "headers",
) -> dict[str, Column]:
    """Read CSV files.

    With ``headers`` the files have none, unless their first line repeats them. Without, a first line without a number
    or an empty cell is one; else the columns are ``column_0``, ``column_1``, ... Quotes are read as RFC 4180 has them.

    :param headers: names of all columns, or none
    :param options: ``memory_limit`` and ``threads`` of the engine
    :param key: the configuration's key that names the columns, for errors
    :raises ContractError: nothing there, not CSV, or another number of columns than headers
    """
    first = _first_row(urls, storage_options)
    has_header = first == list(headers) if headers else _is_header(first)
    relation = open_dataset(
        urls, Csv(header=has_header), storage_options=storage_options, compatibility=CORRECTED, **options
    )
    with relation:
        names = list(headers) or ([column.name for column in relation.columns] if has_header else [])
        return _columns(relation, names, urls[0], key)


def parquet_columns(
    urls: Sequence[str], headers: Sequence[str], *, storage_options: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Column]:
    """Read Parquet files; ``headers`` rename their columns.

    :raises ContractError: as :func:`csv_columns`
    """
    with open_dataset(urls, Parquet(), storage_options=storage_options, compatibility=CORRECTED, **options) as relation:
        return _columns(relation, list(headers) or [column.name for column in relation.columns], urls[0], "headers")


def _columns(relation: Relation, names: Sequence[str], file: str, key: str) -> dict[str, Column]:
    names = list(names) or [f"column_{index}" for index in range(len(relation.columns))]
    if len(names) != len(relation.columns):
        raise ContractError(
            f"the dataset has {len(relation.columns)} columns and the configuration {len(names)} headers",
            file=file,
            field=key,
            remedy="Name every column once, the label's too, or leave the key out",
        )
    found = relation.connection.execute(relation.sql).fetchnumpy().values()
    return {
        name: _column(values, column.kind) for name, column, values in zip(names, relation.columns, found, strict=True)
    }


def _column(values: Any, kind: str) -> Column:
    missing = np.ma.getmaskarray(values)
    values = np.ma.getdata(values)
    if kind == "text" or (kind == "boolean" and missing.any()):
        return typed_column([None if gone else value for value, gone in zip(values.tolist(), missing.tolist())])
    if missing.any():
        return np.where(missing, np.nan, values.astype(np.float64))
    return values  # type: ignore[no-any-return]


def _first_row(urls: Sequence[str], storage_options: Mapping[str, Any]) -> list[str | None]:
    file = source_files(urls, storage_options=storage_options)[0]
    try:
        with file.open() as stream:
            return next((row for _, row in rows_of_file(stream, "rfc4180", file=file.name)), [])
    except UnicodeDecodeError:
        return []  # opening the dataset says in which line


def _is_header(row: Sequence[str | None]) -> bool:
    cells = [cell for cell in row if cell is not None and cell.strip()]
    return bool(row) and len(cells) == len(row) == len(set(cells)) and not any(map(_is_number, cells))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
