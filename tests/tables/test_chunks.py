"""Rows in chunks."""

from __future__ import annotations

import duckdb
import pytest

from airflow_model_monitor.tables.chunks import chunks, count_rows, count_values, first_rows, some_columns
from airflow_model_monitor.tables.relation import Column, Relation


@pytest.fixture
def rows() -> Relation:
    columns = (Column("n", "integer", "n"), Column("t", "text", "t"))
    sql = "SELECT range AS n, CASE WHEN range % 4 > 0 THEN 't' || range % 4 END AS t FROM range(10000)"
    return Relation(duckdb.connect(), sql, columns)


def test_rows_keep_their_order(rows: Relation) -> None:
    numbers = [number for chunk in chunks(rows, 3000) for number in chunk.column(0).to_pylist()]

    assert numbers == list(range(10_000))


def test_wide_tables_come_in_small_chunks() -> None:
    columns = tuple(Column(f"c{i}", "integer", f"c{i}") for i in range(1000))
    selected = ", ".join(f"range AS c{i}" for i in range(1000))
    wide = Relation(duckdb.connect(), f"SELECT {selected} FROM range(6000)", columns)

    assert max(chunk.num_rows for chunk in chunks(wide)) < 5000


def test_a_relation_is_read_anew_each_time(rows: Relation) -> None:
    first = next(chunks(rows, 2048))

    assert next(chunks(rows, 2048)).equals(first)
    assert count_rows(rows) == 10_000


def test_some_columns_and_first_rows(rows: Relation) -> None:
    [chunk] = chunks(first_rows(some_columns(rows, [1]), 3))

    assert chunk.column(0).to_pylist() == [None, "t1", "t2"]


def test_values_are_counted_up_to_a_limit(rows: Relation) -> None:
    assert count_values(rows, 1, 4) == {None: 2500, "t1": 2500, "t2": 2500, "t3": 2500}
    assert count_values(rows, 1, 3) is None


def test_no_rows_give_no_chunks(rows: Relation) -> None:
    assert list(chunks(first_rows(rows, 0))) == []
