from __future__ import annotations

import base64
import re

import pytest

from airflow_model_monitor.contract.captured_data import CapturedRecord, EventData, EventMetadata, parse_captured_line
from airflow_model_monitor.contract.errors import ContractError

ENDPOINT = (
    '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"1,\\"a\\"\\n",'
    '"encoding":"CSV"},"endpointOutput":{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"0.5",'
    '"encoding":"CSV"}},"eventMetadata":{"eventId":"44de16a8","inferenceTime":"2021-07-07T16:45:47Z"},"eventVersion":"0"}'
)
MERGED = (
    '{"eventVersion":"0","groundTruthData":{"data":"1","encoding":"CSV"},"captureData":{"endpointOutput":{"data":"0.5",'
    '"encoding":"CSV","mode":"OUTPUT","observedContentType":"text/csv"}},"eventMetadata":{"eventId":"d7",'
    '"inferenceId":"95","inferenceTime":"2023-01-19T06:04:56Z"}}'
)
MERGED_BATCH = (
    '{"eventMetadata":{"eventId":"bd"},"eventVersion":"0","groundTruthData":{"data":"1","encoding":"CSV"},'
    '"captureData":{"batchTransformOutput":{"data":"186,0.1","encoding":"CSV"}}}'
)
SIDE = '"endpointInput":{"data":"1","encoding":"%s"}'


def line(capture: str, metadata: str = '{"eventId":"1"}') -> str:
    return f'{{"captureData":{{{capture}}},"eventMetadata":{metadata}}}'


def test_endpoint_record() -> None:
    record = CapturedRecord(
        EventMetadata("44de16a8", "2021-07-07T16:45:47Z"),
        EventData('1,"a"\n', "CSV", "text/csv", "INPUT"),
        EventData("0.5", "CSV", "text/csv; charset=utf-8", "OUTPUT"),
    )
    assert parse_captured_line(ENDPOINT) == record
    assert record.to_json_line() == ENDPOINT


@pytest.mark.parametrize("text", [MERGED, MERGED_BATCH])
def test_merged_record(text: str) -> None:
    record = parse_captured_line(text)
    assert record.ground_truth_data == EventData("1", "CSV")
    assert record.to_json_line() == text


def test_metadata_of_the_caller() -> None:
    metadata = '{"eventId":"1","customAttributes":["a","b"],"inferenceId":"7"}'
    record = parse_captured_line(line(SIDE % "JSON", metadata))
    assert record.event_metadata == EventMetadata("1", None, "7", ("a", "b"))


def test_payload_is_bytes() -> None:
    assert EventData("é", "CSV").payload() == "é".encode()
    assert EventData(base64.b64encode(b"\x00\xff").decode(), "BASE64").payload() == b"\x00\xff"
    with pytest.raises(ValueError, match="labelled BASE64 is not base64"):
        EventData("1,2,3", "BASE64").payload()


def test_side_by_its_name_in_the_dataset_format() -> None:
    record = parse_captured_line(ENDPOINT)
    assert record.side("endpointOutput") == record.endpoint_output
    assert record.side("batchTransformOutput") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENDPOINT[:100], "file a.jsonl, line 7: not valid JSON"),
        (ENDPOINT[:-1], "file a.jsonl, line 7: not valid JSON: the file ends in the middle"),
        ("", "line 7: is empty"),
        ("[]", "line 7, field $: expected an object"),
        (line(SIDE % "XML"), "field $.captureData.endpointInput.encoding: expected 'CSV' or 'JSON' or 'BASE64'"),
        (line('"endpointInput":{"data":1,"encoding":"CSV"}'), "$.captureData.endpointInput.data: expected a text"),
        (line(SIDE % "CSV", "{}"), "field $.eventMetadata.eventId: is missing"),
        (line(""), "captureData holds neither endpointInput"),
    ],
)
def test_nonsense_names_file_line_and_path(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)):
        parse_captured_line(text, file="a.jsonl", line_number=7)
