"""Observed and predicted labels as positive or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from airflow_model_monitor.analysis.bias.column_kind import ColumnKind, column_kind
from airflow_model_monitor.analysis.bias.column_values import Column, missing
from airflow_model_monitor.analysis.bias.selection import Selection, as_numbers, naming, select
from airflow_model_monitor.contract.clarify_values import Scalar
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility
from airflow_model_monitor.contract.errors import ContractError

NO_PREDICTED_POSITIVES = "No Label values are present in the predicted Label Column"
LABEL_KEY = "$.label_values_or_threshold"
OTHER_DATA_TYPE = "Predicted Label Column series datatype is not the same as Label Column series"


def observed_labels(
    labels: Column, values: Sequence[Scalar], *, name: str, compatibility: Compatibility, kind: ColumnKind | None = None
) -> Selection:
    """Which labels are positive.

    :param values: the positive labels, or the one number above which labels are positive
    :param kind: how to read the labels, where that is known already
    :raises ContractError: values that do not go with the labels, or no label at all
    """
    if not values:
        raise ContractError("is missing", field=LABEL_KEY, remedy="Say which labels are the favourable outcome.")
    _refuse_no_labels(labels, name)
    with naming(LABEL_KEY, name):
        return select(labels, values, name=name, compatibility=compatibility, kind=kind)[0]


def predicted_labels(
    predicted: Column, observed: Selection, values: Sequence[Scalar], *, name: str, compatibility: Compatibility
) -> Selection:
    """Which predicted labels are positive, read as the observed ones are.

    :raises ContractError: as the original, where its guess of the predicted labels' kind differs from that of the
        observed ones, and where no prediction is positive. ``corrected`` measures in both cases.
    """
    if compatibility == CORRECTED:
        _refuse_no_labels(predicted, name)
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


def _refuse_no_labels(labels: Column, name: str) -> None:
    if missing(labels).all():
        raise ContractError("not a single row has a label", field=name, remedy="Check where the labels are read from.")
