"""A model whose every answer is checked and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.contract.errors import ContractError

Doubles = NDArray[np.float64]
Predict = Callable[[FeatureTable], ArrayLike]
"""A model: rows in, one score per row out, shape (rows,), or several, shape (rows, outputs)."""
Progress = Callable[[int, int | None], None]
"""Told after each call of the model how many predictions are done and how many there will be (None: not known)."""

CLIP: Final = 2.0**-24
"""How close to 0 and 1 a probability counts in log-odds: the distance of 1.0 from the next smaller float32.

Most models answer in float32, where a large score saturates to exactly 1.0, whose log-odds would be infinite.
"""

LARGEST: Final = 1e150
"""The largest magnitude of a score: sums of squares of larger ones leave the doubles."""


def log_odds(probabilities: Doubles) -> Doubles:
    """``ln(p / (1 - p))``, of probabilities clipped to at least :data:`CLIP` from 0 and 1: at most ±16.64.

    :raises ContractError: a number that is no probability
    """
    if probabilities.size and (probabilities.min() < 0 or probabilities.max() > 1):
        wrong = probabilities[(probabilities < 0) | (probabilities > 1)].flat[0]
        raise ContractError(
            f"the model answered {float(wrong)!r}, which is no probability: it has no log-odds",
            field="methods.shap.use_logit",
            remedy="Let the model answer probabilities, or set use_logit to false.",
        )
    clipped = np.clip(probabilities, CLIP, 1 - CLIP)
    result: Doubles = np.log(clipped) - np.log1p(-clipped)
    return result


class ScoredModel:
    """The model as Kernel SHAP asks it: never about more rows than a batch holds, and never trusted.

    :param predict: the model
    :param batch_rows: most rows per call
    :param progress: told after each call
    """

    def __init__(self, predict: Predict, *, batch_rows: int, progress: Progress | None = None) -> None:
        self._predict = predict
        self._batch_rows = batch_rows
        self._progress = progress
        self._outputs: int | None = None
        self.done = 0
        self.total: int | None = None

    def scores(self, table: FeatureTable) -> Doubles:
        """One row of finite scores per row of the table, shape (rows, outputs), however many rows there are.

        :raises ContractError: an answer with another number of rows or outputs, with NaN, text, infinity or nearly so
        """
        starts = range(0, len(table), self._batch_rows)
        if len(starts) == 1:
            return self._call(table)
        return np.concatenate([self._call(table[start : start + self._batch_rows]) for start in starts])

    def _call(self, table: FeatureTable) -> Doubles:
        answer = self._predict(table)
        try:
            found = np.asarray(answer)
            if found.dtype.kind not in "biufO":
                raise TypeError(f"it is made of {found.dtype.type.__name__}")
            scores = found.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise _bad(f"the model's answer is not made of numbers: {error}") from error
        if scores.ndim == 1:
            scores = scores[:, None]
        if scores.ndim != 2 or len(scores) != len(table):
            shape = " × ".join(map(str, scores.shape)) or "one number"
            raise _bad(f"the model was asked about {len(table)} rows and answered {shape}, expected one row for each")
        if not scores.shape[1] or self._outputs not in (None, scores.shape[1]):
            raise _bad(f"the model answered {scores.shape[1]} outputs, after {self._outputs or 'none'} before")
        usable = np.abs(scores) <= LARGEST
        if not usable.all():
            row, output = np.argwhere(~usable)[0].tolist()
            value = float(scores[row, output])
            raise _bad(f"the model answered {value!r} (output {output}) to row {row + 1} of {len(table)} asked at once")
        self._outputs = scores.shape[1]
        self.done += len(table)
        if self._progress is not None:
            self._progress(self.done, self.total)
        return scores


def _bad(message: str) -> ContractError:
    return ContractError(
        message,
        field="predictor",
        remedy="Ask the model about a few rows by hand, with the features of several rows mixed: SHAP asks about such.",
    )
