"""A data set with labels beside predictions (a baseline): CSV and Parquet by column, JSON record by record."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.contract.dataset_format import Csv, Parquet
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.column_arrays import column_arrays
from airflow_model_monitor.tables.csv_dialect import CsvDialect, rows_of_file
from airflow_model_monitor.tables.json_source import json_values
from airflow_model_monitor.tables.labelled_values import (
    LabelAttributes,
    LabelledColumns,
    LabelledValues,
    Place,
    wrong_value,
)
from airflow_model_monitor.tables.record_attribute import RecordAttribute
from airflow_model_monitor.tables.relation import Column, Relation
from airflow_model_monitor.tables.source_files import SourceFile

if TYPE_CHECKING:
    from airflow_model_monitor.contract.compatibility import Compatibility


def json_columns(files: Sequence[SourceFile], attributes: LabelAttributes, *, lines: bool) -> LabelledColumns:
    """Read JSON records; each attribute is a name or a path in the record.

    :raises ContractError: not JSON, no records, or a value is missing or of a wrong type
    """
    values = LabelledValues(attributes)
    for file in files:
        with file.open() as stream:
            for line, found in json_values(stream, file.name, lines=lines):
                for record in found if isinstance(found, list) else [found]:
                    values.add(
                        *(
                            [] if attribute is None else attribute.in_json(record)
                            for attribute in (attributes.ground_truth, attributes.inference, attributes.probability)
                        ),
                        file=file.name,
                        line=line,
                    )
    if not values.rows:
        raise ContractError("Job inputs had no data", file=files[0].name, remedy="The files hold no record.")
    return values.columns()


def relation_columns(
    relation: Relation,
    files: Sequence[SourceFile],
    dataset_format: Csv | Parquet,
    attributes: LabelAttributes,
    compatibility: Compatibility,
) -> LabelledColumns:
    """Take the columns out of a relation; each attribute is a column's name, or its index.

    :param relation: what :func:`.dataset.open_dataset` made of ``files``
    :raises ContractError: there is no such column, or a value is missing or of a wrong type
    """
    place_of = _Places(files, dataset_format, compatibility)
    named = {
        "label": attributes.ground_truth,
        "prediction": attributes.inference,
        "probability": attributes.probability,
    }
    columns = {
        name: (attribute, _column(attribute, relation, files))
        for name, attribute in named.items()
        if attribute is not None
    }
    selected = {name: _expression(column) for name, (_, column) in columns.items()}
    source = f"({relation.sql})"
    found = column_arrays(selected, source, relation.connection, numeric=attributes.numeric)
    if found is None:
        numbers = {name for name in selected if attributes.numeric or name == "probability"}
        for name, (attribute, column) in columns.items():
            _require_values(relation, attribute, column, place_of, numeric=name in numbers)
        raise AssertionError("column_arrays gives None for a value that is missing or no number")
    return LabelledColumns(
        labels=found["label"],
        predictions=found.get("prediction"),
        probabilities=found.get("probability"),
        place_of=place_of,
        alike=relation.alike,
    )


def _column(attribute: RecordAttribute, relation: Relation, files: Sequence[SourceFile]) -> Column:
    names = [column.name for column in relation.columns]
    if attribute.text in names:
        return relation.columns[names.index(attribute.text)]
    if attribute.index is not None and attribute.index < len(names):
        return relation.columns[attribute.index]
    near = difflib.get_close_matches(attribute.text, names, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    raise ContractError(
        f"the data set has no column {attribute.text!r}",
        file=files[0].name,
        field=attribute.variable,
        remedy=f"{hint}Its columns: {shown}. An index counts from 0",
    )


def _expression(column: Column) -> str:
    # JSON and Parquet know booleans; as names of classes they are texts.
    return f"CAST({column.expression} AS VARCHAR)" if column.kind == "boolean" else column.expression


def _require_values(
    relation: Relation, attribute: RecordAttribute, column: Column, place_of: _Places, *, numeric: bool
) -> None:
    """Raise at the first row without a value, or with one that is no number where one is asked for."""
    text = f"CAST({column.expression} AS VARCHAR)"
    good = f"{text} IS NOT NULL"
    if numeric:
        good += f" AND NOT contains({text}, '_') AND TRY_CAST({column.expression} AS DOUBLE) IS NOT NULL"
    query = f"""
        SELECT row, value FROM (SELECT row_number() OVER () AS row, {text} AS value, {good} AS good
                                FROM ({relation.sql}))
        WHERE NOT good ORDER BY row LIMIT 1
    """
    found: tuple[int, Any] | None = relation.connection.execute(query).fetchone()
    if found is not None:
        file, line = place_of(found[0])
        expected = "a number" if numeric else "a value"
        variable = f"{attribute.variable} (row {found[0]}, column {column.name})"
        raise wrong_value(found[1], expected, variable, file, line)


class _Places:
    """Where the rows of a data set stand; asked for by errors only, so it reads again instead of remembering."""

    def __init__(
        self, files: Sequence[SourceFile], dataset_format: Csv | Parquet, compatibility: Compatibility
    ) -> None:
        self._files, self._format = files, dataset_format
        self._dialect: CsvDialect = "spark" if compatibility == "sagemaker" else "rfc4180"

    def __call__(self, row: int) -> Place:
        if isinstance(self._format, Parquet):
            return (self._files[0].name if len(self._files) == 1 else None), None
        before = 0
        for file in self._files:
            with file.open() as stream:
                for number, (line, _) in enumerate(rows_of_file(stream, self._dialect, file=file.name)):
                    if number == 0 and self._format.header:
                        continue
                    before += 1
                    if before == row:
                        return file.name, line
        return None, None
