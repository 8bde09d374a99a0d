"""``exclude_features_attribute``: features that take no part, neither in a baseline nor in its checks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from airflow_model_monitor.contract.constraints import Constraints
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.relation import Relation


def leave_out(
    relation: Relation, constraints: Constraints | None, excluded: Collection[str]
) -> tuple[Relation, Constraints | None]:
    """Rows and constraints without the excluded features.

    A column goes by its own name. What the data does not name (captured CSV) goes by the baseline's names, position by
    position, provided that the data has as many columns as the baseline has features. Other names are passed over.

    :param relation: the rows; stays open
    :param constraints: the baseline's, if there is one
    :param excluded: names of features
    :raises ContractError: no column is left
    """
    own = {column.name for column in relation.columns}
    columns = [column for column in relation.columns if column.name not in excluded]
    features = (
        []
        if constraints is None
        else [feature for feature in constraints.features if feature.name not in excluded or feature.name not in own]
    )
    if len(columns) == len(features):
        columns = [column for column, feature in zip(columns, features, strict=True) if feature.name not in excluded]
    features = [feature for feature in features if feature.name not in excluded]
    if not columns:
        raise ContractError("every column is excluded", field="exclude_features_attribute", remedy="Leave one in")
    if len(columns) < len(relation.columns):
        selected = ", ".join(column.expression for column in columns)
        sql = f"SELECT {selected} FROM ({relation.sql})"  # noqa: S608  our own SQL
        relation = replace(relation, sql=sql, columns=tuple(columns))
    return relation, None if constraints is None else replace(constraints, features=tuple(features))
