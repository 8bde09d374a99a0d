"""Captured records as the two halves of a merged line, the label's place between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from airflow_model_monitor.contract.captured_data import ENCODINGS, MODES, CapturedRecord, parse_captured_line
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_layout import quote
from airflow_model_monitor.contract.merged_record import (
    TransformOutput,
    csv_transform_output,
    json_transform_output,
    split_csv_line,
)
from airflow_model_monitor.tables.json_lines import LineForm, Rewrite
from airflow_model_monitor.tables.relation import quote_literal
from airflow_model_monitor.tables.source_files import SourceFile

CaptureKind = Literal["endpoint", "batch_csv", "batch_json"]

_TEXT: Final = "starts_with({}, '\"')"
_OPTIONAL_TEXT: Final = "({0} IS NULL OR starts_with({0}, '\"'))"
_SIDES: Final = ("endpointInput", "endpointOutput")


@dataclass(frozen=True, slots=True)
class CaptureForm:
    """How captured lines become merged ones.

    A merged line is ``head``, then the label, then ``tail``, all SQL on the columns of ``form``. Texts are JSON with
    its quotes, as they stand in the line; two ids are equal when their JSON is, the engine having one way to write it.

    :param key: SQL of the id that labels name
    :param label: SQL of the label's part of the line, on the label table's ``truth`` and ``version``
    """

    form: LineForm
    key: str
    head: str
    label: str
    tail: str


def capture_form(kind: CaptureKind) -> CaptureForm:
    """The form of an endpoint's captures, or of the output of a batch transform job in CSV or JSON."""
    if kind == "endpoint":
        return _ENDPOINT
    return _BATCH_CSV if kind == "batch_csv" else _BATCH_JSON


def _endpoint_lines(file: SourceFile) -> Iterator[str]:
    with file.open() as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield _captured(line, file.name, number).to_json_line()


def _captured(line: bytes, file: str, number: int) -> CapturedRecord:
    try:
        record = parse_captured_line(line, file=file, line_number=number)
    except ContractError as error:
        remedy = error.remedy or "Write one JSON record of captured data per line."
        raise ContractError(error.message, file=file, line=number, field=error.field, remedy=remedy) from None
    if record.ground_truth_data is not None:
        merged = record.endpoint_input or record.endpoint_output or record.batch_transform_output
        raise ContractError(
            "the record is merged with its ground truth already" if merged else "the record is a label, not a capture",
            file=file,
            line=number,
            field="$.groundTruthData",
            remedy="Name the folder of the captured data.",
        )
    if record.batch_transform_output is not None:
        raise ContractError(
            "the record is that of a batch transform job, not of an endpoint",
            file=file,
            line=number,
            field="$.captureData.batchTransformOutput",
            remedy="State csv or json as dataset_format.",
        )
    return record


def _csv_lines(file: SourceFile) -> Iterator[str]:
    for number, line in _text_lines(file):
        yield _transform_line(csv_transform_output(split_csv_line(line), file=file.name, line_number=number))


def _json_lines(file: SourceFile) -> Iterator[str]:
    for number, line in _text_lines(file):
        yield _transform_line(json_transform_output(line, file=file.name, line_number=number))


def _text_lines(file: SourceFile) -> Iterator[tuple[int, str]]:
    with file.open() as stream:
        for number, line in enumerate(stream, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise ContractError(
                    f"not UTF-8 ({error.reason})", file=file.name, line=number, remedy="Save the file as UTF-8."
                ) from None
            if text.strip():
                yield number, text


def _transform_line(output: TransformOutput) -> str:
    data = output.data
    return f'{{"id":{quote(output.inference_id)},"data":{quote(data.data)},"encoding":{quote(data.encoding)}}}'


def _one_of(column: str, allowed: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(quote_literal(quote(text)) for text in allowed)})"


def _side_is_regular(name: str) -> str:
    side = f"captureData.{name}"
    parts = [
        _TEXT.format(f"{side}.data"),
        _one_of(f"{side}.encoding", ENCODINGS),
        f"({side}.mode IS NULL OR {_one_of(f'{side}.mode', MODES)})",
        _OPTIONAL_TEXT.format(f"{side}.observedContentType"),
    ]
    return f"({side} IS NULL OR {' AND '.join(parts)})"


def _side(name: str) -> str:
    """Arguments of ``concat`` for one side with its key; all empty where the record lacks it."""
    side = f"captureData.{name}"
    return ", ".join(
        [
            _member(f'"{name}":{{"data":', f"{side}.data"),
            _member(',"encoding":', f"{side}.encoding"),
            _member(',"mode":', f"{side}.mode"),
            _member(',"observedContentType":', f"{side}.observedContentType"),
            f"CASE WHEN {side}.data IS NULL THEN '' ELSE '}}' END",
        ]
    )


def _member(before: str, column: str) -> str:
    """Arguments of ``concat``: a value and the text before it, or nothing.

    One ``concat`` copies its arguments once; every ``||`` would copy all that stands before it.
    """
    return f"CASE WHEN {column} IS NULL THEN '' ELSE {quote_literal(before)} END, {column}"


def _tail() -> str:
    both = "captureData.endpointInput IS NOT NULL AND captureData.endpointOutput IS NOT NULL"
    arguments = [
        quote_literal(',"captureData":{'),
        _side("endpointInput"),
        f"CASE WHEN {both} THEN ',' ELSE '' END",
        _side("endpointOutput"),
        quote_literal('},"eventMetadata":{'),
        _member('"customAttributes":', "eventMetadata.customAttributes"),
        "CASE WHEN eventMetadata.customAttributes IS NULL THEN '' ELSE ',' END",
        _member('"eventId":', "eventMetadata.eventId"),
        _member(',"inferenceId":', "eventMetadata.inferenceId"),
        _member(',"inferenceTime":', "eventMetadata.inferenceTime"),
        "'}}', chr(10)",
    ]
    return f"concat({', '.join(arguments)})"


_SIDE_TYPE: Final = "STRUCT(data JSON, encoding JSON, mode JSON, observedContentType JSON)"
_ENDPOINT: Final = CaptureForm(
    form=LineForm(
        columns={
            "captureData": (
                f"STRUCT(endpointInput {_SIDE_TYPE}, endpointOutput {_SIDE_TYPE}, batchTransformOutput JSON)"
            ),
            "eventMetadata": "STRUCT(eventId JSON, inferenceId JSON, inferenceTime JSON, customAttributes JSON)",
            "eventVersion": "JSON",
            "groundTruthData": "JSON",
        },
        regular=(
            _TEXT.format("eventMetadata.eventId"),
            *map(_OPTIONAL_TEXT.format, ("eventMetadata.inferenceId", "eventMetadata.inferenceTime", "eventVersion")),
            "(eventMetadata.customAttributes IS NULL OR starts_with(eventMetadata.customAttributes, '['))",
            "groundTruthData IS NULL",
            "captureData.batchTransformOutput IS NULL",
            f"({' OR '.join(f'captureData.{name} IS NOT NULL' for name in _SIDES)})",
            *map(_side_is_regular, _SIDES),
        ),
        rewrite=_endpoint_lines,
    ),
    # An empty inference id is none: no label can have it.
    key="coalesce(nullif(eventMetadata.inferenceId::VARCHAR, '\"\"'), eventMetadata.eventId::VARCHAR)",
    head="concat('{\"eventVersion\":', coalesce(eventVersion, '\"0\"'), ',\"groundTruthData\":')",
    label="truth",
    tail=_tail(),
)


def _batch(lines: Rewrite) -> CaptureForm:
    return CaptureForm(
        form=LineForm(columns=dict.fromkeys(("id", "data", "encoding"), "JSON"), regular=(), rewrite=lines),
        key="id::VARCHAR",
        head='concat(\'{"eventMetadata":{"eventId":\', id, \'},"eventVersion":\')',
        label="concat(version, ',\"groundTruthData\":', truth)",
        tail=(
            'concat(\',"captureData":{"batchTransformOutput":{"data":\', data, \',"encoding":\', encoding, \'}}}\', '
            "chr(10))"
        ),
    )


_BATCH_CSV: Final = _batch(_csv_lines)
_BATCH_JSON: Final = _batch(_json_lines)
