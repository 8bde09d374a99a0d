from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.json_layout import dumps, quote

DOCUMENT = {
    "version": 0.0,
    "features": [{"name": "a", "data": [[1.0, 2.5], []]}, {"name": "b", "empty": {}}],
    "count": 3,
    "flag": True,
    "nothing": None,
}
LAYOUT = """{
  "version" : 0.0,
  "features" : [ {
    "name" : "a",
    "data" : [ [ 1.0, 2.5 ], [ ] ]
  }, {
    "name" : "b",
    "empty" : { }
  } ],
  "count" : 3,
  "flag" : true,
  "nothing" : null
}"""
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_layout_is_the_originals() -> None:
    assert dumps(DOCUMENT) == LAYOUT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("\b\t\n\f\r", '"\\b\\t\\n\\f\\r"'),
        ("\x00\x1f\x0b", '"\\u0000\\u001F\\u000B"'),
        ("\\u001f", '"\\\\u001f"'),
        ("/\x7fé😀<script>", '"/\x7fé😀<script>"'),
    ],
)
def test_escaping_is_jacksons(text: str, expected: str) -> None:
    assert quote(text) == expected


def test_numbers_that_json_lacks_are_quoted() -> None:
    values = [float("nan"), float("inf"), float("-inf")]
    assert dumps(values) == '[ "NaN", "Infinity", "-Infinity" ]'
    assert dumps([*values, *[1.0] * 10]).startswith('[ "NaN", "Infinity", "-Infinity", 1.0, ')


def test_numpy_arrays_and_scalars_are_written() -> None:
    numpy = pytest.importorskip("numpy")
    document = {"data": [numpy.array([1.0, 1e7])], "k": numpy.float64(2048), "n": numpy.int64(5)}
    assert dumps(document) == '{\n  "data" : [ [ 1.0, 1.0E7 ] ],\n  "k" : 2048.0,\n  "n" : 5\n}'


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        dumps({"name": b"a"})


@given(JSON_VALUES)
def test_written_text_means_the_same_value(value: object) -> None:
    assert json.loads(dumps(value)) == value
