"""Observed and predicted labels as positive or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from airflow_model_monitor.analysis.bias.column_kind import ColumnKind, column_kind
from airflow_model_monitor.analysis.bias.column_values import Column
from airflow_model_monitor.analysis.bias.selection import Selection, as_numbers, select
from airflow_model_monitor.contract.clarify_values import Scalar
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility
from airflow_model_monitor.contract.errors import ContractError

NO_PREDICTED_POSITIVES = "No Label values are present in the predicted Label Column"
OTHER_DATA_TYPE = "Predicted Label Column series datatype is not the same as Label Column series"


def observed_labels(
    labels: Column, values: Sequence[Scalar], *, name: str, compatibility: Compatibility, kind: ColumnKind | None = None
) -> Selection:
    """Which labels are positive.

    :param values: the positive labels, or the one number above which labels are positive
    :param kind: how to read the labels, where that is known already
    :raises ContractError: values that do not go with the labels
    """
    if not values:
        raise ContractError(
            "is missing", field="$.label_values_or_threshold", remedy="Say which labels are the favourable outcome."
        )
    return select(labels, values, name=name, compatibility=compatibility, kind=kind)[0]


def predicted_labels(
    predicted: Column, observed: Selection, values: Sequence[Scalar], *, name: str, compatibility: Compatibility
) -> Selection:
    """Which predicted labels are positive, read as the observed ones are.

    :raises ContractError: as the original, where its guess of the predicted labels' kind differs from that of the
        observed ones, and where no prediction is positive. ``corrected`` measures in both cases.
    """
    if compatibility == CORRECTED:
        return select(predicted, values, name=name, compatibility=compatibility, kind=observed.kind)[0]
    if column_kind(as_numbers(predicted), values, compatibility) != observed.kind:
        raise ContractError(
            OTHER_DATA_TYPE,
            field=name,
            remedy="Store both alike, or set compatibility=corrected, which reads both the same way.",
        )
    found = select(predicted, values, name=name, compatibility=compatibility, kind=observed.kind)[0]
    if not np.any(found.mask):
        shown = ",".join(map(str, values))
        raise ContractError(
            f"{NO_PREDICTED_POSITIVES}, none of its values is {shown}",
            field=name,
            remedy="Check label_values_or_threshold and the model; compatibility=corrected measures such data.",
        )
    return found
