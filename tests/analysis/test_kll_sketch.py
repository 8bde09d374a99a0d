"""The sketch against a reference that takes one item at a time."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.analysis.kll_schedule import capacity
from airflow_model_monitor.analysis.kll_sketch import KllSketch


class OneByOne:
    """The original's algorithm as its description reads, item by item."""

    def __init__(self) -> None:
        self.levels: list[list[float]] = [[]]
        self.offsets, self.compactions = [0], [0]

    def add(self, item: float) -> None:
        self.levels[0].append(item)
        if sum(map(len, self.levels)) > sum(map(capacity, range(len(self.levels)))):
            self.compact()

    def compact(self) -> None:
        level = next(i for i, items in enumerate(self.levels) if len(items) >= capacity(i))
        if level + 1 == len(self.levels):
            for stack, bottom in ((self.levels, []), (self.offsets, 0), (self.compactions, 0)):
                stack.append(bottom)
        if self.compactions[level] % 2 == 1:
            self.offsets[level] = 1 - self.offsets[level]
        self.compactions[level] += 1
        items = self.levels[level]
        even = len(items) // 2 * 2
        chosen = sorted(items[:even], key=java_order)[self.offsets[level] :: 2]
        self.levels[level] = items[even:]
        self.levels[level + 1] += chosen


def java_order(value: float) -> tuple[int, int]:
    if math.isnan(value):
        return (1, 0)
    bits = struct.unpack("<q", struct.pack("<d", value))[0]
    return (0, bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF) - 1)


def bits(levels) -> list[bytes]:
    return [np.asarray(level, dtype=float).tobytes() for level in levels]


def test_capacities() -> None:
    assert [capacity(level) for level in range(4)] == [2050, 1314, 842, 540]


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sizes=st.lists(st.integers(0, 9000), min_size=1, max_size=4),
    decimals=st.sampled_from([0, 1, 12]),
)
def test_batches_give_what_single_items_give(seed: int, sizes: list[int], decimals: int) -> None:
    rng = np.random.default_rng(seed)
    batches = [np.round(rng.normal(size=size), decimals) for size in sizes]  # rounding makes zeros of both signs
    sketch, reference = KllSketch(), OneByOne()
    for batch in batches:
        sketch.add(batch)
        for item in batch.tolist():
            reference.add(item)

    assert bits(sketch.levels) == bits(reference.levels)
    assert sketch.weight == sum(sizes)


def test_up_to_the_first_capacity_items_stay_in_their_order() -> None:
    values = np.arange(2050.0)[::-1]
    sketch = KllSketch()
    sketch.add(values)

    assert bits(sketch.levels) == bits([values])


def test_nan_and_infinity_sort_above_all_numbers() -> None:
    values = np.where(np.arange(5000) % 7 == 0, np.nan, np.where(np.arange(5000) % 5 == 0, np.inf, -1.0))
    sketch, reference = KllSketch(), OneByOne()
    sketch.add(values)
    for item in values.tolist():
        reference.add(item)

    assert [np.array_equal(a, b, equal_nan=True) for a, b in zip(sketch.levels, reference.levels, strict=True)] == [
        True
    ] * len(sketch.levels)


@pytest.mark.parametrize("sizes", [(10, 20), (3000, 5000), (100_000, 10), (0, 4000)])
def test_a_merged_sketch_stands_for_all_values_and_keeps_ranks(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    parts = [rng.random(size) for size in sizes]
    sketches = []
    for part in parts:
        sketch = KllSketch()
        sketch.add(part)
        sketches.append(sketch)

    merged = sketches[0].merge(sketches[1])

    below = sum(int(np.count_nonzero(level < 0.5)) << i for i, level in enumerate(merged.levels))
    exact = sum(int(np.count_nonzero(part < 0.5)) for part in parts)
    assert merged.weight == sum(sizes)
    assert abs(below - exact) <= 0.01 * sum(sizes)
    assert [s.weight for s in sketches] == list(sizes)


def test_what_is_kept_does_not_hold_on_to_the_batch() -> None:
    sketch = KllSketch()
    sketch.add(np.random.default_rng(2).random(1_000_000))

    assert sum(level.base.nbytes if level.base is not None else level.nbytes for level in sketch.levels) < 200_000
