"""Labels, predictions and probabilities out of every kind of file, and the errors that name file, line and field."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.dataset_format import Csv, Json, MergeJson, Parquet
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables import labelled_columns as module
from airflow_model_monitor.tables.labelled_columns import LabelledColumns
from tests.golden_folder import golden_folder
from tests.tables.labelled import merged, read

Write = Callable[[str, bytes | str], str]


def lists(columns: LabelledColumns) -> tuple[Any, Any, Any]:
    arrays = (columns.labels, columns.predictions, columns.probabilities)
    return tuple(None if one is None else one.tolist() for one in arrays)  # type: ignore[return-value]


def carefully(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "scanned_columns", lambda *_, **__: None)


def test_real_merged_records() -> None:
    columns = read(str(golden_folder() / "model-quality" / "idea-2023-02-13" / "merged_records.jsonl"), probability="0")
    assert lists(columns) == (["0", "0"], None, [0.09129378944635391, 0.33281731605529785])


@pytest.mark.parametrize(
    ("name", "named", "rows", "first"),
    [
        ("endpoint_JSON", {"probability": "predictions[*].score"}, 334, (0, 0.9899773597717285)),
        ("endpoint_JSON", {"probability": "$.predictions[*].score", "ground_truth": "instances[*].label"}, 334, None),
        ("endpoint_JSON_lines", {"probability": "score"}, 1, (0, 0.90517783164978)),
        ("batch_JSON", {"probability": "SageMakerOutput.predictions[*].score"}, 334, (0, 0.9899773597717285)),
        ("batch_JSON_lines", {"probability": "$['SageMakerOutput']['score']"}, 1, (1, 0.989977359771728)),
        ("batch_CSV", {"probability": "69"}, 1, ("1", 0.01584203727543354)),
    ],
)
def test_real_payloads(name: str, named: dict[str, str], rows: int, first: Any, write: Write) -> None:
    record = json.loads((golden_folder() / "model-quality" / "merged-record-samples" / f"{name}.json").read_text())
    columns = read(write("x.jsonl", json.dumps(record) + "\n"), MergeJson(None), **named)
    assert columns.rows == rows
    if first is not None:
        assert (columns.labels[0], columns.probabilities[0]) == first  # type: ignore[index]


def test_columns_of_csv_payloads_are_found_by_index(write: Write) -> None:
    path = write("x.jsonl", merged("1", "yes,0.9\n") + merged("0\n", "no,0.2"))
    expected = (["1", "0"], ["yes", "no"], [0.9, 0.2])
    assert lists(read(path, inference="0", probability="1")) == expected
    assert lists(read(path, inference="_c0", probability="_c1")) == expected


_FIELDS = st.text(st.sampled_from('01.9ae-_ "\\\n'), max_size=4)


@given(st.lists(st.tuples(_FIELDS, _FIELDS, _FIELDS), min_size=1, max_size=4), st.booleans())
def test_the_fast_way_agrees_with_the_careful_one(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, str, str]], numeric: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "agree.jsonl"
    path.write_text("".join(merged(label, f"{one},{two}") for label, one, two in records))

    def outcome() -> Any:
        try:
            return repr(lists(read(str(path), inference="0", probability="1", numeric=numeric)))
        except ContractError as error:
            return str(error)

    found = outcome()
    with pytest.MonkeyPatch.context() as patch:
        carefully(patch)
        assert outcome() == found


def test_payloads_of_several_lines(write: Write) -> None:
    path = write("x.jsonl", merged("1\n0\n", "0.9\n0.1\n") + merged("1", "0.7"))
    columns = read(path, probability="0")
    assert lists(columns) == (["1", "0", "1"], None, [0.9, 0.1, 0.7])
    assert [columns.place_of(row) for row in (1, 2, 3)] == [(path, 1), (path, 1), (path, 2)]


def test_one_line_for_several_labels_is_spread_where_corrected(write: Write) -> None:
    path = write("x.jsonl", merged("1\n0\n", "0.9,0.1"))
    columns = read(path, compatibility="corrected", probability="0")
    assert lists(columns)[2] == [0.9, 0.1]
    assert not columns.alike
    with pytest.raises(ContractError, match=r"line 1.*2 labels, 1 probabilities, which cannot be paired"):
        read(path, probability="0")


@pytest.mark.parametrize(
    ("label", "named"),
    [
        ("3", {}),
        ('"3"', {}),
        ("[3]", {}),
        ('{"label": 3}', {}),
        ('{"instances": [{"label": 3}]}', {}),
        ('{"id": 7, "label": 3}', {"ground_truth": "label"}),
        ('{"a": {"b c": [3]}}', {"ground_truth": 'a."b c"'}),
    ],
)
def test_labels_in_json(label: str, named: dict[str, str], write: Write) -> None:
    path = write("x.jsonl", merged(label, "0.5", encodings=("JSON", "CSV")))
    assert [str(value) for value in read(path, probability="0", **named).labels] == ["3"]


@pytest.mark.parametrize(
    ("answer", "attribute"),
    [
        ('{"score": 0.25}\n', "score"),
        ('{"score": 0.25}', "$.score"),
        ('{"scores": [0.75, 0.25]}', "scores[1]"),
        ('{"predictions": [[0.25]]}', "predictions"),
        ("0.25", "0"),
        ("[0.25]", "0"),
        ("[[0.75, 0.25]]", "1"),
        ('[{"score": 0.25}]', "score"),
        ('[{"score": 0.25}]', "[0].score"),
        ('[{"score": 0.25}]', "$[0].score"),
        ('{"my-score": 0.25}', "my-score"),
        ('{"0": "0.25"}', "0"),
    ],
)
def test_answers_in_json(answer: str, attribute: str, write: Write) -> None:
    path = write("x.jsonl", merged("1", answer, encodings=("CSV", "JSON")))
    assert lists(read(path, probability=attribute)) == (["1"], None, [0.25])


def test_lines_of_json_and_base64(write: Write) -> None:
    lines = merged('{"y": 1}\n{"y": 0}', '{"p": 0.9}\n{"p": 0.1}\n', encodings=("JSON", "JSON"))
    encoded = merged("MQ==", "eyJwIjogMC41fQ==", encodings=("BASE64", "BASE64"))
    columns = read(write("x.jsonl", lines + encoded), probability="p")
    assert [str(value) for value in columns.labels] == ["1", "0", "1"]
    assert columns.probabilities is not None
    assert columns.probabilities.tolist() == [0.9, 0.1, 0.5]


def test_classes_keep_their_spelling_and_booleans_are_texts(write: Write) -> None:
    path = write("x.jsonl", merged("007", "true", encodings=("CSV", "JSON")))
    assert lists(read(path, inference="0")) == (["007"], ["true"], None)


def test_several_files_packed_and_plain(write: Write, tmp_path: Path) -> None:
    write("a/2.jsonl.gz", gzip.compress(merged("1", "0.2").encode()))
    write("a/1.jsonl", merged("0", "0.1"))
    write("a/_SUCCESS", "")
    columns = read(str(tmp_path / "a"), probability="0")
    assert lists(columns) == (["0", "1"], None, [0.1, 0.2])
    assert columns.place_of(2) == (str(tmp_path / "a" / "2.jsonl.gz"), 1)


CSV_ROWS = "score,prediction,label\n0.9,1,1\n0.2,0,1\n"
NAMED = {"inference": "prediction", "probability": "score", "ground_truth": "label"}
EXPECTED = ([1, 1], [1, 0], [0.9, 0.2])


@pytest.mark.parametrize("kind", ["csv", "headerless", "json lines", "json", "nested json", "parquet"])
def test_data_sets(kind: str, write: Write, tmp_path: Path) -> None:
    rows = [{"score": 0.9, "prediction": 1, "label": 1}, {"score": 0.2, "prediction": 0, "label": 1}]
    dataset_format: Any = Json(lines=kind == "json lines")
    named = NAMED
    if kind in ("csv", "headerless"):
        dataset_format = Csv(header=kind == "csv")
        path = write("x.csv", CSV_ROWS if kind == "csv" else CSV_ROWS.split("\n", 1)[1])
        named = NAMED if kind == "csv" else {"inference": "_c1", "probability": "0", "ground_truth": "_c2"}
    elif kind == "parquet":
        dataset_format, path = Parquet(), str(tmp_path / "x.parquet")
        duckdb.sql(f"COPY (SELECT * FROM (VALUES (0.9::DOUBLE, 1, 1), (0.2, 0, 1)) AS t(score, prediction, label)) "
                   f"TO '{path}'")  # fmt: skip
    elif kind == "nested json":
        path = write("x.json", json.dumps({"rows": rows}))
        named = {name: f"rows[*].{attribute}" for name, attribute in NAMED.items()}
    else:
        path = write("x.json", "\n".join(map(json.dumps, rows)) if kind == "json lines" else json.dumps(rows))
    columns = read(path, dataset_format, **named)
    labels, predictions, probabilities = lists(columns)
    assert ([int(value) for value in labels], [int(value) for value in predictions], probabilities) == EXPECTED
    numbers = read(path, dataset_format, **named, numeric=True)
    assert numbers.labels.dtype == np.float64
    assert lists(numbers) == EXPECTED


def test_places_of_rows_in_a_csv_file_with_quoted_line_breaks(write: Write) -> None:
    path = write("x.csv", 'text,y,p\n"a\nb",1,0.1\nc,0,0.2\n')
    columns = read(path, Csv(), probability="p", ground_truth="y")
    assert [columns.place_of(row) for row in (1, 2)] == [(path, 2), (path, 4)]
