"""Rows of JSON requests, whatever the order of an object's members."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_model_monitor.jobs.clarify_inputs.record_features import RecordFeatures

HEADERS = ("age", "city", "late")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([20, "Oslo"], [[20, "Oslo"]]),
        ([[20, "Oslo"], [30, "Bodø"]], [[20, "Oslo"], [30, "Bodø"]]),
        ({"city": "Oslo", "age": 20}, [[20, "Oslo"]]),
        ({"city": "Oslo", "id": 7, "age": 20}, [[20, "Oslo"]]),
        ([{"city": "Oslo", "age": 20}, {"age": 30, "city": "Bodø"}], [[20, "Oslo"], [30, "Bodø"]]),
        ({"features": [20, "Oslo"]}, [[20, "Oslo"]]),
    ],
)
def test_rows(value: Any, expected: list[list[Any]]) -> None:
    assert RecordFeatures(HEADERS[:2]).rows(value) == expected


def test_headers_beyond_the_features_are_the_labels() -> None:
    assert RecordFeatures(HEADERS).rows({"city": "Oslo", "age": 20}) == [[20, "Oslo"]]


def test_without_headers_the_first_object_gives_the_order() -> None:
    features = RecordFeatures()
    assert features.rows({"b": 1, "a": 2}) == [[1, 2]]
    assert features.rows({"a": 4, "b": 3}) == [[3, 4]]


@pytest.mark.parametrize(
    ("headers", "value", "expected"),
    [
        (("a", "b", "y"), {"b": 1}, "no feature 'a' there, but 'b'"),
        (("a", "b", "y"), {"a": 1, "b": 1, "y": 0}, "3 features there, 2 in the first record"),
        ((), {"a": 1}, "no feature 'b' there, but 'a'"),
        ((), {"a": 1, "b": 2, "c": 3}, "3 features there, 2 in the first record"),
        ((), [], "no list of features there"),
        ((), "text", "no list of features there"),
    ],
)
def test_what_is_no_row_of_features(headers: tuple[str, ...], value: Any, expected: str) -> None:
    features = RecordFeatures(headers)
    features.rows({"b": 2, "a": 1} if headers else {"a": 1, "b": 2})
    with pytest.raises(ValueError, match=expected):
        features.rows(value)
