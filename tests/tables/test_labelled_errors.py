"""Labelled data that cannot be read: each error names file, line, field and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv, MergeJson
from airflow_model_monitor.contract.errors import ContractError
from tests.tables.labelled import merged, read

Write = Callable[[str, bytes | str], str]
P = {"probability": "0"}
LINE = merged("1", "0.5")
JSON_ANSWER = ("CSV", "JSON")
JSON_LABEL = ("JSON", "CSV")
CSV_ROWS = "score,prediction,label\n0.9,1,1\n0.2,0,1\n"
NAMED = {"inference": "prediction", "probability": "score", "ground_truth": "label"}


@pytest.mark.parametrize(
    ("text", "named", "place", "said"),
    [
        (LINE + merged("1", "high"), P, "line 2, field probability_attribute", 'expected a number, got "high"'),
        (LINE + merged("", "0.5"), P, "line 2, field groundTruthData.data", "the record has no labels"),
        (merged("1", ",0.5"), P, "line 1, field probability_attribute", "the value is missing"),
        (merged("1", "0.5"), {"probability": "3"}, "line 1, field probability_attribute", "no probabilities at '3'"),
        (merged("1", "0.5"), {"probability": "score"}, "field probability_attribute", "'score' is a name, but"),
        (merged("1,0", "0.5"), P, "line 1, field groundTruthData.data", "the label has 2 columns"),
        (merged("a", "0.5"), {"inference": "0", "numeric": True}, "field groundTruthData.data", "expected a number"),
        (merged("1", "1_0"), P, "line 1, field probability_attribute", 'expected a number, got "1_0"'),
        (merged("{}", "0.5"), P, "line 1, field groundTruthData.data", "labelled CSV, but holds JSON"),
        (merged("{", "0.5", encodings=JSON_LABEL), P, "field groundTruthData.data", "labelled JSON, but is not"),
        (merged('{"a": 1, "b": 2}', "1", encodings=JSON_LABEL), P, "field groundTruthData.data", "has several"),
        (merged(1, "0.5", encodings=JSON_LABEL), P, "line 1, field $.groundTruthData.data", "expected a text, got 1"),
        (merged("1", "{}", encodings=JSON_ANSWER), P, "line 1, field probability_attribute", "no probabilities"),
        (merged("1", "[1, 2]", encodings=JSON_ANSWER), {"probability": "@"}, "line 1", "1 labels, 2 probabilities"),
        (merged("1", "[1]", encodings=JSON_ANSWER), {"probability": "a["}, "field probability_attribute", "a path"),
        (merged("1", "{}", encodings=JSON_ANSWER), {"probability": "$..p"}, "field probability_attribute", "a path"),
        (merged("1", "?", encodings=("CSV", "BASE64")), P, "line 1, field captureData.data", "is no text"),
        (merged("1", "0.5", side="endpointInput"), P, "line 1, field captureData", "none of endpointOutput"),
        (LINE + '{"eventVersion":"0"', P, "line 2", "ends in the middle"),
        (LINE.replace("groundTruthData", "truth"), P, "line 1, field $.groundTruthData", "Merge the captured data"),
        ("\n\n", P, "file", "Job inputs had no data"),
    ],
)
def test_errors_of_merged_records(text: str, named: dict[str, Any], place: str, said: str, write: Write) -> None:
    path = write("hour/part.jsonl", text)
    with pytest.raises(ContractError) as failure:
        read(path, **named)
    told = str(failure.value)
    assert place in told
    assert said in told
    assert failure.value.remedy or "expected a text" in told or "ends in the middle" in told
    if failure.value.line is not None:
        assert path in told


@pytest.mark.parametrize(
    ("text", "named", "said"),
    [
        (CSV_ROWS, {**NAMED, "probability": "scor"}, "field probability_attribute: the data set has no column 'scor'"),
        (CSV_ROWS, {**NAMED, "probability": "scor"}, "Did you mean 'score'? Its columns: score, prediction, label"),
        (CSV_ROWS, {"inference": "1"}, "field ground_truth_attribute"),
        (CSV_ROWS + "x,1,1\n", NAMED, "line 4, field probability_attribute (row 3, column score): expected a number"),
        (CSV_ROWS + "0.1,1,\n", NAMED, "line 4, field ground_truth_attribute (row 3, column label): the value is miss"),
    ],
)
def test_errors_of_data_sets(text: str, named: dict[str, str], said: str, write: Write) -> None:
    with pytest.raises(ContractError) as failure:
        read(write("x.csv", text), Csv(), **named)
    assert said in str(failure.value)


def test_formats_without_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="captured data has no labels"):
        read(str(tmp_path), CaptureJson(), **P)
    with pytest.raises(ContractError, match=r"names endpointInput only"):
        read(str(tmp_path), MergeJson(("endpointInput",)), **P)
