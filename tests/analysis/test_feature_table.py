"""Columns keep the kind of their values."""

from __future__ import annotations

import numpy as np
import pytest

from airflow_model_monitor.analysis.feature_table import FeatureTable, alike, column
from airflow_model_monitor.contract.errors import ContractError


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "i"),
        ([1.5, 2.0], "f"),
        ([1, 2.5], "f"),
        ([True, False], "b"),
        ([True, 1], "O"),
        ([1, None], "O"),
        (["a", "b"], "O"),
        ([2**53 + 1, 0.5], "O"),
        ([2**70, 1], "O"),
        ([[1, 2], [3, 4]], "O"),
    ],
)
def test_the_narrowest_kind_that_keeps_every_value(values, kind):
    result = column(values)

    assert result.dtype.kind == kind
    assert result.tolist() == values


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ([1], [2], "i"),
        ([1], [2.5], "f"),
        ([2**60], [0.5], "O"),
        ([1], ["a"], "O"),
        ([True], [2], "O"),
    ],
)
def test_two_columns_in_one_kind_keep_their_values(first, second, kind):
    one, other = alike(column(first), column(second))

    assert one.dtype == other.dtype
    assert one.dtype.kind == kind
    assert (one.tolist(), other.tolist()) == (first, second)


def test_rows_and_back():
    rows = [(1, "x", 0.5), (2, None, 1.5)]

    table = FeatureTable.from_rows(["a", "b", "c"], rows)

    assert list(table.rows()) == rows
    assert list(table[np.array([1])].rows()) == rows[1:]
    assert len(table) == 2


def test_one_array_of_all_values():
    numbers = FeatureTable.from_rows(["a", "b"], [[1, 0.5], [2, 1.5]])
    mixed = FeatureTable.from_rows(["a", "b"], [[1, "x"], [2, None]])

    assert numbers.array().tolist() == numbers.matrix().tolist() == [[1.0, 0.5], [2.0, 1.5]]
    assert mixed.array().tolist() == [[1, "x"], [2, None]]


def test_what_does_not_fit_is_named():
    with pytest.raises(ContractError, match="row 2 has 1 values, expected 2"):
        FeatureTable.from_rows(["a", "b"], [[1, 2], [3]])
    with pytest.raises(ContractError, match="different lengths"):
        FeatureTable(("a", "b"), (np.zeros(1), np.zeros(2)))
    with pytest.raises(ContractError, match="1 columns have 2 names"):
        FeatureTable(("a", "b"), (np.zeros(1),))
    with pytest.raises(ContractError, match="field b: holds values that are not numbers"):
        FeatureTable.from_rows(["a", "b"], [[1, "x"]]).matrix()
