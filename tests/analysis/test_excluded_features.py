"""Which columns and features go when a name is excluded."""

from __future__ import annotations

import duckdb
import pytest

from airflow_model_monitor.analysis.excluded_features import leave_out
from airflow_model_monitor.contract.constraints import Constraints, FeatureConstraints
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.relation import Column, Relation


def left(columns, features, *excluded):
    listed = ", ".join(f"{i} AS c{i}" for i in range(len(columns)))
    relation = Relation(
        duckdb.connect(), f"SELECT {listed}", tuple(Column(name, "integer", f"c{i}") for i, name in enumerate(columns))
    )
    constraints = features and Constraints(tuple(FeatureConstraints(name, "Integral") for name in features))
    relation, constraints = leave_out(relation, constraints, excluded)
    values = relation.connection.execute(relation.sql).fetchone()
    return list(values), [feature.name for feature in constraints.features] if constraints else None


@pytest.mark.parametrize(
    ("columns", "features", "excluded", "expected"),
    [
        (["a", "b", "c"], None, ["b"], ([0, 2], None)),
        (["a", "b", "c"], ["a", "b", "c"], ["b", "unknown"], ([0, 2], ["a", "c"])),
        (["a", "b", "c"], ["a", "c"], ["b"], ([0, 2], ["a", "c"])),
        (["a", "c"], ["a", "b", "c"], ["b"], ([0, 1], ["a", "c"])),
        (["_c0", "_c1", "_c2"], ["a", "b", "c"], ["b"], ([0, 2], ["a", "c"])),
        (["_c0", "_c1", "_c2"], ["a", "c"], ["_c1"], ([0, 2], ["a", "c"])),
        (["_c0", "_c1"], ["a", "b"], [], ([0, 1], ["a", "b"])),
    ],
)
def test_left(columns, features, excluded, expected) -> None:
    assert left(columns, features, *excluded) == expected


def test_nothing_left() -> None:
    with pytest.raises(ContractError, match="every column is excluded"):
        left(["a"], None, "a")
