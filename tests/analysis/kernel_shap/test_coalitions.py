"""Which coalitions are taken, and how often."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.kernel_shap.coalitions import AllCoalitions, kernel_weight
from airflow_model_monitor.analysis.kernel_shap.independent_coalitions import IndependentCoalitions
from airflow_model_monitor.analysis.kernel_shap.stratified_coalitions import StratifiedCoalitions, pairs_by_size


def as_pairs(present: np.ndarray) -> list[frozenset[bytes]]:
    """Each pair as the set of its two coalitions."""
    return [frozenset((one.tobytes(), (~one).tobytes())) for one in present.T]


@pytest.mark.parametrize("features", [2, 3, 4, 7])
def test_all_pairs_once(features):
    present, weights = AllCoalitions(features).take(5, 0, 2 ** (features - 1) - 1)

    pairs = as_pairs(present[:, 0])
    assert len(set(pairs)) == len(pairs) == (2**features - 2) // 2
    assert weights.tolist() == [kernel_weight(features, int(one.sum())) for one in present[:, 0].T]


def test_independent_draws_follow_the_shapley_kernel():
    features, draws = 6, 200_000
    present, weights = IndependentCoalitions(features, seed=0).take(1, 0, draws)

    numbers = (present[:, 0] * (1 << np.arange(features))[:, None]).sum(axis=0)
    counts = np.bincount(numbers, minlength=2**features)
    sizes = np.array([bin(number).count("1") for number in range(2**features)])
    expected = np.array([0 if s in (0, features) else 1 / (s * (features - s)) / comb(features, s) for s in sizes])
    expected *= draws / expected.sum()
    proper = expected > 0
    chi_squared = ((counts - expected)[proper] ** 2 / expected[proper]).sum()

    assert weights is None
    assert counts[~proper].sum() == 0
    assert chi_squared < 114  # 61 degrees of freedom: exceeded once in 20,000 tries


@given(st.integers(2, 12), st.integers(1, 2100))
def test_shares_of_the_sizes_add_up_and_fit(features, pairs):
    pairs = min(pairs, 2 ** (features - 1) - 1)

    counts = pairs_by_size(features, pairs)

    there_are = [comb(features, s) // (2 if 2 * s == features else 1) for s in range(1, features // 2 + 1)]
    assert sum(counts) == pairs
    assert all(0 <= count <= most for count, most in zip(counts, there_are, strict=True))


@given(st.integers(3, 11), st.integers(1, 300), st.integers(0, 1000))
def test_stratified_pairs_are_distinct_in_every_row_and_weigh_what_their_size_does(features, pairs, seed):
    pairs = min(pairs, 2 ** (features - 1) - 1)

    present, weights = StratifiedCoalitions(features, pairs, seed).take(3, 0, pairs)

    sizes = np.minimum(present.sum(axis=0), features - present.sum(axis=0))
    for row in range(3):
        assert len(set(as_pairs(present[:, row]))) == pairs
        for size in set(sizes[row].tolist()):
            mass = kernel_weight(features, size) * comb(features, size) / (2 if 2 * size == features else 1)
            assert weights[sizes[row] == size].sum() == pytest.approx(mass)


def test_stratified_pairs_are_dealt_evenly():
    features, pairs, rows = 7, 20, 20_000

    present, _ = StratifiedCoalitions(features, pairs, seed=0).take(rows, 0, pairs)

    share = present.mean(axis=(1, 2))
    assert np.ptp(share) < 0.005


def test_wide_rows_have_coalitions_too():
    present, weights = StratifiedCoalitions(300, 1500, seed=0).take(2, 0, 1500)

    assert present.shape == (300, 2, 1500)
    assert (weights > 0).all()
