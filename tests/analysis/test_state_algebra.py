"""The state of all rows is the merge of the states of any parts of them."""

from __future__ import annotations

import math
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.analysis.dataset_state import DatasetState
from airflow_model_monitor.analysis.profile import profile
from airflow_model_monitor.tables.relation import Column, ColumnKind, Relation

TEXTS = st.one_of(
    st.none(),
    st.sampled_from(["a", "b", "true", "false", "NullValue", "1", "-2.5", "3e4", " 7", ""]),
    st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-100).map(repr),
    st.integers(-(10**6), 10**6).map(str),
)
ARROW_TYPES = {"text": pa.string(), "double": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}


def relation(kind: ColumnKind, values: list) -> Relation:
    connection = duckdb.connect()
    connection.register("rows", pa.table({"x": pa.array(values, ARROW_TYPES[kind])}))
    return Relation(connection, "SELECT x FROM rows", (Column("x", kind, '"x"'),))


def state(kind: ColumnKind, values: list, **options) -> DatasetState:
    with relation(kind, values) as rows:
        return profile(rows, **options)


def assert_same_rows(merged: DatasetState, whole: DatasetState, values: list) -> None:
    [left], [right] = merged.columns, whole.columns
    assert merged.item_count == whole.item_count
    assert left.type_counts == right.type_counts
    assert left.inferred_type == right.inferred_type
    assert left.completeness == right.completeness
    assert left.registers.registers.tolist() == right.registers.registers.tolist()
    assert left.histogram == right.histogram
    assert (left.moments is None, left.kll is None) == (right.moments is None, right.kll is None)
    if left.moments is None or right.moments is None:
        return
    magnitude = math.fsum(abs(float(value)) for value in values if value is not None)
    assert left.moments.count == right.moments.count
    assert abs(left.moments.sum - right.moments.sum) <= 1e-12 * magnitude
    assert str([left.moments.minimum, left.moments.maximum]) == str([right.moments.minimum, right.moments.maximum])
    if left.moments.count:
        # Both are within the tolerance of the truth.
        tolerance = 2e-9 * max(right.moments.std_dev, abs(right.moments.mean) * 1e-6)
        assert abs(left.moments.std_dev - right.moments.std_dev) <= tolerance
    assert left.kll.weight == right.kll.weight


def split(values: list, cuts: list[float]) -> list[list]:
    bounds = sorted({0, len(values), *(int(cut * len(values)) for cut in cuts)})
    return [values[low:high] for low, high in pairwise(bounds)] or [values]


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(TEXTS, min_size=1, max_size=60),
    cuts=st.lists(st.floats(0, 1), max_size=3),
    exact_rows=st.sampled_from([0, 10, 1000]),
)
def test_any_split_of_texts(values: list[str | None], cuts: list[float], exact_rows: int) -> None:
    merged, *rest = (state("text", part, exact_rows=exact_rows) for part in split(values, cuts))
    for other in rest:
        merged = merged.merge(other)

    assert_same_rows(merged, state("text", values, exact_rows=exact_rows), values)


@pytest.mark.parametrize(
    ("kind", "draw"),
    [
        ("double", lambda rng, n: rng.normal(5, 3, n).round(3)),
        ("integer", lambda rng, n: rng.integers(-9, 9, n)),
        ("boolean", lambda rng, n: rng.random(n) < 0.3),
        ("text", lambda rng, n: rng.normal(5, 3, n).astype(str)),
        ("text", lambda rng, n: np.char.add("k", rng.integers(0, 3000, n).astype(str))),
    ],
)
def test_large_parts_of_every_kind(kind: ColumnKind, draw) -> None:
    rng = np.random.default_rng(0)
    values = draw(rng, 30_000).tolist()
    for row in range(0, len(values), 50):
        values[row] = None
    parts = [state(kind, part, exact_rows=12_000) for part in split(values, [0.1, 0.5])]

    merged, whole = parts[0].merge(parts[1]).merge(parts[2]), state(kind, values, exact_rows=12_000)

    assert_same_rows(merged, whole, values if merged.columns[0].kll is not None else [])
    if merged.columns[0].kll is not None:
        below = [
            sum(int(np.count_nonzero(level < 5)) << i for i, level in enumerate(one.columns[0].kll.levels))
            for one in (merged, whole)
        ]
        assert abs(below[0] - below[1]) <= 0.01 * len(values)


def test_the_same_rows_give_the_same_state_to_the_bit() -> None:
    values = np.random.default_rng(1).lognormal(size=150_000).tolist()
    first, second = (state("double", values, exact_rows=1000).columns[0] for _ in range(2))

    assert (first.moments.sum, first.moments.std_dev) == (second.moments.sum, second.moments.std_dev)
    assert [level.tobytes() for level in first.kll.levels] == [level.tobytes() for level in second.kll.levels]


def test_states_of_different_datasets_do_not_merge() -> None:
    none = DatasetState(0, (), "sequential")

    with pytest.raises(ValueError, match="1 and 0 columns"):
        state("text", ["a"]).merge(none)
