"""Captured records as the two halves of a merged line, the label's place between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from airflow_model_monitor.tables.merged_line import Value
from airflow_model_monitor.tables.relation import quote_literal
from airflow_model_monitor.tables.source_files import SourceFile

CaptureKind = Literal["endpoint", "batch_csv", "batch_json"]

_TEXT: Final = "starts_with({}, '\"')"
_OPTIONAL_TEXT: Final = "({0} IS NULL OR starts_with({0}, '\"'))"
_SIDES: Final = ("endpointInput", "endpointOutput")
_SIDE_MEMBERS: Final = ("data", "encoding", "mode", "observedContentType")


@dataclass(frozen=True, slots=True)
class CaptureForm:
    """How captured lines become merged ones.

    Values are JSON texts with their quotes, as they stand in the line; two ids are equal when their JSON is, the engine
    having one way to write it.

    :param key: SQL of the id that labels name, on the columns of ``form``
    :param captured: SQL of what a merged line has from the capture, by name, on the same columns
    :param line: a merged line, its values those of ``captured`` and columns of the label table
    """

    form: LineForm
    key: str
    captured: Mapping[str, str]
    line: Sequence[str | Value]

    @property
    def labelled(self) -> list[str]:
        """The columns of the label table that a merged line has."""
        names = [piece.column for piece in self.line if isinstance(piece, Value)]
        return [name for name in names if name not in self.captured]


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


def _side(name: str) -> list[Value]:
    """One side with its key; nothing where the record lacks it."""
    return [
        Value(f"{name}_data", f'"{name}":{{"data":', optional=True),
        Value(f"{name}_encoding", ',"encoding":', optional=True),
        Value(f"{name}_mode", ',"mode":', optional=True),
        Value(f"{name}_observedContentType", ',"observedContentType":', optional=True),
        Value(f"{name}_end", optional=True),
    ]


def _side_columns(name: str, end: str) -> dict[str, str]:
    side = f"captureData.{name}"
    values = {f"{name}_{member}": f"{side}.{member}::VARCHAR" for member in _SIDE_MEMBERS}
    return {**values, f"{name}_end": f"CASE WHEN {side}.data IS NOT NULL THEN {end} END"}


_TRUTH: Final = (',"groundTruthData":{"data":', Value("data"), ',"encoding":', Value("encoding"), "}")
_SIDE_TYPE: Final = f"STRUCT({', '.join(f'{member} JSON' for member in _SIDE_MEMBERS)})"
_METADATA: Final = ("eventId", "inferenceId", "inferenceTime", "customAttributes")
_ENDPOINT: Final = CaptureForm(
    form=LineForm(
        columns={
            "captureData": (
                f"STRUCT(endpointInput {_SIDE_TYPE}, endpointOutput {_SIDE_TYPE}, batchTransformOutput JSON)"
            ),
            "eventMetadata": f"STRUCT({', '.join(f'{name} JSON' for name in _METADATA)})",
            "eventVersion": "JSON",
            "groundTruthData": "JSON",
        },
        regular=(
            _TEXT.format("eventMetadata.eventId"),
            *map(_OPTIONAL_TEXT.format, ("eventMetadata.inferenceId", "eventMetadata.inferenceTime", "eventVersion")),
            (
                "(eventMetadata.customAttributes IS NULL OR (starts_with(eventMetadata.customAttributes, '[') "
                "AND list_has_all(['VARCHAR'], json_type(eventMetadata.customAttributes, '$[*]'))))"
            ),
            "groundTruthData IS NULL",
            "captureData.batchTransformOutput IS NULL",
            f"({' OR '.join(f'captureData.{name} IS NOT NULL' for name in _SIDES)})",
            *map(_side_is_regular, _SIDES),
        ),
        rewrite=_endpoint_lines,
    ),
    # An empty inference id is none: no label can have it.
    key="coalesce(nullif(eventMetadata.inferenceId::VARCHAR, '\"\"'), eventMetadata.eventId::VARCHAR)",
    captured={
        "event_version": "coalesce(eventVersion::VARCHAR, '\"0\"')",
        **_side_columns("endpointInput", "CASE WHEN captureData.endpointOutput.data IS NULL THEN '}' ELSE '},' END"),
        **_side_columns("endpointOutput", "'}'"),
        **{name: f"eventMetadata.{name}::VARCHAR" for name in _METADATA},
    },
    line=(
        '{"eventVersion":',
        Value("event_version"),
        *_TRUTH,
        ',"captureData":{',
        *_side("endpointInput"),
        *_side("endpointOutput"),
        '},"eventMetadata":{',
        Value("customAttributes", '"customAttributes":', ",", optional=True),
        '"eventId":',
        Value("eventId"),
        Value("inferenceId", ',"inferenceId":', optional=True),
        Value("inferenceTime", ',"inferenceTime":', optional=True),
        "}}\n",
    ),
)


def _batch(lines: Rewrite) -> CaptureForm:
    return CaptureForm(
        form=LineForm(columns=dict.fromkeys(("id", "data", "encoding"), "JSON"), regular=(), rewrite=lines),
        key="id::VARCHAR",
        captured={"id": "id::VARCHAR", "output": "data::VARCHAR", "output_encoding": "encoding::VARCHAR"},
        line=(
            '{"eventMetadata":{"eventId":',
            Value("id"),
            '},"eventVersion":',
            Value("version"),
            *_TRUTH,
            ',"captureData":{"batchTransformOutput":{"data":',
            Value("output"),
            ',"encoding":',
            Value("output_encoding"),
            "}}}\n",
        ),
    )


_BATCH_CSV: Final = _batch(_csv_lines)
_BATCH_JSON: Final = _batch(_json_lines)
