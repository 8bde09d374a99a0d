"""Moments in both arithmetics."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.analysis.numeric_moments import BLOCK, Arithmetic, NumericMoments

# Squares of deviations below 1e-162 vanish, in the original as well.
FINITE = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-100)
ARITHMETICS: list[Arithmetic] = ["sequential", "chunked"]


def moments(values, arithmetic: Arithmetic = "sequential") -> NumericMoments:
    result = NumericMoments(arithmetic)
    result.add(np.array(values, dtype=float))
    return result


@given(st.lists(FINITE, min_size=1, max_size=60))
def test_sequential_arithmetic_is_spark_s(values: list[float]) -> None:
    total = mean = squares = 0.0
    for n, value in enumerate(values, start=1):
        total += value
        delta = value - mean
        step = delta / n
        mean += step
        squares += delta * (delta - step)
    result = moments(values)

    assert result.sum == total
    assert result.mean == total / len(values)
    assert result.std_dev == math.sqrt(squares / len(values))
    assert (result.minimum, result.maximum) == (min(values), max(values))


@settings(max_examples=30, deadline=None)
@given(values=st.lists(FINITE, min_size=1, max_size=40), copies=st.sampled_from([1, 3000]), cut=st.floats(0, 1))
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_within_tolerance_of_the_truth_however_split(arithmetic, values, copies, cut) -> None:
    values = values * copies
    at = int(cut * len(values))
    result = moments(values[:at], arithmetic).merge(moments(values[at:], arithmetic))

    mean, std = statistics.fmean(values), statistics.pstdev(values)
    assert result.count == len(values)
    assert abs(result.sum - math.fsum(values)) <= 1e-12 * math.fsum(map(abs, values))
    assert abs(result.std_dev - std) <= 1e-9 * max(std, abs(mean) * 1e-6) + 1e-9 * abs(mean) * 1e-6
    assert (result.minimum, result.maximum) == (min(values), max(values))


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_how_the_values_are_delivered_changes_nothing(arithmetic: Arithmetic) -> None:
    values = np.random.default_rng(0).normal(1e6, 1, 2 * BLOCK + 12_345)
    whole, parts = moments(values, arithmetic), NumericMoments(arithmetic)
    for part in np.split(values, [7, 70_000, 140_000]):
        parts.add(part)

    assert (parts.sum, parts.mean, parts.std_dev) == (whole.sum, whole.mean, whole.std_dev)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize(
    ("values", "total", "minimum", "maximum", "deviation"),
    [
        ([1.0, math.inf], math.inf, 1.0, math.inf, math.nan),
        ([math.inf, -math.inf], math.nan, -math.inf, math.inf, math.nan),
        ([1.0, math.nan, 0.5], math.nan, 0.5, math.nan, math.nan),
        ([math.nan], math.nan, math.nan, math.nan, math.nan),
        ([1.7e308, 1.7e308], math.inf, 1.7e308, 1.7e308, 0.0),
        ([-0.0], 0.0, 0.0, 0.0, 0.0),
        ([0.1] * 100_001, None, 0.1, 0.1, 0.0),
    ],
)
def test_special_values(arithmetic, values, total, minimum, maximum, deviation) -> None:
    result = moments(values, arithmetic)

    expected = [total if total is not None else result.sum, minimum, maximum, deviation]
    assert str([result.sum, result.minimum, result.maximum, result.std_dev]) == str(expected)


def test_no_values() -> None:
    result = NumericMoments("sequential")

    assert (result.count, result.sum) == (0, 0.0)
    assert all(math.isnan(value) for value in (result.mean, result.std_dev, result.minimum, result.maximum))


def test_joining_with_nothing_keeps_the_arithmetic() -> None:
    one, none = moments([1.0, 2.0]), NumericMoments("sequential")

    assert [one.merge(none).arithmetic, none.merge(one).arithmetic] == ["sequential"] * 2
    assert one.merge(one).arithmetic == "chunked"
    assert one.count == 2
