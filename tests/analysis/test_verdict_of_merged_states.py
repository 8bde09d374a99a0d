"""A day is the sum of its hours: judged in parts and merged, rows get the verdict they get at once."""

from __future__ import annotations

from functools import reduce

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.analysis.column_pairing import pair_by_position
from airflow_model_monitor.analysis.constraint_suggestion import suggest_constraints
from airflow_model_monitor.analysis.data_quality import judge_state
from airflow_model_monitor.analysis.known_values import domains_to_watch
from airflow_model_monitor.analysis.profile import profile
from airflow_model_monitor.analysis.profile_statistics import statistics_of
from airflow_model_monitor.tables.relation import Column, Relation

NAMES = ("amount", "code")
PAIRING = pair_by_position(NAMES, NAMES)
cell = st.one_of(st.none(), st.integers(-3, 9).map(str), st.sampled_from(["0.5", "2.25", "x", "true"]))
parts = st.lists(st.lists(st.tuples(cell, cell), min_size=1, max_size=30), min_size=1, max_size=4)


def state_of(rows, domains=None):
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE t("0" VARCHAR, "1" VARCHAR)')
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        columns = tuple(Column(name, "text", f'"{index}"') for index, name in enumerate(NAMES))
        return profile(Relation(connection, "SELECT * FROM t ORDER BY rowid", columns), domains=domains)


BASELINE = statistics_of(state_of([(f"{i % 7}.5", "ab"[i % 2]) for i in range(60)]))
CONSTRAINTS = suggest_constraints(BASELINE)


def verdict(state, compatibility):
    return judge_state(state, PAIRING, CONSTRAINTS, BASELINE, compatibility=compatibility)


@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
@settings(max_examples=25, deadline=None)
@given(parts=parts)
def test_any_split_of_the_rows_gets_the_same_verdict(parts, compatibility):
    domains = domains_to_watch([PAIRING], CONSTRAINTS)
    at_once = state_of([row for part in parts for row in part], domains)
    merged = reduce(lambda left, right: left.merge(right), (state_of(part, domains) for part in parts))

    whole, summed = verdict(at_once, compatibility), verdict(merged, compatibility)

    assert summed.violations == whole.violations
    assert summed.drift == whole.drift
    assert suggest_constraints(statistics_of(merged)) == suggest_constraints(statistics_of(at_once))
