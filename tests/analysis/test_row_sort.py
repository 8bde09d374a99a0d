"""Sorted blocks, whatever the values are like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from airflow_model_monitor.analysis.row_sort import sort_blocks

RNG = np.random.default_rng(0)
LENGTHS = [2062, 2050, 2090, 64]
ROWS = sum(LENGTHS)


def java_sorted(values: np.ndarray) -> np.ndarray:
    order = sorted(values.tolist(), key=lambda value: (value != value, value, not np.signbit(value)))
    return np.array(order)


def assert_sorted(stream: np.ndarray, lengths: list[int], *, presorted_runs: bool) -> None:
    before = stream.copy()
    result = sort_blocks(stream, lengths, presorted_runs=presorted_runs)
    blocks = np.split(stream[: sum(lengths)], np.cumsum(lengths)[:-1])

    assert [block.tobytes() for block in result] == [java_sorted(block).tobytes() for block in blocks]
    assert stream.tobytes() == before.tobytes()


@pytest.mark.parametrize("presorted_runs", [False, True])
@pytest.mark.parametrize(
    "values",
    [
        RNG.random(ROWS),
        RNG.lognormal(0, 3, ROWS),
        RNG.standard_cauchy(ROWS),
        RNG.integers(-5, 5, ROWS).astype(float),
        RNG.integers(0, 65_536, ROWS) + 2.0**40,
        RNG.integers(0, 2, ROWS) * 65_535.0,
        RNG.integers(0, 2**62, ROWS).astype(float),
        np.where(RNG.random(ROWS) < 0.5, -0.0, 0.0),
        np.where(RNG.random(ROWS) < 0.1, -0.0, RNG.normal(size=ROWS).round(1)),
        np.where(RNG.random(ROWS) < 0.1, np.nan, RNG.normal(size=ROWS)),
        np.where(RNG.random(ROWS) < 0.1, np.inf, -np.inf),
        np.full(ROWS, 7.5),
        RNG.random(ROWS) * 5e-324,
        RNG.choice([-1.7e308, 1.7e308, 1.0], ROWS),
        np.sort(RNG.random(ROWS)),
    ],
)
def test_blocks_of_every_distribution(values: np.ndarray, presorted_runs: bool) -> None:
    assert_sorted(np.append(values, 1.0), LENGTHS, presorted_runs=presorted_runs)


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(allow_nan=False)), st.booleans())
def test_any_short_block(values: np.ndarray, presorted_runs: bool) -> None:
    assert_sorted(values, [len(values)], presorted_runs=presorted_runs)
