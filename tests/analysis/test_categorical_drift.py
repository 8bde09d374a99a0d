from __future__ import annotations

from math import isnan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from airflow_model_monitor.analysis.drift.categorical_linfinity import categorical_linfinity
from airflow_model_monitor.analysis.drift.chi_squared import chi_squared, merge_rare

counts = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500), min_size=1)


def test_largest_gap_between_shares():
    current, baseline = {"a": 30, "b": 70}, {"a": 50, "b": 40, "c": 10}

    assert categorical_linfinity(current, baseline, "Simple") == pytest.approx(0.3)
    assert categorical_linfinity(current, baseline) == pytest.approx(0.3 - 1.8 * sqrt(200 / 10_000))


def test_small_samples_are_no_drift_when_robust():
    assert categorical_linfinity({"a": 3}, {"b": 3}) == 0.0


def test_no_rows_no_distance():
    assert categorical_linfinity({}, {"a": 1}) is None


@given(counts.filter(lambda c: sum(c.values())), counts.filter(lambda c: sum(c.values())))
def test_distance_is_symmetric_and_a_share(one, other):
    distance = categorical_linfinity(one, other, "Simple")

    assert distance == categorical_linfinity(other, one, "Simple")
    assert 0.0 <= distance <= 1.0


def test_chi_squared_is_the_textbook_one():
    current, baseline = {"a": 60, "b": 45, "c": 45}, {"a": 500, "b": 250, "c": 250}
    expected = chisquare([60, 45, 45], [75, 37.5, 37.5])

    assert chi_squared(current, baseline, "Simple") == pytest.approx(expected.statistic)
    assert chi_squared(current, baseline) == pytest.approx(expected.pvalue)


def test_unknown_categories_take_no_part():
    current, baseline = {"a": 60, "b": 40}, {"a": 500, "b": 500}

    assert chi_squared({**current, "new": 1000}, baseline) == chi_squared(current, baseline)


@pytest.mark.parametrize(
    ("expected", "merged"),
    [
        ({"a": 10.0, "b": 10.0}, {"a": 10.0, "b": 10.0}),
        ({"a": 90.0, "b": 9.9}, {"a": 99.9}),
        ({"a": 50.0, "b": 4.0, "c": 40.0}, {"a": 50.0, "c": 44.0}),
        # One of five may be rare; of four, none.
        ({"a": 50.0, "b": 4.0, "c": 40.0, "d": 9.0, "e": 9.0}, {"a": 50.0, "b": 4.0, "c": 40.0, "d": 9.0, "e": 9.0}),
        ({"a": 50.0, "b": 4.0, "c": 40.0, "d": 9.0}, {"a": 50.0, "c": 40.0, "d": 13.0}),
        # Three become two, which must be ten each.
        ({"a": 50.0, "b": 4.0, "c": 5.0}, {"a": 59.0}),
    ],
)
def test_rare_categories_are_merged_until_the_test_holds(expected, merged):
    observed = dict.fromkeys(expected, 1.0)

    seen, wanted = merge_rare(observed, expected)

    assert wanted == pytest.approx(merged)
    assert sum(seen.values()) == len(expected)
    assert seen.keys() == wanted.keys()


@pytest.mark.parametrize(
    ("current", "baseline"), [({"a": 5, "b": 5}, {"a": 9, "b": 1}), ({"z": 5}, {"a": 9, "b": 9}), ({"a": 1}, {})]
)
def test_nothing_to_test_with_fewer_than_two_categories(current, baseline):
    assert isnan(chi_squared(current, baseline))


@given(counts, counts)
def test_p_value_is_a_probability_or_absent(current, baseline):
    p = chi_squared(current, baseline)

    assert isnan(p) or 0.0 <= p <= 1.0
