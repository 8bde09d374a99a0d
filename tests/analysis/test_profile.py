"""From rows to a profile and its statistics."""

from __future__ import annotations

import math
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from airflow_model_monitor.analysis.categorical_histogram import LIMIT
from airflow_model_monitor.analysis.dataset_state import DatasetState
from airflow_model_monitor.analysis.profile import profile
from airflow_model_monitor.analysis.profile_statistics import statistics_of
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.tables.relation import Column, ColumnKind, Relation, quote_identifier

KINDS: dict[pa.DataType, ColumnKind] = {pa.string(): "text", pa.float64(): "double", pa.bool_(): "boolean"}


def profiled(**columns) -> DatasetState:
    arrays = {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in columns.items()}
    options = {name: arrays.pop(name).to_pylist()[0] for name in list(arrays) if name in ("exact_rows", "generation")}
    return profile(relation(arrays), **options)


def relation(arrays: dict[str, pa.Array]) -> Relation:
    connection = duckdb.connect()
    connection.register("rows", pa.table(arrays))
    columns = tuple(
        Column(name, KINDS.get(array.type, "integer"), quote_identifier(name)) for name, array in arrays.items()
    )
    return Relation(connection, "SELECT * FROM rows", columns)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2"], "Integral"),
        (["1", "2.5", None], "Fractional"),
        (["1", "x"], "String"),
        (["1", "true"], "String"),
        (["true", "false"], "String"),
        (pa.array([None, None], pa.string()), "Unknown"),
        ([1, 2], "Integral"),
        ([1.0, 2.0], "Fractional"),
        ([True, None], "String"),
    ],
)
def test_inferred_type(values, expected: str) -> None:
    assert profiled(x=values).columns[0].inferred_type == expected


def test_scientific_notation_is_a_number_since_2023_and_a_bare_point_until_then() -> None:
    rows = relation({"x": pa.array(["1e5", "2e5"]), "y": pa.array([".5", "5."])})

    newer, older = (
        [column.inferred_type for column in profile(rows, generation=generation).columns]
        for generation in (Generation.G2023, Generation.G2020)
    )

    assert newer == ["Fractional", "String"]
    assert older == ["String", "Fractional"]


def test_statistics_of_numbers() -> None:
    [feature] = statistics_of(profiled(x=["1", "2", None, "3", "10"])).features
    numerical = feature.numerical_statistics

    assert (numerical.common.num_present, numerical.common.num_missing) == (4, 1)
    assert (numerical.mean, numerical.sum, numerical.min, numerical.max) == (4.0, 16.0, 1.0, 10.0)
    assert numerical.std_dev == math.sqrt(12.5)
    assert (numerical.approximate_num_distinct_values, numerical.completeness) == (4, 0.8)
    assert [bucket.count for bucket in numerical.distribution.buckets] == [1, 1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert [list(level) for level in numerical.distribution.sketch.data] == [[1.0, 2.0, 3.0, 10.0]]


def test_statistics_of_texts() -> None:
    [feature] = statistics_of(profiled(x=["a", "b", None, "a"])).features
    string = feature.string_statistics

    assert string.distinct_count == 2.0
    assert {bucket.value: bucket.count for bucket in string.distribution} == {"a": 2, "b": 1, "NullValue": 1}


def test_a_column_of_nulls_has_no_statistics() -> None:
    [feature] = statistics_of(profiled(x=pa.array([None] * 3, pa.string()))).features

    assert (feature.inferred_type, feature.numerical_statistics, feature.string_statistics) == ("Unknown", None, None)


@pytest.mark.parametrize(("compatibility", "lower"), [("sagemaker", 2147483647.0), ("corrected", 3e9)])
def test_buckets_of_a_column_above_all_integers(compatibility, lower: float) -> None:
    [feature] = statistics_of(profiled(x=[3e9, 4e9]), compatibility=compatibility).features
    buckets = feature.numerical_statistics.distribution.buckets

    assert (buckets[0].lower_bound, buckets[-1].upper_bound) == (lower, 4e9)
    assert sum(bucket.count for bucket in buckets) == 2


def test_many_different_texts_have_no_histogram_but_watched_ones_are_counted() -> None:
    values = [f"v{i}" for i in range(LIMIT + 1)] + ["v0", "v0", None]
    [column] = profile(relation({"x": pa.array(values)}), domains={0: ["v0", "w"]}).columns

    assert column.histogram is None
    assert [column.rows_with(domain) for domain in (["v0"], ["v0", "NullValue"], ["w"], ["v1"])] == [3, 4, 0, None]


def test_watched_texts_of_typed_numbers() -> None:
    state = profile(
        relation({"x": pa.array([1.0, 2.5, 1.0]), "y": pa.array([1, 2, 3])}), domains={0: ["1.0", "1"], 1: ["1", "3"]}
    )

    assert [column.rows_with(domain) for column, domain in zip(state.columns, (["1.0"], ["1", "3"]), strict=True)] == [
        2,
        2,
    ]
    assert state.columns[0].rows_with(["1"]) == 0


def test_the_arithmetic_depends_on_the_number_of_rows() -> None:
    rows = relation({"x": pa.array(np.arange(100.0))})

    assert [profile(rows, exact_rows=limit).arithmetic for limit in (99, 100)] == ["chunked", "sequential"]


def test_rows_too_wide_to_wait_are_counted_by_a_pass_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_model_monitor.analysis.profile._WAITING_BYTES", 10)
    rows = relation({"x": pa.array(np.arange(5000.0))})

    states = [profile(rows, exact_rows=limit) for limit in (4999, 5000)]

    assert [state.arithmetic for state in states] == ["chunked", "sequential"]
    assert [state.item_count for state in states] == [5000, 5000]


def test_both_arithmetics_agree_on_all_but_the_last_digits() -> None:
    rng = np.random.default_rng(3)
    rows = relation({"x": pa.array(rng.normal(100, 5, 20_000)), "y": pa.array(rng.normal(0, 1, 20_000).astype(str))})

    exact, fast = (profile(rows, exact_rows=limit).columns for limit in (20_000, 0))

    for one, other in zip(exact, fast, strict=True):
        assert one.type_counts == other.type_counts
        assert one.distinct == other.distinct
        assert [level.tobytes() for level in one.kll.levels] == [level.tobytes() for level in other.kll.levels]
        assert math.isclose(one.moments.std_dev, other.moments.std_dev, rel_tol=1e-9)


def test_progress_counts_rows() -> None:
    seen: list[int] = []
    profile(relation({"x": pa.array(np.arange(200_000))}), progress=seen.append)

    assert seen == sorted(seen)
    assert seen[-1] == 200_000


def test_no_rows() -> None:
    state = profiled(x=pa.array([], pa.string()))

    assert (state.item_count, state.arithmetic, state.columns[0].inferred_type) == (0, "sequential", "Unknown")


def test_ten_thousand_columns() -> None:
    state = profile(relation({f"c{i}": pa.array(["1.5", None]) for i in range(10_000)}))

    assert {column.moments.sum for column in state.columns} == {1.5}


def test_negative_zero_keeps_its_sign_in_the_sketch_however_few_distinct_texts_there_are() -> None:
    state = profiled(x=["-0.0", "1.5", "0.0", "-0", "-"], generation=[Generation.G2020] * 5)

    kll = state.columns[0].kll
    assert kll is not None
    assert [str(item) for item in kll.levels[0].tolist()] == ["-0.0", "1.5", "0.0", "-0.0"]


@pytest.mark.parametrize(
    "values",
    [
        ["a", "b", None, "a", "NullValue"],
        ["true", "false", "true", None],
        ["a", "1", "2.5", ""],
        ["1", "2", None, "2"],
        [None, None],
        [f"v{i}" for i in range(LIMIT + 1)],
        ["a"] * 40_000 + [f"v{i}" for i in range(LIMIT + 1)],
    ],
)
def test_counting_categories_by_the_engine_gives_the_same_state(values: list[str | None]) -> None:
    rows = relation({"x": pa.array(values, pa.string()), "y": pa.array(np.arange(len(values)))})
    by_value, by_engine = (
        profile(replace(rows, columnar=columnar), exact_rows=1, domains={0: ["a"]}) for columnar in (False, True)
    )

    assert by_engine.item_count == by_value.item_count == len(values)
    assert [column.type_counts for column in by_engine.columns] == [column.type_counts for column in by_value.columns]
    one, other = by_value.columns[0], by_engine.columns[0]
    assert (one.distinct, one.histogram, one.rows_with(["a"])) == (
        other.distinct,
        other.histogram,
        other.rows_with(["a"]),
    )
    assert (one.moments is None) == (other.moments is None)


def test_a_columnar_relation_of_categories_alone() -> None:
    state = profile(replace(relation({"x": pa.array(["a", "b", "a"])}), columnar=True), exact_rows=1)

    assert (state.item_count, state.arithmetic, state.columns[0].histogram) == (3, "chunked", {"a": 2, "b": 1})
