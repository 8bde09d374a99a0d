"""One side of a captured record as rows."""

from __future__ import annotations

import json
from typing import Any

from airflow_model_monitor.contract.captured_data import EventData
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.csv_dialect import CsvDialect, rows_of_text

PayloadRow = dict[str | int, Any]
"""Values by name, or by position where the payload has no names."""


def payload_rows(side: EventData, *, name: str, dialect: CsvDialect, file: str, line: int) -> list[PayloadRow]:
    """Read a payload.

    CSV: one row per line, by position, all text, an empty field is null. JSON: an object is a row; a list of objects,
    or one object per line, is several; a list of lists is several rows by position; a list of plain values, or one
    plain value, is one row by position. BASE64 is decoded first and read as its content type says, as CSV by default.

    :param side: the captured payload
    :param name: ``endpointInput`` and so on, for error messages
    :param dialect: how quotes in CSV are read
    :param file: file of the record
    :param line: its line
    :raises ContractError: the payload is not what its label says
    """
    field = f"captureData.{name}.data"
    text, encoding = side.data, side.encoding
    if encoding == "BASE64":
        text = decoded_payload(side, field, file, line)
        encoding = "JSON" if "json" in (side.observed_content_type or "").lower() else "CSV"
    if encoding == "CSV":
        if dialect == "rfc4180" and is_json_container(text):
            raise ContractError(
                "the payload is labelled CSV, but holds JSON",
                file=file,
                line=line,
                field=field,
                remedy="List its content type among JsonContentTypes in the endpoint's CaptureContentTypeHeader.",
            )
        return [dict(enumerate(row)) for row in rows_of_text(text, dialect, file=file, line=line)]
    documents = json_documents(text, field, file, line)
    return _json_rows(documents[0] if len(documents) == 1 else documents)


def json_documents(text: str, field: str, file: str, line: int) -> list[Any]:
    """The values of a JSON payload: one, or one per line.

    :raises ContractError: it is not JSON
    """
    try:
        try:
            return [json.loads(text)]
        except ValueError:
            lines = [part for part in text.split("\n") if part.strip()]
            if len(lines) < 2:
                raise
            return [json.loads(part) for part in lines]
    except (ValueError, RecursionError) as error:
        raise ContractError(
            f"the payload is labelled JSON, but is not JSON ({error})",
            file=file,
            line=line,
            field=field,
            remedy="List its content type among CsvContentTypes in the endpoint's CaptureContentTypeHeader.",
        ) from error


def decoded_payload(side: EventData, field: str, file: str, line: int) -> str:
    """The text under BASE64.

    :raises ContractError: it is no base64, or no text
    """
    try:
        return side.payload().decode("utf-8")
    except ValueError as error:  # UnicodeDecodeError is one
        raise ContractError(
            f"the payload labelled BASE64 is no text ({error})",
            file=file,
            line=line,
            field=field,
            remedy="Turn it into rows with a record preprocessor script, or capture it as CSV or JSON.",
        ) from error


def is_json_container(text: str) -> bool:
    """Whether a text is a JSON object or array."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json_rows(value: Any) -> list[PayloadRow]:
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        return [{0: value}]
    if value and all(isinstance(item, dict) for item in value):
        return value
    if value and all(isinstance(item, list) for item in value):
        return [dict(enumerate(item)) for item in value]
    return [dict(enumerate(value))] if value else []
