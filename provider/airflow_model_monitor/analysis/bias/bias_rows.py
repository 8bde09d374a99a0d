"""The rows of a bias analysis: features, facets, labels and predictions, equally long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from numpy.typing import ArrayLike

from airflow_model_monitor.analysis.bias.column_values import Column, narrow
from airflow_model_monitor.contract.clarify_values import Column as ColumnName
from airflow_model_monitor.contract.errors import ContractError


@dataclass(frozen=True, slots=True)
class BiasRows:
    """Columns as :func:`narrow` returns them.

    :param features: what the flip test compares rows by, the facets and the group variable among them
    :param labels: observed labels
    :param label_name: what reports call the label
    :param predicted: predicted labels, or None before training
    :param facets: columns that are facets only (a file of their own)
    """

    features: Mapping[str, Column]
    labels: Column
    label_name: str
    predicted: Column | None
    facets: Mapping[str, Column]

    def column(self, name: ColumnName, key: str) -> tuple[str, Column]:
        """The facet or feature called so, or at that position among the features, with its name.

        :param key: JSON path of the setting that names it, for the error
        :raises ContractError: there is no such column
        """
        names = [*self.facets, *self.features]
        if isinstance(name, int):
            listed = list(self.features)
            if name >= len(listed):
                raise ContractError(f"there is no column {name}: positions run from 0 to {len(listed) - 1}", field=key)
            name = listed[name]
        found = self.facets.get(name, self.features.get(name))
        if found is None:
            close = get_close_matches(name, names, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Columns are {', '.join(names)}."
            raise ContractError(f"the dataset has no column {name!r}", field=key, remedy=hint)
        return name, found

    def features_without(self, facet: str) -> Mapping[str, Column]:
        """The features the flip test compares by for a facet."""
        return {name: column for name, column in self.features.items() if name not in (facet, self.label_name)}


def bias_rows(
    features: Mapping[str, ArrayLike],
    labels: ArrayLike,
    *,
    label_name: str,
    predicted: ArrayLike | None = None,
    facets: Mapping[str, ArrayLike] | None = None,
) -> BiasRows:
    """:raises ContractError: no rows, columns of different lengths, or more than one axis."""
    rows = BiasRows(
        {name: narrow(values, name) for name, values in features.items()},
        narrow(labels, label_name),
        label_name,
        None if predicted is None else narrow(predicted, "predicted label"),
        {name: narrow(values, name) for name, values in (facets or {}).items()},
    )
    expected = len(rows.labels)
    if not expected:
        raise ContractError("there are no rows to measure bias on", field=label_name)
    others = {**rows.features, **rows.facets, **({} if rows.predicted is None else {"predicted label": rows.predicted})}
    for name, column in others.items():
        if len(column) != expected:
            raise ContractError(f"has {len(column)} values for {expected} labels", field=name)
    return rows
