"""Requests byte for byte, as the documentation of "Endpoint requests for tabular data" has them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.predictors.request_format import RequestFormat

TWO = FeatureTable.from_rows(["A", "B", "C", "D"], [[1, 2, 3, 4], [5, 6, 7, 8]])
TEXT = FeatureTable.from_rows(["text", "stars"], [["This is a good product", 5], ["Bad shopping experience", 1]])


def body(table: FeatureTable, content_type: str, **templates: str) -> str:
    request = RequestFormat(content_type, feature_names=table.names, **templates)
    return request.body(request.records(table)).decode()


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (TWO, "1,2,3,4\n5,6,7,8"),
        (TEXT, '"This is a good product",5\n"Bad shopping experience",1'),
        (FeatureTable.from_rows(["a", "b", "c"], [[0.5, None, 'say "hi"']]), '0.5,,"say ""hi"""'),
        (FeatureTable.from_rows(["a", "b"], [[1.0, float("nan")]]), "1.0,"),
    ],
)
def test_csv(table: FeatureTable, expected: str) -> None:
    assert body(table, "text/csv") == expected


def test_json_lines() -> None:
    template = '{"data":{"features":$features}}'
    expected = '{"data":{"features":[1,2,3,4]}}\n{"data":{"features":[5,6,7,8]}}'
    assert body(TWO, "application/jsonlines", content_template=template) == expected


@pytest.mark.parametrize(
    ("content", "record", "expected"),
    [
        (
            '{"instances":$records}',
            '{"features":$features}',
            {"instances": [{"features": [0, 1]}, {"features": [3, 4]}]},
        ),
        (
            '{"instances": $records, "feature_names": $feature_names}',
            "$features",
            {"instances": [[0, 1], [3, 4]], "feature_names": ["A", "B"]},
        ),
        ("$records", "$features_kvp", [{"A": 0, "B": 1}, {"A": 3, "B": 4}]),
        ("$records", '{"A": "${A}", "B": "${B}"}', [{"A": 0, "B": 1}, {"A": 3, "B": 4}]),
        (
            "$records",
            '{"names":$feature_names,"row":$features}',
            [{"names": ["A", "B"], "row": [0, 1]}, {"names": ["A", "B"], "row": [3, 4]}],
        ),
    ],
)
def test_json(content: str, record: str, expected: Any) -> None:
    table = FeatureTable.from_rows(["A", "B"], [[0, 1], [3, 4]])
    found = body(table, "application/json", content_template=content, record_template=record)
    assert json.loads(found) == expected


def test_one_record_at_a_time() -> None:
    request = RequestFormat(
        "application/json", content_template="$record", record_template="$features_kvp", feature_names=("A",)
    )
    assert request.one_at_a_time
    assert request.body(['{"A":1}']) == b'{"A":1}'


def test_missing_values_are_null_in_json() -> None:
    table = FeatureTable.from_rows(["a", "b", "c"], [[float("nan"), None, "ü"]])
    assert body(table, "application/jsonlines", content_template="$features") == '[null,null,"ü"]'


def test_an_infinite_feature_is_refused_in_json() -> None:
    with pytest.raises(ContractError, match="a feature is infinite"):
        body(FeatureTable.from_rows(["a"], [[float("inf")]]), "application/jsonlines", content_template="$features")


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_no_text_of_a_row_is_taken_for_a_placeholder(cells: list[str]) -> None:
    row = [*cells, "$feature_names", '"${a}"']
    table = FeatureTable.from_rows([f"f{i}" for i in range(len(row))], [row])
    found = body(table, "application/json", content_template='{"x":$records}', record_template='{"y":$features}')
    assert json.loads(found) == {"x": [{"y": row}]}


@pytest.mark.parametrize(
    ("content_type", "templates", "message"),
    [
        ("application/x-image", {}, "predictor.content_type: 'application/x-image' is none of"),
        ("application/jsonlines", {}, "predictor.content_template: is missing"),
        ("application/jsonlines", {"content_template": "$records"}, r"\$records has no meaning"),
        ("application/jsonlines", {"content_template": '{"x":1}'}, "no placeholder for the features"),
        ("application/jsonlines", {"content_template": '{"x":$features'}, "is no JSON once"),
        ("application/json", {"content_template": "$records"}, "predictor.record_template: is missing"),
        (
            "application/json",
            {"content_template": "[$records,$records]", "record_template": "$features"},
            "has 2 of the placeholders",
        ),
        (
            "application/json",
            {"content_template": "$records", "record_template": '{"x":"${size}"}'},
            r"names no feature\. The features are A, B, C, D",
        ),
    ],
)
def test_a_wrong_setting_is_named(content_type: str, templates: dict[str, str], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        RequestFormat(content_type, feature_names=TWO.names, **templates)
