from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.drift.numeric_linfinity import numeric_linfinity, rank_map

levels = st.lists(st.lists(st.integers(-5, 5).map(float), max_size=20), min_size=1, max_size=4).filter(
    lambda data: any(map(len, data))
)


def test_distance_of_a_real_execution_to_the_last_bit():
    # 2020-02, "Fwd Pkt Len Mean": 1,009 items now of which 1,002 differ; the baseline's distinct items weigh 67,124, of
    # which 832 lie below the current values' bulk.
    current = [[1000.0 + value for value in range(1001)] + [9000.0] * 8]
    baseline = [[], [], [float(value) for value in range(208)] + [8000.0], [], [3000.0 + v for v in range(4143)]]

    assert numeric_linfinity(current, baseline, count_repeats=False) == 0.9293200129316993


def test_repeated_values_hide_drift_in_the_original_alone():
    baseline = [[0.0] * 900 + [1.0] * 100]
    current = [[0.0] * 100 + [1.0] * 900]

    assert numeric_linfinity(current, baseline, count_repeats=False) == 0.0
    assert numeric_linfinity(current, baseline, "Simple", count_repeats=True) == pytest.approx(0.8)
    assert numeric_linfinity(current, baseline, count_repeats=True) == pytest.approx(0.8 - 1.8 * math.sqrt(0.002))


def test_of_a_repeated_value_the_highest_level_survives():
    found = rank_map([[1.0, 2.0, 1.0], [2.0], [1.0]], count_repeats=False)

    assert (found.values.tolist(), found.ranks.tolist()) == ([1.0, 2.0], [4, 6])


def test_all_weights_count_when_corrected():
    found = rank_map([[1.0, 2.0, 1.0], [2.0], [1.0]], count_repeats=True)

    assert (found.values.tolist(), found.ranks.tolist()) == ([1.0, 2.0], [6, 9])


def test_nothing_to_compare_without_values():
    assert numeric_linfinity([[]], [[1.0]], count_repeats=True) is None
    assert numeric_linfinity([[1.0]], [], count_repeats=True) is None


def test_not_a_number_is_one_value_above_all_others():
    found = rank_map([[math.nan, 1.0, math.inf, math.nan]], count_repeats=True)

    assert found.ranks.tolist() == [1, 2, 4]


@given(levels, levels, st.booleans())
def test_distance_is_symmetric_and_a_share(one, other, count_repeats):
    distance = numeric_linfinity(one, other, "Simple", count_repeats=count_repeats)

    assert distance == numeric_linfinity(other, one, "Simple", count_repeats=count_repeats)
    assert 0.0 <= distance <= 1.0


@given(levels, levels)
def test_corrected_distance_is_that_of_the_expanded_values(one, other):
    expand = [[value for height, level in enumerate(data) for value in level * 2**height] for data in (one, other)]
    gaps = [
        abs(sum(x <= at for x in expand[0]) / len(expand[0]) - sum(x <= at for x in expand[1]) / len(expand[1]))
        for at in expand[0] + expand[1]
    ]

    assert numeric_linfinity(one, other, "Simple", count_repeats=True) == pytest.approx(max(gaps), abs=1e-12)


@given(levels, st.booleans())
def test_data_has_no_distance_from_itself(data, count_repeats):
    assert numeric_linfinity(data, data, "Simple", count_repeats=count_repeats) == 0.0
