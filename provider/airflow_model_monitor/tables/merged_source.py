"""Records merged with ground truth: the label, and what the model said, of every row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from airflow_model_monitor.contract.captured_data import ENCODINGS, CapturedRecord, Encoding, EventData
from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.merged_record import parse_merged_line
from airflow_model_monitor.tables.capture_flattening import record_lines
from airflow_model_monitor.tables.csv_dialect import CsvDialect, rows_of_text
from airflow_model_monitor.tables.labelled_values import LabelAttributes, LabelledValues
from airflow_model_monitor.tables.payload import decoded_payload, is_json_container, json_documents
from airflow_model_monitor.tables.record_attribute import RecordAttribute, only_values
from airflow_model_monitor.tables.source_files import SourceFile

LABEL: Final = "groundTruthData"
OUTPUT_SIDES: Final = ("endpointOutput", "batchTransformOutput")
"""The sides predictions may stand in, in the order they are looked for."""


@dataclass(frozen=True, slots=True)
class _Payload:
    """A payload taken apart: rows of CSV, or JSON documents."""

    rows: Sequence[Sequence[str | None]] | None
    documents: Sequence[Any] = ()

    def values(self, attribute: RecordAttribute) -> list[Any]:
        if self.rows is not None:
            return [value for row in self.rows for value in attribute.in_row(row)]
        return [value for document in self.documents for value in attribute.in_json(document)]


@dataclass(slots=True)
class MergedSource:
    """Reads merged records one by one; knows every encoding, and words every error.

    :param attributes: what to look for
    :param sides: the captured sides to look in, the first one a record has
    :param compatibility: ``sagemaker`` reads quotes as Spark does; ``corrected`` as RFC 4180 has them, and takes one
        line of as many values as there are labels for one value each (XGBoost answers so)
    """

    attributes: LabelAttributes
    sides: Sequence[str]
    compatibility: Compatibility
    values: LabelledValues = field(init=False)

    def __post_init__(self) -> None:
        self.values = LabelledValues(self.attributes)

    def read(self, files: Iterable[SourceFile]) -> LabelledValues:
        """The rows of every record of ``files``.

        :raises ContractError: a line is no merged record, its payload is not what its label says, or a value is not
            where its attribute points; names file, line, field and remedy
        """
        for file in files:
            for line, text in record_lines(file):
                label, output = self._sides(text, file.name, line)
                labels = self._labels(label, file.name, line)
                payload = self._payload(output, "captureData", file.name, line)
                predictions, probabilities = (
                    self._spread(payload, attribute, len(labels))
                    for attribute in (self.attributes.inference, self.attributes.probability)
                )
                self.values.add(labels, predictions, probabilities, file=file.name, line=line)
        return self.values

    def _sides(self, text: bytes, file: str, line: int) -> tuple[EventData, EventData]:
        sides = _quickly_read(text, self.sides)
        if sides is not None:
            return sides
        record = _carefully_read(text, file, line)
        label = record.ground_truth_data
        assert label is not None  # else it is no merged record
        found = next((side for name in self.sides if (side := record.side(name)) is not None), None)
        if found is None:
            raise ContractError(
                f"the record has none of {', '.join(self.sides)}",
                file=file,
                line=line,
                field="captureData",
                remedy="Capture what the model answers, and name that side in captureIndexNames",
            )
        return label, found

    def _labels(self, side: EventData, file: str, line: int) -> list[Any]:
        payload = self._payload(side, LABEL, file, line)
        if self.attributes.ground_truth is not None:
            return payload.values(self.attributes.ground_truth)
        if payload.rows is not None:
            widest = max((len(row) for row in payload.rows), default=0)
            if widest > 1:
                raise _several(f"{widest} columns", "Set ground_truth_attribute to the index of one", file, line)
            return [row[0] for row in payload.rows]
        labels: list[Any] = []
        for document in payload.documents:
            values = only_values(document)
            if values is None:
                raise _several("several members", "Set ground_truth_attribute to the name of one", file, line)
            labels += values
        return labels

    def _payload(self, side: EventData, where: str, file: str, line: int) -> _Payload:
        field_name = f"{where}.data"
        text, encoding = side.data, side.encoding
        if encoding == "BASE64":
            text = decoded_payload(side, field_name, file, line)
            content_type = (side.observed_content_type or "").lower()
            encoding = "JSON" if "json" in content_type or is_json_container(text) else "CSV"
        if encoding == "JSON":
            return _Payload(None, json_documents(text, field_name, file, line))
        if is_json_container(text):
            raise ContractError(
                "the payload is labelled CSV, but holds JSON",
                file=file,
                line=line,
                field=field_name,
                remedy='Label it JSON ("encoding": "JSON"); of captures, list the content type in JsonContentTypes',
            )
        if '"' in text:
            self.values.alike = False
        dialect: CsvDialect = "spark" if self.compatibility == SAGEMAKER else "rfc4180"
        return _Payload(list(rows_of_text(text, dialect, file=file, line=line)))

    def _spread(self, payload: _Payload, attribute: RecordAttribute | None, count: int) -> list[Any]:
        if attribute is None:
            return []
        rows = payload.rows
        if rows is not None and len(rows) == 1 < count == len(rows[0]) and attribute.index == 0:
            self.values.alike = False
            if self.compatibility != SAGEMAKER:
                return list(rows[0])
        return payload.values(attribute)


def _several(what: str, remedy: str, file: str, line: int) -> ContractError:
    return ContractError(
        f"the label has {what}, and nothing says which counts",
        file=file,
        line=line,
        field=f"{LABEL}.data",
        remedy=remedy,
    )


def _carefully_read(text: bytes, file: str, line: int) -> CapturedRecord:
    try:
        return parse_merged_line(text, file=file, line_number=line)
    except ContractError as error:
        remedy = error.remedy or "Write one merged record per line, as model-monitor merge does."
        raise ContractError(error.message, file=file, line=line, field=error.field, remedy=remedy) from None


def _quickly_read(text: bytes, names: Sequence[str]) -> tuple[EventData, EventData] | None:
    """Label and output of a regular record; ``None`` leaves the verdict, and the message, to the contract."""
    try:
        document = json.loads(text)
        if not isinstance(document["eventMetadata"]["eventId"], str):
            return None
        capture = document["captureData"]
        output = next((side for name in names if (side := capture.get(name)) is not None), None)
        if output is None:
            return None
        label, answer = _event_data(document[LABEL]), _event_data(output)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return None if label is None or answer is None else (label, answer)


def _event_data(side: dict[str, Any]) -> EventData | None:
    data, encoding, content_type = side["data"], side["encoding"], side.get("observedContentType")
    if not isinstance(data, str) or encoding not in ENCODINGS or not isinstance(content_type, (str, type(None))):
        return None
    return EventData(data, cast(Encoding, encoding), content_type)
