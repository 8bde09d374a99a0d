"""The rows "feature absent" is measured by: written in the configuration, in a file of their own, or suggested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_model_monitor.analysis.feature_table import FeatureTable, column
from airflow_model_monitor.analysis.kernel_shap.baseline_suggestion import suggest_baseline
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.shap_config import ShapConfig
from airflow_model_monitor.jobs.clarify_inputs.csv_table import csv_columns, parquet_columns
from airflow_model_monitor.jobs.clarify_inputs.json_records import path
from airflow_model_monitor.jobs.clarify_inputs.stated_address import stated_at
from airflow_model_monitor.jobs.clarify_inputs.value_columns import refuse_odd_values
from airflow_model_monitor.jobs.location import Location

_KEY = "methods.shap.baseline"


def shap_baseline(
    config: ShapConfig,
    rows: FeatureTable,
    *,
    features: str | None,
    dataset_type: str | None,
    storage_options: Mapping[str, Any],
    options: Mapping[str, Any],
) -> FeatureTable:
    """Return the baseline rows.

    :param rows: what is explained, as the model takes it: a suggestion is made of clusters of them
    :param features: JMESPath of the features, for baselines given as JSON
    :param dataset_type: of the dataset, and so of a baseline in a file
    :param storage_options: for a baseline in a file
    :param options: of the engine
    :raises ContractError: the baseline has other features than the rows
    """
    given = config.baseline
    if given is None:
        return suggest_baseline(rows, num_clusters=config.num_clusters, seed=config.seed or 0)
    if isinstance(given, str):
        with stated_at(f"$.{_KEY}"):
            return _of_file(given, rows, features, dataset_type, storage_options, options)
    if isinstance(given, dict):
        found = _of_documents([given], features, rows.names)
    elif any(isinstance(item, dict) for item in given):
        found = _of_documents(given, features, rows.names)
    else:
        found = list(given)
    return _like(rows, found)


def _of_documents(documents: Sequence[Any], features: str | None, names: Sequence[str]) -> list[list[Any]]:
    search = None if features is None else path(features, "features")
    found: list[list[Any]] = []
    for number, document in enumerate(documents, 1):
        value = document if search is None else search(document)
        if isinstance(value, dict):
            # By name where the features are named, else in the order written.
            value = [value[name] for name in names] if set(names) <= set(value) else list(value.values())
        if not isinstance(value, list) or not value:
            raise ContractError(
                f"row {number} has no list of features" + ("" if features is None else f" at {features!r}"),
                field=_KEY,
                remedy="Write baseline records as those of the dataset, without the label",
            )
        found += value if all(isinstance(item, list) for item in value) else [value]
    return found


def _of_file(
    uri: str,
    rows: FeatureTable,
    features: str | None,
    dataset_type: str | None,
    storage_options: Mapping[str, Any],
    options: Mapping[str, Any],
) -> FeatureTable:
    if dataset_type in ("application/json", "application/jsonlines"):
        import json

        text = Location(uri, storage_options).read().decode("utf-8-sig")
        try:
            lines = [line for line in text.split("\n") if line.strip()]
            documents = [json.loads(text)] if dataset_type == "application/json" else list(map(json.loads, lines))
        except ValueError as error:
            raise ContractError(f"not JSON ({error})", file=uri, field=_KEY) from None
        return _like(rows, _of_documents(documents, features, rows.names))
    read = parquet_columns if dataset_type == "application/x-parquet" else csv_columns
    columns = read([uri], [], storage_options=storage_options, options=options)
    if set(columns) >= set(rows.names):
        columns = {name: columns[name] for name in rows.names}
    table = FeatureTable(tuple(columns), tuple(columns.values()))
    return _like(rows, [list(row) for row in table.rows()])


def _like(rows: FeatureTable, found: Sequence[Sequence[Any]]) -> FeatureTable:
    for number, row in enumerate(found, 1):
        if len(row) != len(rows.names):
            raise ContractError(
                f"row {number} has {len(row)} values, and the model takes {len(rows.names)} features",
                field=_KEY,
                remedy=f"Give the features in their order, without the label: {', '.join(rows.names)}",
            )
    columns = list(map(list, zip(*found)))
    for name, values in zip(rows.names, columns, strict=True):
        refuse_odd_values(values, file=None, field=f"{_KEY} ({name})")
    return FeatureTable(rows.names, tuple(column(values) for values in columns))
