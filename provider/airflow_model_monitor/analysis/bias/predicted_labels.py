"""Predicted labels from what a model answers: labels, scores of one label, or scores of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from airflow_model_monitor.contract.clarify_values import Scalar
from airflow_model_monitor.contract.errors import ContractError

_ONE_AXIS, _TWO_AXES = 1, 2


def labels_of_scores(scores: ArrayLike, threshold: float, label_headers: Sequence[Scalar] = ()) -> NDArray[Any]:
    """The labels scores stand for: 1 where the one score is above the threshold, else 0; the label of the highest of
    several scores.

    :param scores: shape (rows,) or (rows, labels), finite
    :param threshold: a score equal to it is 0
    :param label_headers: the labels of the scores' columns, where there are several
    :raises ContractError: naming the row (1-based) of a score that is no number, or the header that is missing
    """
    array = _numbers(scores)
    if array.ndim == _TWO_AXES and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (_ONE_AXIS, _TWO_AXES):
        raise ContractError(f"expected scores of one or two axes, got {array.ndim}", field="predictor.probability")
    bad = ~np.isfinite(array)
    if bad.any():
        row = int(np.argwhere(bad)[0][0])
        raise ContractError(f"the score of row {row + 1} is {array[row]!s}, no finite number", field="probability")
    if array.ndim == _ONE_AXIS:
        return (array > threshold).astype(np.int64)
    if len(label_headers) != array.shape[1]:
        raise ContractError(
            f"{array.shape[1]} scores for each row, and {len(label_headers)} label headers",
            field="$.predictor.label_headers",
            remedy="Name the label of every score, in the order of the scores.",
        )
    named = np.empty(len(label_headers), dtype=object)
    named[:] = list(label_headers)
    labels: NDArray[Any] = named[array.argmax(axis=1)]
    return labels


def _numbers(scores: ArrayLike) -> NDArray[np.float64]:
    try:
        return np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError):
        raise ContractError(
            "the scores are not all numbers, or not equally many in each row", field="probability"
        ) from None
