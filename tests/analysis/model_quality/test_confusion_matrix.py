from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.model_quality.best_constant_classifier import (
    best_constant_classifier,
    majority_class,
)
from airflow_model_monitor.analysis.model_quality.cells import Cells
from airflow_model_monitor.analysis.model_quality.confusion_matrix import ConfusionMatrix, f_score, ratio

matrices = st.integers(1, 5).flatmap(
    lambda size: st.lists(st.integers(0, 6), min_size=size * size, max_size=size * size).map(
        lambda counts: ConfusionMatrix(tuple(map(str, range(size))), np.array(counts).reshape(size, size))
    )
)


def test_the_outer_key_is_the_actual_class():
    cells = Cells.of(("a", "b"), np.array([0, 0, 1]), np.array([1, 1, 1]))

    assert cells.matrix.to_mapping() == {"a": {"a": 0, "b": 2}, "b": {"a": 0, "b": 1}}
    assert (cells.matrix.rows, cells.matrix.correct, cells.matrix.support.tolist()) == (3, 1, [2, 1])


def test_nothing_over_nothing():
    assert (ratio(0, 0), f_score(0.0, 0.0, 0.5)) == (0.0, 0.0)
    assert ConfusionMatrix(("0", "1"), np.zeros((2, 2), np.int64)).accuracy == 0.0


@given(matrices)
def test_a_sample_of_all_rows_is_the_whole(matrix):
    cells = Cells(matrix.classes, matrix.counts)
    if matrix.rows:
        assert (cells.sampled(np.ones(matrix.rows, bool)).counts == matrix.counts).all()
        assert cells.sampled(np.zeros(matrix.rows, bool)).rows == 0


@given(matrices, st.randoms(use_true_random=False))
def test_a_sample_takes_from_every_cell_what_there_is(matrix, random):
    if not matrix.rows:
        return
    kept = np.array([random.random() < 0.5 for _ in range(matrix.rows)])

    sampled = Cells(matrix.classes, matrix.counts).sampled(kept)

    assert sampled.rows == kept.sum()
    assert (sampled.counts <= matrix.counts).all()


@given(matrices)
def test_no_constant_is_right_more_often_than_the_best(matrix):
    best = best_constant_classifier(matrix)

    assert (best.support == matrix.support).all()
    assert best.correct == matrix.support.max()


@pytest.mark.parametrize(("support", "majority"), [([2, 3], 1), ([3, 2], 0), ([2, 2], 0), ([0, 4, 4], 1)])
def test_the_majority_and_at_a_tie_the_first(support, majority):
    matrix = ConfusionMatrix(tuple(map(str, range(len(support)))), np.diag(support))

    assert majority_class(matrix) == majority
