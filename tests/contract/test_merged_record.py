from __future__ import annotations

import json

import pytest

from airflow_model_monitor.contract.captured_data import EventData, parse_captured_line
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.ground_truth import GroundTruthRecord
from airflow_model_monitor.contract.merged_record import (
    csv_transform_output,
    json_transform_output,
    merge_batch,
    merge_endpoint,
    parse_merged_line,
    sorted_json,
    split_csv_line,
)
from tests.golden_folder import golden_files

SAMPLES = "model-quality/merged-record-samples/{}*.json"
CAPTURE = (
    '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"1,2\\n","encoding":"CSV"}},'
    '"eventMetadata":{"eventId":"e","customAttributes":["x"],"inferenceId":"i","inferenceTime":"t"},"eventVersion":"0"}'
)


def compact(text: str) -> str:
    """A sample that was printed with indents, as the one line it was."""
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("sample", golden_files(SAMPLES.format("")), ids=lambda path: path.stem)
def test_a_real_merged_record_is_written_again_to_the_byte(sample) -> None:
    line = compact(sample.read_text())
    assert parse_merged_line(line).to_json_line() == line


@pytest.mark.parametrize("sample", golden_files(SAMPLES.format("endpoint")), ids=lambda path: path.stem)
def test_a_real_record_of_an_endpoint_from_its_halves(sample) -> None:
    document = json.loads(sample.read_text())
    truth = document.pop("groundTruthData")
    capture = parse_captured_line(json.dumps(document))
    merged = merge_endpoint(capture, GroundTruthRecord("any", truth["data"], truth["encoding"]))
    assert merged.to_json_line() == compact(sample.read_text())


@pytest.mark.parametrize("sample", golden_files(SAMPLES.format("batch_JSON")), ids=lambda path: path.stem)
def test_a_real_record_of_a_json_transform_from_its_halves(sample) -> None:
    document = json.loads(sample.read_text())
    truth, event_id = document["groundTruthData"], document["eventMetadata"]["eventId"]
    data = json.loads(document["captureData"]["batchTransformOutput"]["data"])
    line = json.dumps({**dict(reversed(data.items())), "SageMakerInferenceTime": "t", "SageMakerInferenceId": event_id})
    output = json_transform_output(line)
    assert output.inference_id == event_id
    merged = merge_batch(output, GroundTruthRecord(event_id, truth["data"], truth["encoding"]))
    assert merged.to_json_line() == compact(sample.read_text())


@pytest.mark.parametrize("sample", golden_files(SAMPLES.format("batch_CSV")), ids=lambda path: path.stem)
def test_a_real_record_of_a_csv_transform_from_its_halves(sample) -> None:
    document = json.loads(sample.read_text())
    event_id = document["eventMetadata"]["eventId"]
    data = document["captureData"]["batchTransformOutput"]["data"]
    written = data.replace(",0.1,", ",0.10,").replace(",0.2,", ",0.20,")  # as the notebook's data set has it
    output = csv_transform_output(split_csv_line(f"{written},{event_id},2023-01-19T05:00:00Z"))
    assert merge_batch(output, GroundTruthRecord(event_id, "1")).to_json_line() == compact(sample.read_text())


def test_metadata_is_the_captures_with_its_keys_sorted() -> None:
    merged = merge_endpoint(parse_captured_line(CAPTURE), GroundTruthRecord("i", "0\n"))
    assert merged.to_json_line() == (
        '{"eventVersion":"0","groundTruthData":{"data":"0\\n","encoding":"CSV"},"captureData":{"endpointInput":{'
        '"data":"1,2\\n","encoding":"CSV","mode":"INPUT","observedContentType":"text/csv"}},"eventMetadata":{'
        '"customAttributes":["x"],"eventId":"e","inferenceId":"i","inferenceTime":"t"}}'
    )


def test_control_characters_are_escaped_as_in_java() -> None:
    merged = merge_endpoint(
        parse_captured_line(CAPTURE.replace("1,2\\n", "\\u001f\\u007f\\u2028é/")), GroundTruthRecord("i", "0")
    )
    assert '"data":"\\u001F\x7f\u2028é/"' in merged.to_json_line()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0.10", "0.1"), ("1", "1"), ("-0", "0"), ("+5", "5"), ("1e5", "100000.0"), ("1E-7", "1.0E-7"), (".5", "0.5"),
        ("007", "007"), ("NaN", "NaN"), ("1e999", "1e999"), ("", ""), ("a b", "a b"), ('"x,y"', '"x,y"'),
        ("9223372036854775808", "9223372036854775808"), ("2026-01-01", "2026-01-01"),
    ],
)  # fmt: skip
def test_a_csv_value_is_printed_anew(written: str, expected: str) -> None:
    output = csv_transform_output(split_csv_line(f"{written},0.5,id,time"))
    assert output.data == EventData(f"{expected},0.5", "CSV")


def test_json_is_printed_anew_with_its_keys_sorted() -> None:
    value = {"b": [1, 2.50, None, {"z": True, "y": "é"}], "a": None, "Z": 1e-5}
    assert sorted_json(value) == '{"Z":1.0E-5,"b":[1,2.5,null,{"y":"é","z":true}]}'


@pytest.mark.parametrize("row", ["", "1,2", "0.5,,2026-01-01T00:00:00Z"])
def test_a_csv_row_without_an_id(row: str) -> None:
    with pytest.raises(ContractError, match=r"file f, line 4: the row has no inference id.*GenerateInferenceId"):
        csv_transform_output(split_csv_line(row), file="f", line_number=4)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"SageMakerOutput":1}', "the record has no SageMakerInferenceId"),
        ('{"SageMakerInferenceId":5}', "field $.SageMakerInferenceId: expected a text, got 5"),
        ("[1]", "expected an object"),
        ('{"a":', "the file ends in the middle"),
    ],
)
def test_a_json_record_without_an_id(line: str, told: str) -> None:
    with pytest.raises(ContractError, match="file f, line 4") as caught:
        json_transform_output(line, file="f", line_number=4)
    assert told in str(caught.value)


def test_a_capture_is_no_merged_record() -> None:
    with pytest.raises(ContractError, match=r"field \$\.groundTruthData: is missing\. Merge the captured data"):
        parse_merged_line(CAPTURE)
