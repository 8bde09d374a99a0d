from __future__ import annotations

import base64
import gzip
import json

import pytest

from airflow_model_monitor.contract.dataset_format import CaptureJson

BOTH, OUTPUT = CaptureJson(), CaptureJson(("endpointOutput",))
JSON_SIDES = {"encodings": ("JSON", "JSON"), "content_types": ("application/json", "application/json")}


def test_output_columns_stand_before_input_columns(write, read_table, record):
    table = read_table(write("a.jsonl", record("1,2.50,x\n", "0.9") + record("3,,y", "0.1\r\n")), BOTH)

    assert table.names == ["_c0", "_c1", "_c2", "_c3"]
    assert table.kinds == ["text"] * 4
    assert table.rows == [("0.9", "1", "2.50", "x"), ("0.1", "3", None, "y")]
    assert not table.named


def test_folders_by_hour_are_read_in_order_and_other_files_passed_over(tmp_path, write, read_table, record):
    write("endpoint/AllTraffic/2021/07/07/20/59-01-001-b.jsonl", record("2", "b"))
    write("endpoint/AllTraffic/2021/07/07/20/00-01-001-a.jsonl", record("1", "a"))
    write("endpoint/AllTraffic/2021/07/08/00/00-00-000-c.jsonl.gz", gzip.compress(record("3", "c").encode()))
    write("endpoint/AllTraffic/2021/07/08/00/_SUCCESS", "")
    write("endpoint/AllTraffic/2021/07/08/00/notes.txt", "not captured")
    write("endpoint/AllTraffic/2021/07/08/01/00-00-000-d.jsonl", "")

    table = read_table(tmp_path, BOTH)

    assert table.rows == [("a", "1"), ("b", "2"), ("c", "3")]


def test_hours_without_traffic_have_no_folder(tmp_path, write, read_table, record):
    write("2021/07/07/20/a.jsonl", record("1", "a"))

    table = read_table([tmp_path / "2021/07/07/19", tmp_path / "2021/07/07/20"], BOTH)

    assert table.rows == [("a", "1")]


def test_shorter_record_is_padded_with_nulls(write, read_table, record):
    table = read_table(write("a.jsonl", record("1,2,3", "9") + record("1", "8")), BOTH)

    assert table.rows == [("9", "1", "2", "3"), ("8", "1", None, None)]


def test_lines_of_a_payload_are_rows_paired_with_the_output_lines(write, read_table, record):
    table = read_table(write("a.jsonl", record("1,2\n3,4\n", "0.1\n0.2\n")), BOTH)

    assert table.rows == [("0.1", "1", "2"), ("0.2", "3", "4")]


def test_output_values_on_one_line_are_spread_over_the_input_lines_when_corrected(write, read_table, record):
    table = read_table(write("a.jsonl", record("1,2\n3,4", "0.1,0.2")), BOTH, compatibility="corrected")

    assert [row[0] for row in table.rows] == ["0.1", "0.2"]


def test_quoted_payload(write, read_table, record):
    table = read_table(write("a.jsonl", record('"Smith, Ann",3', "1") + record("x,4", "0")), BOTH)

    assert table.rows == [("1", "Smith, Ann", "3"), ("0", "x", "4")]


def test_base64_payload_is_csv_unless_its_content_type_says_json(write, read_table, record):
    encoded = [base64.b64encode(text).decode() for text in (b"1,2\n", b"0.5")]
    as_json = [base64.b64encode(text).decode() for text in (b'{"age": 4}', b'{"score": 0.5}')]
    labels = ("BASE64", "BASE64")

    table = read_table(write("a.jsonl", record(*encoded, encodings=labels)), BOTH)
    other = read_table(
        write("b.jsonl", record(*as_json, encodings=labels, content_types=("application/json",) * 2)), BOTH
    )

    assert table.rows == [("0.5", "1", "2")]
    assert (other.names, other.rows) == (["age", "score"], [(4, 0.5)])


def test_json_payloads_become_columns_sorted_by_name(write, read_table, record):
    lines = [
        record(json.dumps({"b": 1, "a": "x", "_c10": True}), json.dumps({"p": 0.5}), **JSON_SIDES),
        record(json.dumps({"b": 2.5, "a": None, "_c2": None, "new": "z"}), json.dumps({"p": 1}), **JSON_SIDES),
    ]

    table = read_table(write("a.jsonl", "".join(lines)), BOTH)

    assert table.names == ["_c10", "_c2", "a", "b", "new", "p"]
    assert table.kinds == ["boolean", "text", "text", "double", "text", "double"]
    assert table.rows == [(True, None, "x", 1.0, None, 0.5), (None, None, None, 2.5, "z", 1.0)]
    assert table.named


def test_json_lists_and_lines_are_several_rows(write, read_table, record):
    payloads = [('[{"a": 1}, {"a": 2}]', "[[0.1], [0.2]]"), ('{"a": 3}\n{"a": 4}\n', "[[0.3], [0.4]]")]
    lines = [record(*payload, **JSON_SIDES) for payload in payloads]

    table = read_table(write("a.jsonl", "".join(lines)), BOTH)

    assert table.names == ["_c0", "a"]
    assert table.rows == [(0.1, 1), (0.2, 2), (0.3, 3), (0.4, 4)]


def test_sides_of_different_encodings_when_corrected(write, read_table, record):
    line = record("5,x", '{"score": 0.5, "label": "yes"}', encodings=("CSV", "JSON"))

    table = read_table(write("a.jsonl", line), BOTH, compatibility="corrected")

    assert table.names == ["label", "score", "_c2", "_c3"]
    assert table.rows == [("yes", 0.5, "5", "x")]


def test_one_side_only(write, read_table, record):
    path = write("a.jsonl", record("1,2", "9") + record("3,4", "8"))

    assert read_table(path, OUTPUT).rows == [("9",), ("8",)]
    assert read_table(path, CaptureJson(("endpointInput",))).rows == [("1", "2"), ("3", "4")]
    assert read_table(path, CaptureJson(None)).rows == [("9", "1", "2"), ("8", "3", "4")]


def test_side_never_captured_is_left_out(write, read_table, record):
    table = read_table(write("a.jsonl", record("1,2") + record("3,4")), BOTH)

    assert table.rows == [("1", "2"), ("3", "4")]


def test_batch_transform_output(write, read_table):
    side = {"observedContentType": "text/csv", "mode": "OUTPUT", "data": "0.5,1,2", "encoding": "CSV"}
    line = json.dumps({"captureData": {"batchTransformOutput": side}, "eventMetadata": {"eventId": "1"}})

    table = read_table(write("a.jsonl", line), CaptureJson(("batchTransformOutput",)))

    assert table.rows == [("0.5", "1", "2")]


def test_preprocessor_makes_rows_of_records(write, read_table, record):
    seen = []

    def preprocess(records):
        for one in records:
            seen.append(one.endpoint_output.data)
            values = one.endpoint_input.data.split(",")
            yield [] if values[0] == "skip" else [{"b": int(values[0]), "a": one.endpoint_output.data}]

    path = write("a.jsonl", record("1", "x") + record("skip", "y") + record("3", "z"))
    table = read_table(path, BOTH, preprocessor=preprocess)

    assert seen == ["x", "y", "z"]
    assert table.names == ["a", "b"]
    assert table.rows == [("x", 1), ("z", 3)]


@pytest.mark.parametrize("names", [["score", "age"], ("score", "age")])
def test_columns_take_the_baseline_names(write, read_table, record, names):
    table = read_table(write("a.jsonl", record("41", "0.5")), BOTH, baseline_columns=names)

    assert table.names == ["score", "age"]
