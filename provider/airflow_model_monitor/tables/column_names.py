"""Naming the columns of a dataset after its baseline's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.tables.relation import Relation


def rename_to_baseline(
    relation: Relation, baseline_columns: Sequence[str] | None, compatibility: Compatibility
) -> Relation:
    """Give the columns of ``relation`` the baseline's names.

    ``sagemaker`` renames by position whatever the columns were called, as the original does ("Using baseline
    columns"), when there are as many; with another number of columns it evaluates nothing, so nothing is renamed.
    ``corrected`` keeps names that the data brings along if any of them is the baseline's, and else renames the first
    columns by position, so that what remains can still be checked when the number differs.

    :param relation: changed in place
    :param baseline_columns: names of the baseline, left to right; ``None`` leaves all names alone
    :param compatibility: ``sagemaker`` or ``corrected``
    """
    if not baseline_columns:
        return relation
    columns = relation.columns
    if compatibility == SAGEMAKER:
        if len(columns) != len(baseline_columns):
            return relation
    elif relation.named and not {column.name for column in columns}.isdisjoint(baseline_columns):
        return relation
    named = [replace(column, name=name) for column, name in zip(columns, baseline_columns, strict=False)]
    relation.columns = (*named, *columns[len(named) :])
    return relation
