"""Each broken capture ends in an error that names file, line and field, and says what to do."""

from __future__ import annotations

import json

import pytest

from airflow_model_monitor.contract.dataset_format import CaptureJson, MergeJson
from airflow_model_monitor.contract.errors import ContractError

BOTH = CaptureJson()
JSON_SIDES = {"encodings": ("JSON", "JSON")}


def failure(read_table, path, dataset_format=BOTH, **options) -> ContractError:
    with pytest.raises(ContractError) as error:
        read_table(path, dataset_format, **options)
    return error.value


def test_torn_last_line(write, read_table, record):
    path = write("a.jsonl", record("1,2", "0") + record("3,4", "1")[:120])

    error = failure(read_table, path)

    assert (error.file, error.line) == (path, 2)
    assert str(error).startswith(f"file {path}, line 2")
    assert error.remedy


@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
def test_label_says_json_but_the_payload_is_csv(write, read_table, record, compatibility):
    good = record('{"a": 1}', '{"p": 1}', **JSON_SIDES)
    path = write("a.jsonl", good + record("3,4", '{"p": 1}', **JSON_SIDES))

    error = failure(read_table, path, compatibility=compatibility)

    assert (error.file, error.line, error.field) == (path, 2, "captureData.endpointInput.data")
    assert "labelled JSON" in str(error)


def test_label_says_csv_but_the_payload_is_json(write, read_table, record):
    path = write("a.jsonl", record('{"a": 1}', "1"))

    error = failure(read_table, path, compatibility="corrected")

    assert (error.line, error.field) == (1, "captureData.endpointInput.data")
    assert "labelled CSV, but holds JSON" in str(error)


def test_unknown_label(write, read_table, record):
    path = write("a.jsonl", record("1", "2") + record("1", "2").replace('"encoding":"CSV"', '"encoding":"XML"', 1))

    error = failure(read_table, path)

    assert (error.file, error.line) == (path, 2)
    assert error.field == "$.captureData.endpointInput.encoding"


def test_mismatch_of_encodings_has_the_original_text_and_then_the_place(write, read_table, record):
    path = write("a.jsonl", record("1", "2") + record("1", '{"p": 1}', encodings=("CSV", "JSON")))

    assert str(failure(read_table, path, compatibility="sagemaker")) == (
        "Encoding mismatch: Encoding is CSV for endpointInput, but Encoding is JSON for endpointOutput. "
        "We currently only support the same type of input and output encoding at the moment. "
        f"Seen in file {path}, line 2, field captureData."
    )


def test_encoding_changes_between_records(write, read_table, record):
    path = write("a.jsonl", record("1", "2") + record('{"a": 1}', '{"p": 1}', **JSON_SIDES))

    error = failure(read_table, path)

    assert (error.line, error.field) == (2, "captureData")


def test_side_missing_in_one_record(write, read_table, record):
    error = failure(read_table, write("a.jsonl", record("1", "2") + record("1")))

    assert error.line == 2
    assert "endpointInput as CSV, but those before hold endpointOutput as CSV, endpointInput as CSV" in str(error)


def test_rows_of_the_sides_cannot_be_paired(write, read_table, record):
    error = failure(read_table, write("a.jsonl", record("1\n2\n3", "0.1\n0.2")))

    assert "endpointOutput holds 2, endpointInput holds 3 rows" in str(error)
    assert error.line == 1


def test_nested_value(write, read_table, record):
    path = write("a.jsonl", record('{"a": {"b": 1}}', '{"p": 1}', **JSON_SIDES))

    error = failure(read_table, path)

    assert (error.file, error.line, error.field) == (path, 1, "a")
    assert "preprocessor" in error.remedy


def test_same_name_on_both_sides(write, read_table, record):
    error = failure(read_table, write("a.jsonl", record('{"id": 1}', '{"id": 2}', **JSON_SIDES)))

    assert error.field == "id"


def test_base64_of_an_image(write, read_table, record):
    line = record("/9j/4AAQSkZJRg==", "MQ==", encodings=("BASE64", "BASE64"))

    error = failure(read_table, write("a.jsonl", line))

    assert error.field == "captureData.endpointInput.data"
    assert "labelled BASE64 is no text" in str(error)


def test_quote_never_closed_in_a_payload(write, read_table, record):
    error = failure(read_table, write("a.jsonl", record("1", "0") + record('"2', "0") + record('3"', "0")))

    assert error.line == 2


@pytest.mark.parametrize("content", [None, "", "\n \n"])
def test_window_without_traffic(tmp_path, write, read_table, content):
    (tmp_path / "20").mkdir()
    if content is not None:
        write("20/a.jsonl", content)

    assert "Job inputs had no data" in str(failure(read_table, str(tmp_path / "20")))


def test_folder_that_does_not_exist(tmp_path, read_table):
    error = failure(read_table, str(tmp_path / "nowhere"))

    assert error.file == str(tmp_path / "nowhere")
    assert "No objects found under" in str(error)


def test_preprocessor_that_fails_names_the_record(write, read_table, record):
    def preprocess(records):
        for _ in records:
            raise ContractError("Exception while invoking preprocessor script.")
        yield []

    path = write("a.jsonl", record("1", "x"))
    error = failure(read_table, path, preprocessor=preprocess)

    assert (error.file, error.line) == (path, 1)


def test_preprocessor_that_drops_everything(write, read_table, record):
    error = failure(read_table, write("a.jsonl", record("1", "x")), preprocessor=lambda records: ([] for _ in records))

    assert "preprocessor script kept" in str(error)


def test_metadata_without_event_id(write, read_table, record):
    line = json.loads(record("1", "2"))
    del line["eventMetadata"]["eventId"]

    error = failure(read_table, write("a.jsonl", record("1", "2") + json.dumps(line)))

    assert error.line == 2
    assert "eventId" in str(error)


def test_merged_data_is_refused(write, read_table, record):
    assert failure(read_table, write("a.jsonl", record("1", "2")), MergeJson()).field == "dataset_format"


def test_a_name_on_both_sides_says_where_it_came_up(write, read_table, record):
    other = record('{"b": 1}', '{"p": 1}', **JSON_SIDES)
    path = write("a.jsonl", other + record('{"p": 1}', '{"p": 1}', **JSON_SIDES))

    error = failure(read_table, path)

    assert (error.file, error.line, error.field) == (path, 2, "p")


def test_a_first_record_without_the_wanted_side_is_not_passed_over(write, read_table, record):
    path = write("a.jsonl", record("1,2") + record("3,4", "1"))

    error = failure(read_table, path, CaptureJson(("endpointOutput",)))

    assert (error.file, error.line, error.field) == (path, 1, "captureData")
    assert "none of endpointOutput" in str(error)
