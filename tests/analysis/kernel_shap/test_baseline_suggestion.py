"""Baseline rows from clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap import suggest_baseline
from airflow_model_monitor.contract.errors import ContractError
from tests.analysis.kernel_shap.small_models import table_of


def blobs(centres: list[list[float]], each: int, spread: float = 0.05) -> FeatureTable:
    random = np.random.default_rng(0)
    return table_of(np.concatenate([random.normal(centre, spread, size=(each, len(centre))) for centre in centres]))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_as_many_rows_as_there_are_groups(count):
    centres = [[10.0 * i, -5.0 * (i % 3), 7.0 * (i % 2)] for i in range(count)]

    found = np.array(list(suggest_baseline(blobs(centres, 200 // count)).rows()))

    assert len(found) == count
    np.testing.assert_allclose(found[np.argsort(found[:, 0])], centres, atol=0.05)


@pytest.mark.parametrize("features", [1, 2, 20])
def test_rows_without_groups_have_one_baseline_row(features):
    table = table_of(np.random.default_rng(0).random(size=(500, features)))

    found = suggest_baseline(table)

    np.testing.assert_allclose(next(found.rows()), table.matrix().mean(axis=0))
    assert len(found) == 1


def test_never_more_than_12_unless_asked_for():
    table = blobs([[100.0 * i] for i in range(20)], 10)

    assert len(suggest_baseline(table)) <= 12
    assert len(suggest_baseline(table, num_clusters=20)) == 20


def test_the_number_asked_for_the_largest_cluster_first():
    table = blobs([[0.0]] * 6 + [[10.0]] * 3 + [[20.0]], 20)

    found = suggest_baseline(table, num_clusters=3)

    np.testing.assert_allclose(found.columns[0], [0.0, 10.0, 20.0], atol=0.1)


def test_text_and_numbers_mixed():
    rows = [["a", 1, 0.0], ["a", 2, 0.1], ["a", 3, 0.2], ["b", 101, 5.0], ["b", 102, 5.1]]

    found = suggest_baseline(FeatureTable.from_rows(["kind", "count", "size"], rows * 10), num_clusters=2)

    assert [(kind, count) for kind, count, _ in found.rows()] == [("a", 2), ("b", 102)]
    assert [type(value) for value in next(found.rows())] == [str, int, float]


def test_categories_alone():
    table = FeatureTable.from_rows(["x", "y"], [["a", True]] * 5 + [["b", False]] * 4 + [["a", False]])

    assert set(suggest_baseline(table, num_clusters=2).rows()) == {("a", True), ("b", False)}


def test_missing_values():
    rows = [[1.0, "a", None], [None, "a", None], [3.0, None, None], [2.0, None, None], [2.0, None, None]]

    found = suggest_baseline(FeatureTable.from_rows(["x", "y", "z"], rows), num_clusters=1)

    assert list(found.rows()) == [(2.0, None, None)]


@pytest.mark.parametrize("value", [0.1, 1e300, 5e-324, -7.3])
def test_equal_rows_are_their_own_baseline_to_the_last_bit(value):
    table = table_of(np.full((7, 2), value))

    for count in (None, 1, 4):
        assert list(suggest_baseline(table, num_clusters=count).rows()) == [(value, value)]


@given(
    st.lists(st.tuples(st.floats(-1e308, 1e308), st.sampled_from("abc"), st.integers(-5, 5)), min_size=1, max_size=40),
    st.one_of(st.none(), st.integers(1, 15)),
    st.integers(0, 3),
)
def test_any_rows_give_rows_within_their_range(rows, count, seed):
    table = FeatureTable.from_rows(["x", "y", "z"], rows)

    found = suggest_baseline(table, num_clusters=count, seed=seed)

    assert 1 <= len(found) <= min(count or 12, len(set(rows)))
    assert list(found.rows()) == list(suggest_baseline(table, num_clusters=count, seed=seed).rows())
    for values, centres in zip(table.columns, found.columns, strict=True):
        assert min(values) <= min(centres)
        assert max(centres) <= max(values)


def test_many_rows_are_drawn_from():
    table = blobs([[0.0], [10.0]], 30_000)

    found = suggest_baseline(table)

    np.testing.assert_allclose(np.sort(found.columns[0]), [0.0, 10.0], atol=0.01)


def test_what_no_baseline_can_be_made_of():
    with pytest.raises(ContractError, match="no rows"):
        suggest_baseline(table_of(np.zeros((0, 2))))
    with pytest.raises(ContractError, match="0 is not a number of clusters"):
        suggest_baseline(table_of(np.zeros((3, 2))), num_clusters=0)
    with pytest.raises(ContractError, match="field f1: holds an infinite number"):
        suggest_baseline(table_of(np.array([[0.0, np.inf]])))
