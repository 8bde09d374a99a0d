from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.model_quality.classes import class_name, joined, read_classes
from airflow_model_monitor.contract.errors import ContractError


def spelled(column):
    return [column.names[code] for code in column.codes]


@pytest.mark.parametrize("one", [1, 1.0, "1", "1.0", " 1\n", '"1"', "1e0", "1.", np.int8(1), np.float32(1)])
def test_one_class_in_many_spellings(one):
    assert class_name(one) == "1"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (True, "true"),
        (False, "false"),
        ("TRUE", "TRUE"),
        ("007", "007"),
        ("0.50", "0.5"),
        (-0.0, "0"),
        ("-0", "0"),
        ('"a b"', "a b"),
        ("12345678901234567890", "12345678901234567890"),
        ("1_0", "1_0"),
        ("Infinity", "Infinity"),
    ],
)
def test_names(value, name):
    assert class_name(value) == name


@pytest.mark.parametrize("missing", [None, float("nan"), "", "  ", "NaN", '""'])
def test_a_missing_class_names_its_row(missing):
    with pytest.raises(ContractError, match=r"field label: row 2: is missing\. Give every row a label"):
        read_classes(np.array(["a", missing, missing], object), field="label")


@pytest.mark.parametrize("value", [[1], {"label": 1}, b"1", float("inf")])
def test_what_can_be_no_class_names_its_row(value):
    column = np.empty(2, object)
    column[:] = ["a", value]
    with pytest.raises(ContractError, match=r"field prediction: row 2: .* is no class"):
        read_classes(column, field="prediction")


def test_numbers_come_in_their_order_and_before_texts():
    column = read_classes(np.array(["b", 10, "9", "a", 9.5], object), field="label")

    assert column.names == ("9", "9.5", "10", "a", "b")
    assert spelled(column) == ["b", "10", "9", "a", "9.5"]


def test_one_and_true_are_two_classes():
    assert read_classes(np.array([1, True, "1", 1.0], object), field="label").names == ("1", "true")


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 1, 1, 2], np.int64),
        np.array([3, 1, 1, 2], np.uint8),
        np.array([3.0, 1.0, 1.0, 2.0], np.float32),
        np.array(["3", "1", "1", "2"]),
        np.array(["3.0", 1, 1.0, "2"], object),
        [3, 1, 1, 2],
    ],
)
def test_every_kind_of_column(values):
    column = read_classes(values, field="label")

    assert column.names == ("1", "2", "3")
    assert spelled(column) == ["3", "1", "1", "2"]
    assert column.first_row(0) == 1


def test_extreme_numbers():
    assert spelled(read_classes(np.array([-128, 127], np.int8), field="label")) == ["-128", "127"]
    assert spelled(read_classes(np.array([2**64 - 1, 2**64 - 2], np.uint64), field="label")) == [
        "18446744073709551615",
        "18446744073709551614",
    ]
    assert spelled(read_classes(np.array([1e300, 0.5]), field="label")) == [str(int(1e300)), "0.5"]
    assert spelled(read_classes(np.array([True, False]), field="label")) == ["true", "false"]
    assert read_classes(np.array([], float), field="label").names == ()


@given(st.lists(st.integers(-5, 5) | st.integers(-(2**60), 2**60), max_size=30))
def test_the_kind_of_the_column_does_not_matter(values):
    texts = read_classes(np.array([str(value) for value in values], object), field="label")
    numbers = read_classes(np.array(values, np.int64), field="label")

    assert spelled(texts) == spelled(numbers) == [str(value) for value in values]
    assert texts.names == numbers.names


def test_classes_of_two_columns():
    left, right = (read_classes(values, field="label") for values in (["b", "a"], [2, 2]))

    names, (first, second) = joined(left, right)

    assert names == ("2", "a", "b")
    assert (first.tolist(), second.tolist()) == ([2, 1], [0, 0])
