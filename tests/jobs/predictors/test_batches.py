"""Batches: nothing lost, nothing too large, smaller after a refusal, larger again later."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.jobs.predictors.batches import BatchSize


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 10), st.integers(10, 120), st.integers(0, 9))
def test_every_record_in_order_and_within_the_limits(
    sizes: list[int], rows: int, max_bytes: int, overhead: int
) -> None:
    found = list(BatchSize(rows, max_bytes).batches(sizes, overhead))
    assert [index for batch in found for index in range(batch.start, batch.stop)] == list(range(len(sizes)))
    for batch in found:
        held = sizes[batch]
        assert len(held) <= rows
        assert len(held) == 1 or overhead + sum(held) + len(held) - 1 <= max_bytes


def test_a_refusal_halves_and_ten_answers_double() -> None:
    size = BatchSize(100, 10**6)
    size.refused(100)
    size.refused(50)
    assert size.rows == 25
    for _ in range(10):
        size.answered()
    assert size.rows == 50
    for _ in range(20):
        size.answered()
    assert size.rows == 100


def test_the_size_counts_from_one_batch_to_the_next() -> None:
    size = BatchSize(4, 10**6)
    batches = size.batches([1] * 8, 0)
    assert next(batches) == slice(0, 4)
    size.refused(4)
    assert next(batches) == slice(4, 6)
