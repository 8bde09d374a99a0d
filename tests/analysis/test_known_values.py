from __future__ import annotations

import duckdb
import pytest

from airflow_model_monitor.analysis.column_pairing import pair_by_position
from airflow_model_monitor.analysis.known_values import domains_to_watch, known_values
from airflow_model_monitor.analysis.profile import profile
from airflow_model_monitor.contract.constraints import Constraints, FeatureConstraints, StringConstraints
from airflow_model_monitor.tables.relation import Column, Relation

CONSTRAINTS = Constraints(
    (
        FeatureConstraints("id", "String", 1.0, string_constraints=StringConstraints(("id7", "it's", "NullValue"))),
        FeatureConstraints("delay", "Integral", 1.0),
        FeatureConstraints("code", "String", 1.0, string_constraints=StringConstraints(("1", "2"))),
    )
)
PAIRING = pair_by_position(["a", "b", "c"], ["id", "delay", "code"])


@pytest.fixture
def relation():
    rows = "SELECT nullif('id' || i, 'id3') AS a, i AS b, CAST(i % 4 AS VARCHAR) AS c FROM range(1000) AS r(i)"
    columns = (Column("id", "text", '"a"'), Column("delay", "integer", '"b"'), Column("code", "text", '"c"'))
    with Relation(duckdb.connect(), rows, columns) as opened:
        yield opened


def test_known_values_are_counted_in_columns_of_a_thousand_values_and_of_numbers(relation):
    state = profile(relation, domains=domains_to_watch([PAIRING], CONSTRAINTS))

    assert state.columns[0].histogram is None
    assert known_values(state, PAIRING, CONSTRAINTS) == {0: 2, 2: 500}


def test_a_profile_that_did_not_watch_cannot_tell(relation):
    with pytest.raises(ValueError, match=r"'id'.* must watch the baseline's domain"):
        known_values(profile(relation), PAIRING, CONSTRAINTS)


def test_a_feature_without_its_column_is_left_out():
    fewer = pair_by_position(["a"], ["id", "delay", "code"])

    assert domains_to_watch([fewer], CONSTRAINTS) == {0: {"id7", "it's", "NullValue"}}


def test_a_column_paired_twice_is_watched_for_both():
    swapped = pair_by_position(["a", "b", "c"], ["id", "delay", "code"])
    swapped = type(swapped)(swapped.names, (2, 1, 0), (), (), by_name=True)

    assert domains_to_watch([PAIRING, swapped], CONSTRAINTS)[2] == {"1", "2", "id7", "it's", "NullValue"}
