"""What the columns of a Clarify dataset are called, for tables and for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from airflow_model_monitor.contract.analysis_config import FILE_NAME, AnalysisConfig
from airflow_model_monitor.contract.clarify_values import Column
from airflow_model_monitor.contract.errors import ContractError


@dataclass(frozen=True, slots=True)
class RecordHeaders:
    """Names of the parts of a JSON record; None where the headers name no such part."""

    features: tuple[str, ...]
    label: str | None = None
    predicted_label: str | None = None


def table_headers(headers: Sequence[str], columns: int) -> tuple[str, ...]:
    """Names of the columns of a CSV file or another table, label included; ``column_0`` and so on without headers.

    :raises ContractError: unlike numbers of headers and columns
    """
    if not headers:
        return tuple(f"column_{index}" for index in range(columns))
    if len(headers) != columns:
        raise _error(f"{len(headers)} headers for a dataset of {columns} columns", "Name every column, label included.")
    return tuple(headers)


def record_headers(headers: Sequence[str], features: int) -> RecordHeaders:
    """Names of the parts of JSON records: first the features, then the label, then the predicted label.

    :param features: values in each record's features
    :raises ContractError: fewer headers than features, or more than two beyond them
    """
    if not headers:
        return RecordHeaders(tuple(f"column_{index}" for index in range(features)))
    named, others = tuple(headers[:features]), tuple(headers[features:])
    if len(named) < features or len(others) > len(("label", "predicted label")):
        raise _error(
            f"{len(headers)} headers for records of {features} features",
            "Name the features, then the label, then the predicted label where there is one.",
        )
    return RecordHeaders(named, *others)


def with_names(config: AnalysisConfig, headers: Sequence[str]) -> AnalysisConfig:
    """The configuration with facets, group variable and, in a table, labels by name instead of by position.

    :param headers: of a table's columns, or of a JSON record's features
    :raises ContractError: naming the key whose column does not exist
    """
    facets = tuple(
        replace(facet, name_or_index=column_name(facet.name_or_index, headers, f"$.facet[{index}].name_or_index"))
        for index, facet in enumerate(config.facet)
    )
    named = replace(config, facet=facets, group_variable=_optional(config.group_variable, headers, "$.group_variable"))
    if config.is_json:
        return named
    return replace(
        named,
        label=_optional(config.label, headers, "$.label"),
        predicted_label=_optional(config.predicted_label, headers, "$.predicted_label"),
    )


def column_name(column: Column, headers: Sequence[str], key: str) -> str:
    """The name of a column given by name or by 0-based position.

    :param key: JSON path of the setting, for the error
    :raises ContractError: there is no such column
    """
    if isinstance(column, int):
        if column >= len(headers):
            raise _error(f"there is no column {column}", f"Positions run from 0 to {len(headers) - 1}.", key)
        return headers[column]
    if column not in headers:
        close = get_close_matches(column, headers, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Columns are {', '.join(headers)}."
        raise _error(f"the dataset has no column {column!r}", hint, key)
    return column


def _optional(column: Column | None, headers: Sequence[str], key: str) -> str | None:
    return None if column is None else column_name(column, headers, key)


def _error(message: str, remedy: str, key: str = "$.headers") -> ContractError:
    return ContractError(message, file=FILE_NAME, field=key, remedy=remedy)
