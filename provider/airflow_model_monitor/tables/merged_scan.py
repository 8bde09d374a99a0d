"""The plainest merged records, unpacked by DuckDB many times faster than one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.tables.capture_flattening import record_lines
from airflow_model_monitor.tables.capture_source import MAX_LINE_BYTES, one_line
from airflow_model_monitor.tables.column_arrays import column_arrays
from airflow_model_monitor.tables.labelled_values import LabelAttributes, LabelledColumns, Place
from airflow_model_monitor.tables.read_failure import engine_errors
from airflow_model_monitor.tables.record_attribute import RecordAttribute
from airflow_model_monitor.tables.relation import quote_literal
from airflow_model_monitor.tables.source_files import GLOB_CHARACTERS, SourceFile
from airflow_model_monitor.tables.torn_line import is_torn

if TYPE_CHECKING:
    import duckdb

_SIDE: Final = "STRUCT(data VARCHAR, encoding VARCHAR)"


def scanned_columns(
    files: Sequence[SourceFile],
    attributes: LabelAttributes,
    sides: Sequence[str],
    connection: duckdb.DuckDBPyConnection,
    *,
    originals: Sequence[SourceFile] | None = None,
) -> LabelledColumns | None:
    """The columns of records whose label and answer are one unquoted line of CSV each.

    ``None`` when anything is out of the ordinary; the careful way decides then, and words the error.

    :param files: files of this machine, unpacked
    :param originals: the same files where they will still be when an error asks for the place of a row
    """
    asked = (attributes.ground_truth, attributes.inference, attributes.probability)
    if any(GLOB_CHARACTERS.search(file.path) or is_torn(file.path) for file in files):
        return None
    if any(attribute is not None and attribute.index is None for attribute in asked):
        return None
    try:
        found = column_arrays(_selected(attributes), _from(files, sides), connection, numeric=attributes.numeric)
    except engine_errors():
        return None
    if found is None or not len(found["label"]):
        return None
    return LabelledColumns(
        labels=found["label"],
        predictions=found.get("prediction"),
        probabilities=found.get("probability"),
        place_of=lambda row: _place(originals or files, row),
    )


def _selected(attributes: LabelAttributes) -> dict[str, str]:
    label, prediction, probability = attributes.ground_truth, attributes.inference, attributes.probability
    # Without an attribute the whole label counts: one column, or somebody must say which.
    selected = {"label": _field("label_text", label) if label else _plain("label_text", alone=True)}
    if prediction is not None:
        selected["prediction"] = _field("answer_text", prediction)
    if probability is not None:
        selected["probability"] = _field("answer_text", probability)
    return selected


def _from(files: Sequence[SourceFile], sides: Sequence[str]) -> str:
    columns = {
        "groundTruthData": _SIDE,
        "captureData": f"STRUCT({', '.join(f'{name} {_SIDE}' for name in sides)})",
        "eventMetadata": "STRUCT(eventId VARCHAR)",
    }
    listed = ", ".join(quote_literal(file.path) for file in files)
    declared = ", ".join(f"{quote_literal(name)}: {quote_literal(kind)}" for name, kind in columns.items())
    answer = f"coalesce({', '.join(f'captureData.{name}' for name in sides)})"
    return f"""(
        SELECT CASE WHEN eventMetadata.eventId IS NOT NULL AND groundTruthData.encoding = 'CSV'
                    THEN {one_line("groundTruthData.data")} END AS label_text,
               CASE WHEN answer.encoding = 'CSV' THEN {one_line("answer.data")} END AS answer_text
        FROM (
            SELECT *, {answer} AS answer
            FROM read_json([{listed}], columns = {{{declared}}}, format = 'newline_delimited',
                           maximum_object_size = {MAX_LINE_BYTES}, hive_partitioning = false)
        )
    )"""


def _plain(text: str, *, alone: bool = False) -> str:
    """SQL for a text that is one line of unquoted values, else null; ``alone``: one value."""
    refused = (10, 13, 34, 44) if alone else (10, 13, 34)
    conditions = [
        f"{text} <> ''",
        f"NOT starts_with({text}, '[')",
        f"NOT starts_with({text}, '{{')",
        *(f"NOT contains({text}, chr({code}))" for code in refused),
    ]
    return f"CASE WHEN {' AND '.join(conditions)} THEN {text} END"


def _field(text: str, attribute: RecordAttribute) -> str:
    return f"nullif(split_part({_plain(text)}, ',', {(attribute.index or 0) + 1}), '')"


def _place(files: Sequence[SourceFile], row: int) -> Place:
    """The place of a row, counted from 1: every record is one row. Asked for by an error only."""
    before = 0
    for file in files:
        for line, _ in record_lines(file):
            before += 1
            if before == row:
                return file.name, line
    return None, None
