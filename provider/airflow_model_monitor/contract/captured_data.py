"""Captured data: one request and its response, or a record merged with its ground truth, per line.

The key order of captures is the service's: content type, mode, data, encoding. Merged records come from Spark and have
their inner keys sorted. Where an inference id or custom attributes stand among the metadata of a capture is seen in no
golden file with its bytes; we write them between ``eventId`` and ``inferenceTime``.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_layout import dumps_line
from airflow_model_monitor.contract.json_reader import JsonNode, load

Encoding = Literal["CSV", "JSON", "BASE64"]
Mode = Literal["INPUT", "OUTPUT"]
ENCODINGS: Final[tuple[Encoding, ...]] = ("CSV", "JSON", "BASE64")
MODES: Final[tuple[Mode, ...]] = ("INPUT", "OUTPUT")


@dataclass(frozen=True, slots=True)
class EventData:
    """One side of a record: ``data`` is the payload verbatim (base64 text under BASE64)."""

    data: str
    encoding: Encoding
    observed_content_type: str | None = None
    mode: Mode | None = None

    def payload(self) -> bytes:
        """The payload's bytes.

        :raises ValueError: when data labelled BASE64 is not base64.
        """
        if self.encoding != "BASE64":
            return self.data.encode()
        try:
            return base64.b64decode(self.data, validate=True)
        except binascii.Error as error:
            raise ValueError(f"data labelled BASE64 is not base64: {error}") from error


@dataclass(frozen=True, slots=True)
class EventMetadata:
    """``inference_time`` is ISO 8601 text as captured; ``inference_id`` and ``custom_attributes`` are the caller's."""

    event_id: str
    inference_time: str | None = None
    inference_id: str | None = None
    custom_attributes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CapturedRecord:
    """One line of captured data, of an endpoint or a batch transform job, merged with ground truth or not."""

    event_metadata: EventMetadata
    endpoint_input: EventData | None = None
    endpoint_output: EventData | None = None
    batch_transform_output: EventData | None = None
    ground_truth_data: EventData | None = None
    event_version: str = "0"

    def side(self, capture_index_name: str) -> EventData | None:
        """The side called ``endpointInput``, ``endpointOutput`` or ``batchTransformOutput``, or None."""
        return dict(self._sides()).get(capture_index_name)

    def to_json_line(self) -> str:
        """The record as the service writes it, without the newline: a merged one when it has ground truth."""
        merged = self.ground_truth_data is not None
        capture = {name: _event_data(side, merged) for name, side in self._sides() if side is not None}
        metadata = _metadata(self.event_metadata, merged)
        document: dict[str, Any]
        if self.ground_truth_data is None:
            document = {"captureData": capture, "eventMetadata": metadata, "eventVersion": self.event_version}
        else:
            truth = _event_data(self.ground_truth_data, merged)
            if self.batch_transform_output is not None:
                document = {
                    "eventMetadata": metadata,
                    "eventVersion": self.event_version,
                    "groundTruthData": truth,
                    "captureData": capture,
                }
            else:
                document = {
                    "eventVersion": self.event_version,
                    "groundTruthData": truth,
                    "captureData": capture,
                    "eventMetadata": metadata,
                }
        return dumps_line(document)

    def _sides(self) -> tuple[tuple[str, EventData | None], ...]:
        return (
            ("endpointInput", self.endpoint_input),
            ("endpointOutput", self.endpoint_output),
            ("batchTransformOutput", self.batch_transform_output),
        )


def parse_captured_line(
    line: str | bytes, *, file: str | None = None, line_number: int | None = None
) -> CapturedRecord:
    """The record in one line of captured data.

    Unknown keys are ignored. A record must hold at least one side or a ground truth, and its ``eventMetadata`` an
    ``eventId``.

    :raises ContractError: naming file, line and JSON path; a line cut in the middle (a torn write) says so.
    """
    try:
        return _read_record(load(line, file))
    except ContractError as error:
        raise ContractError(
            error.message, file=file, line=line_number, field=error.field, remedy=error.remedy
        ) from None


def _read_record(root: JsonNode) -> CapturedRecord:
    capture = root.optional("captureData")
    metadata = root.child("eventMetadata")
    version = root.optional("eventVersion")
    sides = JsonNode({}, "captureData", root.file, root) if capture is None else capture
    record = CapturedRecord(
        event_metadata=_read_metadata(metadata),
        endpoint_input=_read_event_data(sides.optional("endpointInput")),
        endpoint_output=_read_event_data(sides.optional("endpointOutput")),
        batch_transform_output=_read_event_data(sides.optional("batchTransformOutput")),
        ground_truth_data=_read_event_data(root.optional("groundTruthData")),
        event_version="0" if version is None else version.text(),
    )
    if record.ground_truth_data is None and all(side is None for _, side in record._sides()):
        raise root.error("captureData holds neither endpointInput, endpointOutput nor batchTransformOutput")
    return record


def _read_event_data(node: JsonNode | None) -> EventData | None:
    if node is None:
        return None
    content_type = node.optional("observedContentType")
    mode = node.optional("mode")
    return EventData(
        data=node.child("data").text(),
        encoding=cast(Encoding, node.child("encoding").one_of(*ENCODINGS)),
        observed_content_type=None if content_type is None else content_type.text(),
        mode=None if mode is None else cast(Mode, mode.one_of(*MODES)),
    )


def _read_metadata(node: JsonNode) -> EventMetadata:
    time = node.optional("inferenceTime")
    inference_id = node.optional("inferenceId")
    attributes = node.optional("customAttributes")
    return EventMetadata(
        event_id=node.child("eventId").text(),
        inference_time=None if time is None else time.text(),
        inference_id=None if inference_id is None else inference_id.text(),
        custom_attributes=None if attributes is None else tuple(item.text() for item in attributes.items()),
    )


def _event_data(side: EventData, merged: bool) -> dict[str, str]:
    stated = {
        "observedContentType": side.observed_content_type,
        "mode": side.mode,
        "data": side.data,
        "encoding": side.encoding,
    }
    order = sorted(stated) if merged else list(stated)
    return {key: value for key in order if (value := stated[key]) is not None}


def _metadata(metadata: EventMetadata, merged: bool) -> dict[str, Any]:
    result: dict[str, Any] = {"eventId": metadata.event_id}
    if metadata.custom_attributes is not None:
        result["customAttributes"] = list(metadata.custom_attributes)
    if metadata.inference_id is not None:
        result["inferenceId"] = metadata.inference_id
    if metadata.inference_time is not None:
        result["inferenceTime"] = metadata.inference_time
    return dict(sorted(result.items())) if merged else result
