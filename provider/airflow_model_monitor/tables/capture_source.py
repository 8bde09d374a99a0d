"""Captured data of endpoints and batch transform jobs as a relation."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.contract.compatibility import Compatibility
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.capture_flattening import SIDE_ORDER, CaptureFlattening, Preprocessor
from airflow_model_monitor.tables.csv_source import csv_relation
from airflow_model_monitor.tables.read_failure import engine_errors
from airflow_model_monitor.tables.record_table import RecordTable
from airflow_model_monitor.tables.relation import Relation, quote_literal
from airflow_model_monitor.tables.source_files import GLOB_CHARACTERS, SourceFile, on_local_disk
from airflow_model_monitor.tables.torn_line import is_torn

if TYPE_CHECKING:
    import duckdb

    from airflow_model_monitor.tables.staging import Staging

_SEPARATOR: Final = "\x01"  # of COPY, which must not split anything: payloads that hold it go the careful way
MAX_LINE_BYTES: Final = 1 << 22  # DuckDB buffers several of these; longer lines go the careful way


def capture_relation(
    files: Sequence[SourceFile],
    *,
    sides: Sequence[str] | None,
    compatibility: Compatibility,
    preprocessor: Preprocessor | None,
    connection: duckdb.DuckDBPyConnection,
    staging: Staging,
) -> Relation:
    """Flatten captured data: CSV by position (outputs first), JSON and preprocessed records by sorted names.

    :param files: captured files in order
    :param sides: names of the sides to read, ``None`` for all there are
    :param compatibility: ``sagemaker`` refuses records whose sides differ in encoding
    :param preprocessor: makes rows of records instead
    :param connection: where the query will run
    :param staging: folder for the flattened rows
    :raises ContractError: naming file, line and field of the first record that cannot be read; no records
    """
    files = on_local_disk(files, staging)
    ordered = [name for name in SIDE_ORDER if sides is None or name in sides]
    if preprocessor is None:
        staged = _staged_csv(files, ordered, connection, staging)
        if staged is not None:
            return csv_relation(
                [staged], header=False, compatibility=compatibility, connection=connection, staging=staging
            )
    table = RecordTable(staging)
    flattening = CaptureFlattening(table, ordered, compatibility)
    try:
        if preprocessor is None:
            flattening.flatten(files)
        else:
            flattening.preprocess(files, preprocessor)
    finally:
        table.close()
    if not table.rows:
        raise ContractError(
            "Job inputs had no data",
            file=files[0].name,
            remedy="The files hold no record" + (" the preprocessor script kept." if preprocessor is not None else "."),
        )
    return replace(table.relation(connection), alike=flattening.alike)


def _staged_csv(
    files: Sequence[SourceFile], sides: Sequence[str], connection: duckdb.DuckDBPyConnection, staging: Staging
) -> SourceFile | None:
    """Let DuckDB unpack the plainest captures, one unquoted CSV line a side, many times faster than Python.

    ``None`` when anything is out of the ordinary; the careful way decides then, and words the error.
    """
    wanted = [name for name in sides if name != "batchTransformOutput"]
    if not wanted or any(GLOB_CHARACTERS.search(file.path) for file in files):
        return None
    if any(not file.path.endswith(".gz") and is_torn(file.path) for file in files):
        return None
    one_side = "STRUCT(data VARCHAR, encoding VARCHAR)"
    columns = {
        "captureData": f"STRUCT({', '.join(f'{name} {one_side}' for name in wanted)}, batchTransformOutput VARCHAR)",
        "eventMetadata": "STRUCT(eventId VARCHAR)",
    }
    listed = ", ".join(quote_literal(file.path) for file in files)
    declared = ", ".join(f"{quote_literal(name)}: {quote_literal(kind)}" for name, kind in columns.items())
    # ends_with and starts_with compare bytes; rtrim and left walk over characters and took most of the time.
    texts = [f"{name}_text" for name in wanted]
    plain = [
        "eventMetadata.eventId IS NOT NULL",
        "captureData.batchTransformOutput IS NULL",
        *(f"captureData.{name}.encoding = 'CSV'" for name in wanted),
        *(f"{text} <> '' AND NOT starts_with({text}, '[') AND NOT starts_with({text}, '{{')" for text in texts),
        *(f"NOT contains(row_text, chr({code}))" for code in (1, 10, 13, 34)),
    ]
    trimmed = ", ".join(f"{one_line(f'captureData.{name}.data')} AS {name}_text" for name in wanted)
    path = staging.new_path(".csv")
    query = f"""
        COPY (
            SELECT CASE WHEN {" AND ".join(plain)} THEN row_text ELSE error('not plain') END
            FROM (
                SELECT *, {" || ',' || ".join(texts)} AS row_text
                FROM (
                    SELECT *, {trimmed}
                    FROM read_json([{listed}], columns = {{{declared}}}, format = 'newline_delimited',
                                   maximum_object_size = {MAX_LINE_BYTES}, hive_partitioning = false)
                )
            )
        ) TO {quote_literal(path)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '{_SEPARATOR}')
    """
    try:
        connection.execute(query)
    except engine_errors():
        return None
    size = os.path.getsize(path)
    return replace(files[0], path=path, size=size) if size else None


def one_line(text: str) -> str:
    """SQL for a payload without its final line break."""
    bare = f"CASE WHEN ends_with({text}, chr(10)) THEN left({text}, -1) ELSE {text} END"
    return f"CASE WHEN ends_with({text}, chr(13) || chr(10)) THEN left({text}, -2) ELSE {bare} END"
