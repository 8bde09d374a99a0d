"""The original's guess of what a column is, its traps, and what corrected makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from airflow_model_monitor.analysis.bias.column_kind import column_kind
from airflow_model_monitor.analysis.bias.column_values import codes, distinct_values, narrow
from airflow_model_monitor.analysis.bias.selection import as_numbers, select
from airflow_model_monitor.contract.errors import ContractError


def kinds(values: Any, given: tuple[Any, ...]) -> tuple[str, str]:
    column = as_numbers(narrow(values, "x"))
    return column_kind(column, given, "sagemaker"), column_kind(column, given, "corrected")


@pytest.mark.parametrize(
    ("values", "given", "expected"),
    [
        (["a", "b"], ("a",), ("categorical", "categorical")),
        ([True, False], (1,), ("categorical", "categorical")),
        ([0.5, 1.5, 2.5], (1, 2), ("categorical", "categorical")),
        ([0.5, 1.5, 2.5], (1,), ("continuous", "continuous")),
        (list(range(100)), (40,), ("continuous", "continuous")),
        ([0, 1] * 21, (1,), ("categorical", "categorical")),
        # The traps: 0.0 and 1.0, few rows, integers spelled in text; and a threshold between two whole numbers.
        ([0.0, 1.0] * 500, (1,), ("continuous", "categorical")),
        ([0, 1] * 20, (1,), ("continuous", "categorical")),
        (["0", "1"] * 20, ("1",), ("continuous", "categorical")),
        ([1, 1, 1], (0,), ("continuous", "categorical")),
        ([0, 1] * 500, (0.5,), ("categorical", "continuous")),
    ],
)
def test_kind(values: list[Any], given: tuple[Any, ...], expected: tuple[str, str]) -> None:
    assert kinds(values, given) == expected


def test_uniqueness_threshold_is_inclusive() -> None:
    assert kinds([0, 1, 2] * 20, (1,)) == ("continuous", "continuous")
    assert kinds([*[0, 1, 2] * 20, 0], (1,)) == ("categorical", "categorical")


def selected(values: Any, given: tuple[Any, ...], compatibility: Any = "sagemaker") -> tuple[str, list[bool]]:
    (found,) = select(narrow(values, "x"), given, name="x", compatibility=compatibility)
    return found.text, found.mask.tolist()


def test_a_threshold_is_exclusive_and_named_with_the_largest_value() -> None:
    assert selected([39, 40, 41, 75], (40,)) == ("(40, 75]", [False, False, True, True])
    assert selected([0.1, 0.5], (0.2,)) == ("(0.2, 0.5]", [False, True])


def test_labels_stored_as_floats_are_silently_all_negative_in_the_original() -> None:
    assert selected([0.0, 1.0] * 50, (1,)) == ("(1, 1.0]", [False] * 100)
    assert selected([0.0, 1.0] * 50, (1,), "corrected") == ("1", [False, True] * 50)


def test_several_values_are_one_group() -> None:
    assert selected([0, 1, 2], (0, 2)) == ("0,2", [True, False, True])
    assert selected(["a", None, "c"], ("a", "c")) == ("a,c", [True, False, True])
    assert selected([True, False], ("true",)) == ("true", [True, False])
    assert selected([True, None, False], ("true",)) == ("true", [True, False, False])


def test_numbers_and_texts_mean_the_same_value() -> None:
    assert selected(["0", "1", "0"] * 30, (0,))[1] == [True, False, True] * 30
    assert selected([0, 1, 0] * 30, ("0",))[1] == [True, False, True] * 30
    assert selected(["x", 1, "1"], (1,))[1] == [False, True, True]


def test_without_values_every_class_is_a_group() -> None:
    found = select(narrow(["b", "a", None, "b"], "x"), (), name="x", compatibility="sagemaker")
    assert [(group.text, group.mask.tolist()) for group in found] == [
        ("a", [False, True, False, False]),
        ("b", [True, False, False, True]),
    ]


@pytest.mark.parametrize(
    ("values", "given", "message"),
    [
        ([0.5, 1.5], (), "field x: the column holds a scale of numbers, which needs one threshold, got 0 values"),
        ([0.5, 1.5], ("old",), "field x: the value 'old' cannot occur: the column holds numbers. Give a number."),
        ([True], ("old",), "the column holds true and false. Give 'true' or 'false'."),
        ([float("nan")], (1,), "the column holds no value to compare with a threshold"),
        ([None, None], (), "the column holds no value, so there is no group to compare"),
        ([0.5, 1.5], ("inf",), "the value 'inf' cannot occur: the column holds numbers"),
        ([0, 1], ("9" * 400, "1"), "cannot occur: the column holds numbers"),
    ],
)
def test_values_that_do_not_go_with_the_column(values: list[Any], given: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ContractError) as caught:
        select(narrow(values, "x"), given, name="x", compatibility="sagemaker")
    assert message in str(caught.value)


def test_columns_are_narrowed() -> None:
    assert narrow(np.array([1, 2], dtype=object), "x").dtype == np.int64
    assert narrow([1, None, 2.5], "x").dtype == np.float64
    assert narrow(["a", 1], "x").tolist() == ["a", 1]
    assert narrow(np.array(["a", np.nan], dtype=object), "x").tolist() == ["a", None]
    with pytest.raises(ContractError, match="array of 2 axes"):
        narrow([[1], [2]], "x")


@pytest.mark.parametrize("values", [[5, -3, 5, 0], [5, 10**15, 5], [2.5, float("nan"), -1.0], ["b", None, "a"]])
def test_codes_are_positions_among_the_distinct_values(values: list[Any]) -> None:
    column = narrow(values, "x")
    distinct = distinct_values(column)
    found = [distinct[code] if code >= 0 else None for code in codes(column)]
    assert found == [None if value != value else value for value in values]
    assert distinct == sorted(distinct)
