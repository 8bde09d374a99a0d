"""Distinct counts."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.hyperloglog import HyperLogLog
from airflow_model_monitor.analysis.xxhash64 import hash_bytes


def sketch(values) -> HyperLogLog:
    result = HyperLogLog()
    result.add_hashes(np.array([hash_bytes(str(value).encode()) for value in values], dtype=np.uint64))
    return result


def one_by_one(hashes: list[int]) -> list[int]:
    registers = [0] * 512
    for value in hashes:
        rest = (value << 9 & (1 << 64) - 1) | 1 << 8
        registers[value >> 55] = max(registers[value >> 55], 64 - rest.bit_length() + 1)
    return registers


@pytest.mark.parametrize(("values", "expected"), [([], 0), (["a"] * 9, 1), (range(10), 10)])
def test_few_values(values, expected: int) -> None:
    assert sketch(values).estimate() == expected


@given(st.lists(st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 600)), max_size=300))
def test_registers(hashes: list[int]) -> None:
    result = HyperLogLog()
    for part in (hashes[:100], hashes[100:]):
        result.add_hashes(np.array(part, dtype=np.uint64))

    assert result.registers.tolist() == one_by_one(hashes)


@pytest.mark.parametrize("count", [300, 700, 1500, 2500, 20_000, 200_000])
def test_estimates_are_within_four_deviations(count: int) -> None:
    estimate = sketch(uuid.UUID(int=i) for i in range(count)).estimate()

    assert abs(estimate - count) <= 4 * 0.046 * count


def test_merging_gives_the_sketch_of_both() -> None:
    merged = sketch(range(3000)).merge(sketch(range(2000, 5000)))

    assert merged.registers.tolist() == sketch(range(5000)).registers.tolist()
