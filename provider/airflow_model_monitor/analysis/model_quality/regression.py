"""Metrics of a regression, in the arithmetic of Spark MLlib's ``RegressionMetrics`` or in a faster one."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nan, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Sums = tuple[float, float, float]
"""Of the absolute errors, of the squared errors, and of the labels' squared deviations from their mean."""

BLOCK: Final = 16_384
"""Rows per block of the chunked arithmetic; part of its definition, since it decides on the last digits."""


def regression_metrics(labels: Doubles, predictions: Doubles, *, sequential: bool) -> Mapping[str, float]:
    """Mean absolute and squared error, the latter's root, and the coefficient of determination.

    ``r2`` is 1 minus the squared errors over the squared deviations of the labels from their mean; with equal labels it
    is -Infinity, or NaN where every prediction is right.

    :param labels: finite, at least one
    :param predictions: as many
    :param sequential: row by row, as Spark goes, else in blocks, which are added in order; the sums of the two agree
        within 1e-9 of each other
    """
    with np.errstate(over="ignore", invalid="ignore"):
        absolute, squared, total = (_one_by_one if sequential else _in_blocks)(labels, predictions)
    # Spark takes the norm and squares it again, which decides on the last digit.
    norm = sqrt(squared)
    squared = norm * norm
    mse = squared / len(labels)
    return {"mae": absolute / len(labels), "mse": mse, "rmse": sqrt(mse), "r2": _r2(squared, total)}


def _r2(squared: float, total: float) -> float:
    if total:
        return 1.0 - squared / total
    return -inf if squared else nan


def _one_by_one(labels: Doubles, predictions: Doubles) -> Sums:
    errors = labels - predictions
    # NumPy's own sum adds in pairs.
    absolute = float(np.add.accumulate(np.abs(errors))[-1])
    squared = float(np.add.accumulate(np.square(errors))[-1])
    return absolute, squared, _deviations_one_by_one(labels)


def _deviations_one_by_one(labels: Doubles) -> float:
    """Squared deviations as Spark's online summarizer has them: zeros apart, the others one after the other."""
    rows = len(labels)
    if rows == 1:
        return 0.0
    seen = mean = squares = 0.0
    for value in labels[labels != 0.0].tolist():
        delta = value - mean
        mean += delta / (seen + 1.0)
        squares += (value - mean) * delta
        seen += 1.0
    variance = (squares + mean * mean * seen * (rows - seen) / rows) / (rows - 1.0)
    return variance * (rows - 1)


def _in_blocks(labels: Doubles, predictions: Doubles) -> Sums:
    absolute = squared = total = 0.0
    lowest, highest = float(labels.min()), float(labels.max())
    # Equal labels have no deviation, whatever their rounded mean.
    mean = lowest if lowest == highest else float(labels.sum()) / len(labels)
    # What fits into a processor's cache is not written to memory in between.
    errors, sizes = np.empty(BLOCK), np.empty(BLOCK)
    for start in range(0, len(labels), BLOCK):
        block = labels[start : start + BLOCK]
        error, size = errors[: len(block)], sizes[: len(block)]
        np.subtract(block, predictions[start : start + BLOCK], out=error)
        absolute += float(np.abs(error, out=size).sum())
        squared += float(np.square(error, out=size).sum())
        np.subtract(block, mean, out=size)
        total += float(np.square(size, out=size).sum())
    return absolute, squared, total
