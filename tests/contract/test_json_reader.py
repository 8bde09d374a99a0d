from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_reader import JsonNode, load

NONSENSE = {
    "": "is empty",
    "  \n": "is empty",
    "{": "the file ends in the middle",
    '{"a": [1, 2': "the file ends in the middle",
    '{"a": "b': "not valid JSON",
    "{'a': 1}": "not valid JSON",
    '{"a": 1} x': "Extra data",
    '{"a": {"b": [{"c": 1, "c": 2}]}}': r"field $.a.b[0]: the key 'c' occurs twice",
    '{"a b": {"c": 1, "c": 2}}': r"""field $["a b"]: the key 'c' occurs twice""",
    '{"name": "\\ud800"}': "field $.name: text with an unpaired surrogate",
    "[" * 200_000 + "]" * 200_000: "nested too deeply",
    "9" * 5000: "not readable JSON",
}


@pytest.mark.parametrize(("text", "message"), NONSENSE.items(), ids=range(len(NONSENSE)))
def test_nonsense_is_refused(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)) as raised:
        load(text, "constraints.json")
    assert str(raised.value).startswith("file constraints.json")


def test_syntax_error_names_the_line() -> None:
    with pytest.raises(ContractError, match=r"file f\.json, line 3"):
        load('{\n"a": 1,\n"b": }', "f.json")


def test_bytes_must_be_utf_8() -> None:
    with pytest.raises(ContractError, match="line 2: not UTF-8: byte 0xe9 at offset 9"):
        load(b'{"a": 1\n\xe9}'.replace(b"\n", b"\n "))


def test_byte_order_mark_is_tolerated() -> None:
    assert load("\ufeff{}".encode()).value == {}


@pytest.mark.parametrize(
    ("value", "read", "message"),
    [
        ("x", "number", "expected a number, got 'x'"),
        (True, "number", "expected a number, got true"),
        (float("nan"), "number", "expected a finite number, got nan"),
        (10**400, "number", "fits a double"),
        ("NaN", "number", "expected a number"),
        (1.5, "count", "expected a whole number, got 1.5"),
        (-1, "count", "at least 0"),
        (1.1, "ratio", "between 0 and 1"),
        (float("nan"), "ratio", "between 0 and 1"),
        (1, "text", "expected a text, got 1"),
        ("on", "boolean", "true or false"),
        ("on", "enabled", "'Enabled' or 'Disabled'"),
        ({}, "measures", "expected an array of numbers, got an object"),
        ([1.0, "x"], "measures", r"$.v[1]: expected a number, got 'x'"),
    ],
)
def test_wrong_value_names_its_path(value: object, read: str, message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)) as raised:
        getattr(JsonNode({"v": value}).child("v"), read)()
    assert raised.value.field is not None
    assert raised.value.field.startswith("$.v")


def test_measures_take_integers_and_names_of_what_json_lacks() -> None:
    assert JsonNode([1, 2.5, "Infinity", "-Infinity"]).measures() == (1.0, 2.5, float("inf"), float("-inf"))


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_value_or_the_contracts_error(raw: bytes) -> None:
    with contextlib.suppress(ContractError):
        assert isinstance(load(raw, "f"), JsonNode)


def test_a_count_beyond_64_bits_is_refused() -> None:
    with pytest.raises(ContractError, match="a whole number of 64 bits"):
        JsonNode(10**400).count()
