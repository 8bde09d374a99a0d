"""Which rows of a binary problem are of the positive class, in labels and predictions."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.model_quality.classes import Classes, class_name, read_classes
from airflow_model_monitor.analysis.model_quality.row_errors import row_error
from airflow_model_monitor.contract.errors import ContractError

_USUAL: Final = {"0": 0, "1": 1, "false": 0, "true": 1}
_NAME_IT: Final = "Name the positive class with positive_label, or choose MulticlassClassification."
_NO_CLASS: Final = "Probabilities go to probability_attribute."


def read_binary_classes(
    labels: Any, predictions: Any | None, positive_label: str | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """1 for rows of the positive class and 0 for others: of the labels, and of the predictions where there are any.

    Without a positive label the classes are 0 and 1, or false and true. With one, that class is positive and the
    other one, whatever its name, is not; both columns together may have one other class only. Spelling is as in
    :mod:`~airflow_model_monitor.analysis.model_quality.classes`.

    :raises ContractError: for further classes, naming the first row of one
    """
    columns = {"label": read_classes(labels, field="label")}
    if predictions is not None:
        columns["prediction"] = read_classes(predictions, field="prediction")
    positive = None if positive_label is None else _positive_name(positive_label)
    coded = _usual(columns) if positive is None else _beside(positive, columns)
    return coded["label"], coded.get("prediction")


def _usual(columns: dict[str, Classes]) -> dict[str, NDArray[np.uint8]]:
    coded = {}
    for field, column in columns.items():
        for code, name in enumerate(column.names):
            if name.lower() not in _USUAL:
                message = f"{name!r} is neither 0 nor 1, the classes of a binary problem"
                remedy = _NO_CLASS if name.startswith("0.") else _NAME_IT
                raise row_error(field, column.first_row(code), message, remedy)
        coded[field] = np.array([_USUAL[name.lower()] for name in column.names], np.uint8)[column.codes]
    return coded


def _beside(positive: str, columns: dict[str, Classes]) -> dict[str, NDArray[np.uint8]]:
    negative: str | None = None
    coded = {}
    for field, column in columns.items():
        for code, name in enumerate(column.names):
            if name in (positive, negative):
                continue
            if negative is not None:
                message = f"{name!r} is a third class beside {positive!r} and {negative!r}"
                raise row_error(field, column.first_row(code), message, "A binary problem has two classes.")
            negative = name
        coded[field] = np.array([name == positive for name in column.names], np.uint8)[column.codes]
    return coded


def _positive_name(text: str) -> str:
    name = class_name(text)
    if name is None:
        raise ContractError(f"{text!r} is no class", field="positive_label")
    return name
