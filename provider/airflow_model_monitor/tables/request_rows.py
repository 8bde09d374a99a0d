"""Captured requests as one table: a column per feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract.compatibility import CORRECTED
from airflow_model_monitor.contract.dataset_format import CaptureJson
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.dataset import open_dataset
from airflow_model_monitor.tables.relation import quote_identifier, quote_literal


def write_requests(
    urls: Sequence[str],
    headers: Sequence[str],
    target: Path,
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> int:
    """Write CSV with a header: the features of every captured request, labelled or not, as the request spells them.

    :param urls: folders of captured data
    :param headers: names of the features, in the order of a request
    :param target: local file to write
    :returns: number of rows
    :raises ContractError: a record that cannot be read, or requests of another number of features
    """
    form = CaptureJson(("endpointInput",))
    options = dict(storage_options or {})
    with open_dataset(list(urls), form, storage_options=options, compatibility=CORRECTED) as found:
        if len(found.columns) != len(headers):
            raise ContractError(
                f"requests hold {len(found.columns)} values, and {len(headers)} features are named",
                field="headers",
                remedy="Name the features of a request, in its order, and nothing else",
            )
        named = ", ".join(
            f"{column.expression} AS {quote_identifier(name)}" for column, name in zip(found.columns, headers)
        )
        sql = f"COPY (SELECT {named} FROM ({found.sql})) TO {quote_literal(str(target))} (FORMAT csv, HEADER)"
        rows: int = found.connection.execute(sql).fetchall()[0][0]
    return rows
