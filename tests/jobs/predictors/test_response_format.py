"""Answers, as the documentation of "Endpoint response for tabular data" has them, and answers that are none."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.predictors.answer_values import AnswerError
from airflow_model_monitor.jobs.predictors.response_format import ResponseFormat

CSV, LINES, JSON = "text/csv", "application/jsonlines", "application/json"
ANIMALS = ("bird", "cat", "dog")


@pytest.mark.parametrize(
    ("accept", "settings", "answer", "expected"),
    [
        (CSV, {}, "0.6", [[0.6]]),
        (CSV, {"probability": 0}, "0.6,0.3", [[0.6], [0.3]]),
        (CSV, {"probability": "0"}, "0.6\n0.3\n", [[0.6], [0.3]]),
        (CSV, {}, "0.1,0.6,0.3", [[0.1, 0.6, 0.3]]),
        (CSV, {}, "0.1,0.6,0.3\r\n0.2,0.5,0.3\r\n", [[0.1, 0.6, 0.3], [0.2, 0.5, 0.3]]),
        (CSV, {"label": 0, "probability": 1}, "1,0.6", [[0.6]]),
        (CSV, {"label": 0, "probability": 1}, 'Current,"[0.02, 0.82]"', [[0.02, 0.82]]),
        (LINES, {"probability": "score"}, '{"score":0.6}', [[0.6]]),
        (LINES, {"label": "score"}, '{"score":0.6}', [[0.6]]),
        (LINES, {"probability": "score"}, '{"score":[0.1,0.9]}\n{"score":[0.5,0.5]}\n', [[0.1, 0.9], [0.5, 0.5]]),
        (LINES, {"probability": "score"}, '{"score":"[0.1, 0.9]"}', [[0.1, 0.9]]),
        (JSON, {"probability": "predictions[*].score"}, '{"predictions":[{"score":0.4}]}', [[0.4]]),
        (JSON, {"label": "p[*].s"}, '{"p":[{"s":0.4},{"s":1}]}', [[0.4], [1.0]]),
        (JSON, {"probability": "p[*].s"}, '{"p":[{"s":[0.1,0.9]}]}', [[0.1, 0.9]]),
        (JSON, {"probability": "score"}, '{"score":0.4}', [[0.4]]),
        (JSON, {"probability": "score"}, '{"score":[0.1,0.9]}', [[0.1, 0.9]]),
        (JSON, {"probability": "@"}, "[0.6,0.3]", [[0.6], [0.3]]),
    ],
)
def test_scores(accept: str, settings: dict[str, Any], answer: str, expected: list[list[float]]) -> None:
    found = ResponseFormat(accept, **settings).predictions(answer.encode(), len(expected))
    scores = found.scores if found.scores is not None else found.labels.astype(float).reshape(-1, 1)  # type: ignore[union-attr]
    assert scores.tolist() == expected


@pytest.mark.parametrize(
    ("accept", "settings", "answer", "expected"),
    [
        (CSV, {"label": 0}, "1", ["1"]),
        (CSV, {"label": 0}, "1,0", ["1", "0"]),
        (CSV, {"label": 0}, "1\n0", ["1", "0"]),
        (CSV, {"label": 0, "probability": 1}, "yes,0.6\nno,0.2", ["yes", "no"]),
        (CSV, {"label_headers": ANIMALS}, "0.1,0.6,0.3\n0.2,0.2,0.6", ["cat", "dog"]),
        (CSV, {"label": 0, "probability": 1}, "\"['bird','cat','dog']\",\"[0.1,0.6,0.3]\"", ["cat"]),
        (LINES, {"label": "predicted_label"}, '{"predicted_label":1}\n{"predicted_label":0}', [1, 0]),
        (LINES, {"label": "l", "probability": "s"}, '{"l":["bird","cat"],"s":[0.1,0.9]}', ["cat"]),
        (LINES, {"probability": "s", "label_headers": ANIMALS}, '{"s":[0.1,0.2,0.7]}', ["dog"]),
        (JSON, {"label": "predictions[*].l"}, '{"predictions":[{"l":"a"},{"l":true}]}', ["a", True]),
    ],
)
def test_labels(accept: str, settings: dict[str, Any], answer: str, expected: list[Any]) -> None:
    labels = ResponseFormat(accept, **settings).predictions(answer.encode(), len(expected)).labels
    assert labels is not None
    assert labels.tolist() == expected


@pytest.mark.parametrize(
    ("accept", "settings", "answer", "message", "record"),
    [
        (CSV, {}, "0.6\n0.3\n0.1", "holds 3 predictions for 2 records", None),
        (CSV, {}, "", "holds 0 predictions for 2 records", None),
        (CSV, {}, "0.6\nsorry", "holds the text 'sorry', which is no score", 1),
        (CSV, {}, "0.6\nnan", "holds nan, which is no score", 1),
        (CSV, {"label": 0}, "1\nnan", "holds 'nan', which is no label", 1),
        (CSV, {"probability": 1}, "0.6\n0.3", "has 1 columns, and predictor.probability asks for column 1", 0),
        (CSV, {}, "0.6\n0.3,0.1", "holds 2 scores for this record and 1 for the first", 1),
        (CSV, {}, b"\xff\xfe0", "is not UTF-8", None),
        (CSV, {}, "1" * 200_000, "is not CSV of predictions", None),
        (CSV, {}, "[" * 100_000 + "\n1", "is no score", 0),
        (LINES, {"probability": "s"}, '{"s":0.1}\n{"s":1' + "0" * 400 + "}", "an integer beyond the doubles", 1),
        (CSV, {"label_headers": ANIMALS}, "0.1,0.9\n0.1,0.9", "2 scores a record for 3 label_headers", 0),
        (LINES, {"label": "l"}, '{"l":1}', "holds 1 lines for 2 records", None),
        (LINES, {"label": "l"}, '{"l":1}\nInternal error', "is not JSON", 1),
        (LINES, {"label": "l"}, '{"l":1}\n{"m":1}', "has nothing at predictor.label", 1),
        (LINES, {"probability": "s"}, '{"s":0.1}\n{"s":NaN}', "holds nan, which is no score", 1),
        (LINES, {"probability": "s"}, '{"s":0.1}\n{"s":null}', "has nothing at predictor.probability", 1),
        (LINES, {"probability": "s"}, '{"s":0.1}\n{"s":{"a":1}}', 'holds {"a": 1}, which is no score', 1),
        (LINES, {"label": "l"}, '{"l":1}\n{"l":[1,2]}', "several labels for one record", 1),
        (JSON, {"label": "p[*].l"}, "<html>busy</html>", "is not JSON", None),
        (JSON, {"label": "p[*].l"}, "{}", "has nothing at predictor.label", None),
        (JSON, {"label": "p"}, '{"p":1}', "has no list at predictor.label", None),
        (JSON, {"label": "p"}, '{"p":[1]}', "holds 1 predictions for 2 records", None),
        (JSON, {"label": "sum(p)"}, '{"p":["a"]}', "is not what predictor.label expects", None),
    ],
)
def test_what_is_no_answer(
    accept: str, settings: dict[str, Any], answer: str | bytes, message: str, record: int | None
) -> None:
    content = answer if isinstance(answer, bytes) else answer.encode()
    with pytest.raises(AnswerError) as found:
        ResponseFormat(accept, **settings).predictions(content, 2)
    assert message in found.value.message
    assert found.value.record == record


@pytest.mark.parametrize(
    ("accept", "settings", "message"),
    [
        ("image/png", {}, "predictor.accept_type: 'image/png' is none of"),
        (JSON, {}, "says not where scores or labels stand"),
        (CSV, {"label": "score"}, "predictor.label: 'score' is no column index"),
        (JSON, {"probability": "p[*"}, r"predictor.probability: 'p\[\*' is no JMESPath"),
    ],
)
def test_a_wrong_setting_is_named(accept: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        ResponseFormat(accept, **settings)


def test_a_line_separator_within_a_text_ends_no_line() -> None:
    answer = '{"l":"a\u2028b"}\r\n{"l":"c"}\r\n'
    labels = ResponseFormat(LINES, label="l").predictions(answer.encode(), 2).labels
    assert labels is not None
    assert labels.tolist() == ["a\u2028b", "c"]
