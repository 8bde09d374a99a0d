"""The rows a Clarify job works on: features a model takes, labels observed, labels predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.clarify_headers import column_name
from airflow_model_monitor.contract.clarify_values import Column as ColumnName
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.clarify_inputs.value_columns import Column


@dataclass(frozen=True, slots=True)
class ModelRows:
    """Columns of equal length.

    :param features: in the model's order, excluded columns among them
    :param excluded: names of features a model is not asked about
    :param labels: observed labels, where there are any
    :param label_name: what files call the label
    :param predicted_labels: what the model said, where the data hold it
    :param probabilities: scores instead, shape (n, outputs)
    :param facets: columns that are facets and no features
    """

    features: FeatureTable
    excluded: tuple[str, ...] = ()
    labels: Column | None = None
    label_name: str = "label"
    predicted_labels: Column | None = None
    probabilities: Column | None = None
    facets: Mapping[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.features)

    @property
    def asked(self) -> FeatureTable:
        """The features as a model is asked about them.

        :raises ContractError: all of them are excluded
        """
        if not self.excluded:
            return self.features
        kept = [index for index, name in enumerate(self.features.names) if name not in self.excluded]
        if not kept:
            raise ContractError("leaves no feature to ask the model about", field="$.excluded_columns")
        return FeatureTable(
            tuple(self.features.names[index] for index in kept), tuple(self.features.columns[index] for index in kept)
        )

    @property
    def has_predictions(self) -> bool:
        """Whether no model needs to be asked for predicted labels."""
        return self.predicted_labels is not None or self.probabilities is not None

    def taken(self, positions: np.ndarray[tuple[int], np.dtype[np.int64]]) -> ModelRows:
        """Some of the rows, in that order."""

        def some(column: Column | None) -> Column | None:
            return None if column is None else column[positions]

        return replace(
            self,
            features=self.features[positions],
            labels=some(self.labels),
            predicted_labels=some(self.predicted_labels),
            probabilities=some(self.probabilities),
            facets={name: column[positions] for name, column in self.facets.items()},
        )


def named(column: ColumnName | None, names: Sequence[str], key: str) -> str | None:
    """The name of a column given by name or by position, ``None`` for none.

    :param key: the configuration's key, for the error
    :raises ContractError: there is no such column
    """
    return None if column is None else column_name(column, names, key)


def with_facets_of(config: AnalysisConfig, names: Sequence[str]) -> AnalysisConfig:
    """The configuration with its facets by name, looked for among the columns of the facet dataset.

    :raises ContractError: there is no such column
    """
    keys = [f"$.facet[{index}].name_or_index" for index in range(len(config.facet))]
    facets = (
        replace(facet, name_or_index=column_name(facet.name_or_index, names, key))
        for facet, key in zip(config.facet, keys, strict=True)
    )
    return replace(config, facet=tuple(facets))


def split(config: AnalysisConfig, columns: Mapping[str, Column], *, model_output: Sequence[str] = ()) -> ModelRows:
    """Tell features from labels in a table whose columns have names.

    :param columns: all columns of the dataset, in its order
    :param model_output: names of columns that are neither
    :raises ContractError: a column the configuration names is not there
    """
    names = list(columns)
    label = named(config.label, names, "$.label")
    predicted = None
    if config.predicted_label_dataset_uri is None:
        predicted = named(config.predicted_label, names, "$.predicted_label")
    join = named(config.joinsource_name_or_index, names, "$.joinsource_name_or_index")
    excluded = [named(column, names, "$.excluded_columns") for column in config.excluded_columns]
    others = {label, predicted, join, *model_output}
    features = [name for name in names if name not in others]
    if not features:
        raise ContractError("the dataset has no column besides the label", field="headers")
    return ModelRows(
        FeatureTable(tuple(features), tuple(columns[name] for name in features)),
        excluded=tuple(name for name in excluded if name in features),
        labels=None if label is None else columns[label],
        label_name=label or "label",
        predicted_labels=None if predicted is None else columns[predicted],
    )
