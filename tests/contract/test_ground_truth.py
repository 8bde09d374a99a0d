from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.ground_truth import (
    GroundTruthRecord,
    parse_ground_truth_line,
    read_ground_truth,
)
from tests.golden_folder import golden_folder

LINE = '{"groundTruthData":{"data":"1","encoding":"CSV"},"eventMetadata":{"eventId":"a"},"eventVersion":"0"}'
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def read(text: bytes | str) -> list[tuple[int, GroundTruthRecord]]:
    content = text.encode() if isinstance(text, str) else text
    return list(read_ground_truth(content.splitlines(keepends=True), file="f"))


def test_a_record_is_written_as_documented() -> None:
    assert GroundTruthRecord("a", "1").to_json_line() == LINE
    assert parse_ground_truth_line(LINE) == [GroundTruthRecord("a", "1")]


@given(TEXT.filter(bool), TEXT, st.sampled_from(["CSV", "JSON"]), TEXT)
def test_what_is_written_is_read(event_id: str, data: str, encoding: str, version: str) -> None:
    record = GroundTruthRecord(event_id, data, encoding, version)  # type: ignore[arg-type]
    assert parse_ground_truth_line(record.to_json_line().encode()) == [record]


def test_a_label_of_json() -> None:
    line = '{"groundTruthData":{"data":"{\\"label\\": 0}","encoding":"JSON"},"eventMetadata":{"eventId":"a"}}'
    assert parse_ground_truth_line(line) == [GroundTruthRecord("a", '{"label": 0}', "JSON")]


def test_an_array_on_one_line() -> None:
    other = LINE.replace('"a"', '"b"')
    assert [record.event_id for record in parse_ground_truth_line(f"[{LINE},{other}]")] == ["a", "b"]


@pytest.mark.parametrize(
    "content", [f"{LINE}\n{LINE}\n", f"\n{LINE}\r\n\r\n{LINE}", f"[{LINE},\n{LINE}]", f"\ufeff{LINE}\n{LINE}"]
)
def test_layouts_of_two_records(content: str) -> None:
    assert [record for _, record in read(content)] == [GroundTruthRecord("a", "1")] * 2


def test_pretty_printed_documents_name_the_line_they_start_on() -> None:
    pretty = json.dumps(json.loads(LINE), indent=2)
    assert [line for line, _ in read(f"\n{pretty}\n{pretty}")] == [2, 2 + len(pretty.split("\n"))]


def test_no_line_no_record() -> None:
    assert read("") == read("\n \n") == read(b"\xef\xbb\xbf") == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            '"data":"1"',
            '"data":1',
            'field $.groundTruthData.data: expected a text, got 1. Write the label as text: "data": "1".',
        ),
        ('"data":"1",', "", "field $.groundTruthData.data: is missing."),
        ('"CSV"', '"BASE64"', "field $.groundTruthData.encoding: expected 'CSV' or 'JSON', got 'BASE64'."),
        ('"eventId":"a"', '"eventId":""', "field $.eventMetadata.eventId: the id is empty"),
        ('"eventId":"a"', '"eventId":7', "field $.eventMetadata.eventId: expected a text, got 7."),
        ('"groundTruthData"', '"data"', "field $.groundTruthData: is missing."),
        ('"0"}', '"0"', "not valid JSON: the file ends in the middle"),
    ],
)
def test_an_error_names_file_line_and_field(old: str, new: str, told: str) -> None:
    with pytest.raises(ContractError) as caught:
        read(f"{LINE}\n{LINE.replace(old, new)}\n")
    assert str(caught.value).startswith("file f, line 2")
    assert told in str(caught.value)


def test_an_error_in_an_array_names_the_element() -> None:
    with pytest.raises(ContractError) as caught:
        parse_ground_truth_line(f"[{LINE},{{}}]", file="f", line_number=3)
    assert (caught.value.line, caught.value.field) == (3, "$[1].groundTruthData")


def test_an_error_in_a_pretty_printed_file_names_its_line() -> None:
    with pytest.raises(ContractError) as caught:
        read('{\n  "groundTruthData": {\n    "data" "1"\n  }\n}\n')
    assert caught.value.line == 3


def test_labels_of_a_real_run() -> None:
    sample = golden_folder() / "model-quality" / "idea-2023-02-13" / "ground_truth_sample.jsonl"
    with sample.open("rb") as stream:
        records = [record for _, record in read_ground_truth(stream, file=str(sample))]
    assert len(records) == len(sample.read_text().splitlines())
    assert records[0] == GroundTruthRecord("24a6c6fb-f252-4e74-899a-c5c689aeecef", "0")
