"""The formula, ties and degenerate orders."""

from __future__ import annotations

from math import isnan, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from airflow_model_monitor.analysis.attribution.ndcg import ndcg

VALUES = st.floats(0, 1e6, allow_subnormal=False)


def test_the_documented_example():
    assert ndcg([0.70, 0.50, 0.05], [0.10, 0.20, 0.70]) == pytest.approx(0.6876, abs=5e-5)


def test_the_formula_written_out():
    best = 3 + 2 / log2(3) + 1 / log2(4)

    assert ndcg([3, 2, 1], [1, 3, 2]) == pytest.approx((2 + 1 / log2(3) + 3 / log2(4)) / best, rel=1e-15)


@given(arrays(np.float64, st.integers(1, 12), elements=VALUES), st.data())
def test_between_0_and_1_and_1_for_the_same_order(gains, data):
    scores = data.draw(arrays(np.float64, len(gains), elements=VALUES))

    result, same = ndcg(gains, scores), ndcg(gains, gains)

    if gains.any():
        assert -1e-12 <= result <= 1 + 1e-12
        assert same == 1.0
    else:
        assert isnan(result)


@given(arrays(np.float64, st.integers(2, 10), elements=VALUES), st.data())
def test_the_order_of_columns_does_not_matter(gains, data):
    scores = data.draw(arrays(np.float64, len(gains), elements=st.sampled_from([0.0, 1.0, 2.0])))
    order = data.draw(st.permutations(range(len(gains))))

    np.testing.assert_allclose(ndcg(gains, scores), ndcg(gains[order], scores[order]), rtol=1e-12)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.0]), min_size=2, max_size=8), st.data())
def test_ties_as_scikit_learn_averages_them(gains, data):
    metrics = pytest.importorskip("sklearn.metrics")
    scores = data.draw(st.lists(st.sampled_from([-1.0, 0.0, 0.5]), min_size=len(gains), max_size=len(gains)))

    if any(gains):
        assert ndcg(gains, scores) == pytest.approx(metrics.ndcg_score([gains], [scores]), rel=1e-12)


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_the_unit_of_the_gains_does_not_matter(unit):
    assert ndcg([0.7 * unit, 0.5 * unit, 0.05 * unit], [1, 2, 3]) == pytest.approx(ndcg([0.7, 0.5, 0.05], [1, 2, 3]))
