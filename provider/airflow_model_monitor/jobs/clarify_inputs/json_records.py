"""JSON Lines and JSON datasets: features, labels and predicted labels found by JMESPath."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from airflow_model_monitor.analysis.feature_table import FeatureTable, column
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.clarify_headers import record_headers
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_reader import decode
from airflow_model_monitor.jobs.clarify_inputs.model_rows import ModelRows, named
from airflow_model_monitor.jobs.clarify_inputs.value_columns import refuse_odd_values
from airflow_model_monitor.tables.json_source import json_values
from airflow_model_monitor.tables.source_files import SourceFile, source_files

Search = Callable[[Any], Any]


def path(expression: str | int, key: str) -> Search:
    """The search of a JMESPath.

    :param key: the setting it comes from, for the error
    :raises ContractError: it is none
    """
    import jmespath

    try:
        compiled = jmespath.compile(str(expression))
    except jmespath.exceptions.JMESPathError as error:
        message = str(error).splitlines()[0]
        raise ContractError(f"{expression!r} is no JMESPath ({message})", field=key) from None

    def search(document: Any) -> Any:
        try:
            return compiled.search(document)
        except jmespath.exceptions.JMESPathError:
            return None  # nothing of the kind is there; whoever asked says so with the place

    return search


def json_rows(
    urls: Sequence[str], config: AnalysisConfig, *, lines: bool, features: str, storage_options: Mapping[str, Any]
) -> ModelRows:
    """Read a dataset of JSON; ``headers`` name the features, then the label, then the predicted label.

    :param lines: a record per line, the paths looked for in each; else the paths are looked for in the whole file and
        find lists, one element per record
    :param features: JMESPath of the features
    :raises ContractError: not JSON, nothing where a path points, lists of different lengths
    """
    wanted: dict[str, tuple[str, Search]] = {"features": ("$.features", path(features, "$.features"))}
    if config.label is not None:
        wanted["label"] = ("$.label", path(config.label, "$.label"))
    if config.predicted_label is not None:
        wanted["predicted_label"] = ("$.predicted_label", path(config.predicted_label, "$.predicted_label"))
    found: dict[str, list[Any]] = {name: [] for name in wanted}
    for file in source_files(urls, storage_options=storage_options):
        for record in _of_lines(file, wanted) if lines else _of_document(file, wanted):
            for name, values in record.items():
                found[name] += values
    rows = found.pop("features")
    headers = record_headers(config.headers, len(rows[0]) if isinstance(rows[0], list) else 0)
    table = feature_table(headers.features, rows, urls[0])
    excluded = [named(name, headers.features, "$.excluded_columns") for name in config.excluded_columns]
    for name, values in found.items():
        refuse_odd_values(values, file=urls[0], field=wanted[name][0])
    columns = {name: column(values) for name, values in found.items()}
    return ModelRows(
        table,
        excluded=tuple(name for name in excluded if name is not None),
        labels=columns.get("label"),
        label_name=headers.label or "label",
        predicted_labels=columns.get("predicted_label"),
    )


def feature_table(names: Sequence[str], rows: Sequence[Any], file: str) -> FeatureTable:
    """Columns of rows of equal length.

    :raises ContractError: a row of another length, or a feature that is a list or an object
    """
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(names):
            count = len(row) if isinstance(row, list) else "no list of"
            raise ContractError(
                f"record {number} has {count} features, the first one {len(names)}", file=file, field="features"
            )
    columns = []
    for index, name in enumerate(names):
        values = [row[index] for row in rows]
        refuse_odd_values(values, file=file, field=name)
        columns.append(column(values))
    return FeatureTable(tuple(names), tuple(columns))


def _of_lines(file: SourceFile, wanted: Mapping[str, tuple[str, Search]]) -> Iterator[dict[str, list[Any]]]:
    with file.open() as stream:
        for line, record in json_values(stream, file.name, lines=True):
            values = {}
            for name, (key, search) in wanted.items():
                value = search(record)
                if value is None or (name == "features" and not isinstance(value, list)):
                    raise ContractError(
                        f"the record has no {'list' if name == 'features' else 'value'} there",
                        file=file.name,
                        line=line,
                        field=key,
                        remedy=f"Check the JMESPath against the record {json.dumps(record)[:80]}",
                    )
                values[name] = [value]
            yield values


def _of_document(file: SourceFile, wanted: Mapping[str, tuple[str, Search]]) -> Iterator[dict[str, list[Any]]]:
    with file.open() as stream:
        text = decode(stream.read(), file.name)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ContractError(
            f"not JSON ({error})",
            file=file.name,
            field="$.dataset_type",
            remedy="application/json is one document a file; one record a line is application/jsonlines",
        ) from None
    values: dict[str, list[Any]] = {}
    for name, (key, search) in wanted.items():
        found = search(document)
        if not isinstance(found, list) or not found:
            raise ContractError(
                "the document has no list there",
                file=file.name,
                field=key,
                remedy="The JMESPath must find one element per record, such as instances[*].features",
            )
        values[name] = found
    lengths = {name: len(found) for name, found in values.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{count} {name}" for name, count in lengths.items())
        raise ContractError(f"the JMESPaths find lists of different lengths: {shown}", file=file.name)
    yield values
