"""How many rows hold a value the baseline knew."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_model_monitor.analysis.column_pairing import ColumnPairing
from airflow_model_monitor.analysis.dataset_state import DatasetState
from airflow_model_monitor.contract.constraints import Constraints


def domains_to_watch(pairings: Iterable[ColumnPairing], constraints: Constraints) -> dict[int, frozenset[str]]:
    """The values a profile must count in each column, by column index, however many others there are.

    A histogram ends where a column has too many values; the share of known ones is wanted even so.

    :param pairings: every pairing under which the profile will be judged
    :param constraints: the baseline's; features without a domain are left out
    """
    watched: dict[int, frozenset[str]] = {}
    for pairing in pairings:
        for column, domain in _domains(pairing, constraints):
            watched[column] = watched.get(column, frozenset()).union(domain)
    return watched


def known_values(state: DatasetState, pairing: ColumnPairing, constraints: Constraints) -> dict[int, int]:
    """Count the rows whose value is in the domain of the column's feature, by column index.

    :param state: a profile that watched :func:`domains_to_watch`
    :raises ValueError: when it did not, and the column has too many values to tell
    """
    counts: dict[int, int] = {}
    for column, domain in _domains(pairing, constraints):
        rows = state.columns[column].rows_with(domain)
        if rows is None:
            raise ValueError(
                f"The profile does not tell how many rows of {state.columns[column].name!r} hold a known value: "
                "it must watch the baseline's domain."
            )
        counts[column] = rows
    return counts


def _domains(pairing: ColumnPairing, constraints: Constraints) -> Iterable[tuple[int, tuple[str, ...]]]:
    for feature, column in zip(constraints.features, pairing.columns, strict=True):
        if column is not None and feature.string_constraints is not None:
            yield column, feature.string_constraints.domains
