"""Merged records: a captured record and its label in one line, as the original's merger writes them.

Key order is that of real files. An endpoint's record carries the metadata of the capture, a batch transform's those of
the label. Inner keys are alphabetical, since the original's writer has them from a Spark schema. ``data`` is verbatim
for endpoints. For batch transform it is what remains of a row of the transform output without the id and the start time
of the job that it ends with: CSV is printed anew after numbers were parsed (``0.10`` is ``0.1``), JSON compactly with
its keys sorted.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Final

from airflow_model_monitor.contract.captured_data import (
    CapturedRecord,
    EventData,
    EventMetadata,
    parse_captured_line,
)
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.ground_truth import GroundTruthRecord
from airflow_model_monitor.contract.java_number import double_to_string
from airflow_model_monitor.contract.json_layout import number, quote
from airflow_model_monitor.contract.json_reader import load

INFERENCE_ID_KEY: Final = "SageMakerInferenceId"
INFERENCE_TIME_KEY: Final = "SageMakerInferenceTime"
_WHOLE: Final = re.compile(r"[+-]?(?:0|[1-9][0-9]*)\Z")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]+)?\Z")
_LONG: Final = range(-(2**63), 2**63)
_NEEDS_QUOTES: Final = re.compile(r'[",\r\n]')


@dataclass(frozen=True, slots=True)
class TransformOutput:
    """One row of a batch transform's output: the id it ends with, and the rest as the merger prints it."""

    inference_id: str
    data: EventData


def merge_endpoint(capture: CapturedRecord, truth: GroundTruthRecord) -> CapturedRecord:
    """The merged record of an endpoint's capture: everything the capture's, plus the label."""
    return replace(capture, ground_truth_data=EventData(truth.data, truth.encoding))


def merge_batch(output: TransformOutput, truth: GroundTruthRecord) -> CapturedRecord:
    """The merged record of a transform output: metadata and version are the label's."""
    return CapturedRecord(
        event_metadata=EventMetadata(truth.event_id),
        batch_transform_output=output.data,
        ground_truth_data=EventData(truth.data, truth.encoding),
        event_version=truth.event_version,
    )


def parse_merged_line(line: str | bytes, *, file: str | None = None, line_number: int | None = None) -> CapturedRecord:
    """The merged record in one line; its ``ground_truth_data`` is never None.

    :raises ContractError: naming file, line and JSON path; a capture without a label is refused
    """
    record = parse_captured_line(line, file=file, line_number=line_number)
    if record.ground_truth_data is None:
        raise ContractError(
            "is missing",
            file=file,
            line=line_number,
            field="$.groundTruthData",
            remedy="Merge the captured data with its ground truth first.",
        )
    return record


def csv_transform_output(row: list[str], *, file: str | None = None, line_number: int | None = None) -> TransformOutput:
    """What a row of CSV output, its fields already split, holds.

    Whole numbers of 64 bits and decimals are printed anew; leading zeros mark an identifier, which stays as it is.

    :raises ContractError: fewer than three fields, or no id
    """
    if len(row) < 3 or not row[-2]:
        raise ContractError(
            f"the row has no inference id: it ends with {', '.join(row[-2:]) or 'nothing'!s}",
            file=file,
            line=line_number,
            remedy="Run the transform job with GenerateInferenceId, which appends an id and a time to each row.",
        )
    return TransformOutput(row[-2], EventData(",".join(map(_reprinted, row[:-2])), "CSV"))


def json_transform_output(
    line: str | bytes, *, file: str | None = None, line_number: int | None = None
) -> TransformOutput:
    """What a record of JSON output holds.

    :raises ContractError: no JSON object, or one without ``SageMakerInferenceId``
    """
    try:
        root = load(line, file)
        record = root.object()
        inference_id = root.optional(INFERENCE_ID_KEY)
        if inference_id is None:
            raise root.error(
                f"the record has no {INFERENCE_ID_KEY}",
                "Run the transform job with GenerateInferenceId, which adds it to each record.",
            )
        identity = inference_id.text()
        members = {key: value for key, value in record.items() if key not in (INFERENCE_ID_KEY, INFERENCE_TIME_KEY)}
        try:
            return TransformOutput(identity, EventData(sorted_json(members), "JSON"))
        except RecursionError:
            raise root.error("JSON nested too deeply") from None
    except ContractError as error:
        raise ContractError(
            error.message, file=file, line=line_number, field=error.field, remedy=error.remedy
        ) from None


def split_csv_line(line: str) -> list[str]:
    """The fields of one line of CSV."""
    return next(csv.reader(io.StringIO(line, newline="")), [])


def sorted_json(value: Any) -> str:
    """``value`` as compact JSON: keys sorted, doubles in Java's notation, no members that are null (Spark's habit)."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dict):
        members = sorted((key, item) for key, item in value.items() if item is not None)
        return "{" + ",".join(f"{quote(key)}:{sorted_json(item)}" for key, item in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(sorted_json, value)) + "]"
    return json.dumps(value)


def _reprinted(field: str) -> str:
    bare = field.strip()
    if _WHOLE.match(bare) and (value := int(bare)) in _LONG:
        return str(value)
    if _DECIMAL.match(bare) and isfinite(float(bare)):
        return double_to_string(float(bare))
    if _NEEDS_QUOTES.search(field):
        return '"' + field.replace('"', '""') + '"'
    return field
