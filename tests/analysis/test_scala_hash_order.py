from __future__ import annotations

import random

import pytest

from airflow_model_monitor.analysis.scala_hash_order import histogram_order, string_hash, tuple_hash

# Domains as real files of April 2020 hold them: more than four values go by their own hash, fewer by the pair's.
REAL_DOMAINS = {
    "turbine_id": (
        *("TID010", "TID002", "TID007", "TID001", "TID006"),
        *("TID008", "TID004", "TID005", "TID009", "TID003"),
    ),
    "wind_direction": ("E", "N", "SW", "NE", "NW", "SE", "W", "S"),
    "HAWT": ("NullValue", "HAWT", "VAWT"),
    "no": ("yes", "no"),
}


@pytest.mark.parametrize(("column", "domain"), REAL_DOMAINS.items())
def test_order_is_that_of_real_files_whatever_order_the_values_come_in(column, domain):
    shuffled = random.Random(column).sample(domain, len(domain))

    assert tuple(histogram_order(column, shuffled)) == domain


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("a", 97), ("hello", 99162322), ("polygenelubricants", 0x80000000), ("\U0001f600", 1772899), ("é", 233)],
)
def test_string_hash_is_javas(text, expected):
    assert string_hash(text) == expected


def test_tuple_hash_depends_on_the_order_of_its_members():
    assert tuple_hash("a", "b") != tuple_hash("b", "a")


def test_values_of_equal_hash_keep_one_order():
    values = ["Aa", "BB", "c", "d", "e", "f"]

    assert histogram_order("x", values) == histogram_order("x", values[::-1])
    assert string_hash("Aa") == string_hash("BB")


def test_no_values_have_an_order_too():
    assert list(histogram_order("x", [])) == []
