"""Coalitions as Clarify samples them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.kernel_shap.coalitions import Bools, Doubles


class IndependentCoalitions:
    """Independent draws, each row its own, repetitions kept: the original's, as its published results give it away.

    A size s is drawn in proportion to ``1 / (s * (M - s))``, then s of the M features, all sets of that size equally
    likely. That is the distribution of the Shapley kernel, so every draw weighs the same.

    A pair takes M + 1 numbers of the generator (PCG64), whatever comes of it: how rows are cut into batches changes no
    value, and row i of a data set meets the same coalitions under a seed, whatever the other rows are.

    :param features: M, 2 or more
    :param seed: of the generator
    """

    def __init__(self, features: int, seed: int) -> None:
        sizes = np.arange(1, features)
        weights = 1 / (sizes * (features - sizes))
        self._features = features
        self._cumulative = np.cumsum(weights / weights.sum())[:-1]
        self._generator = np.random.Generator(np.random.PCG64(seed))

    def take(self, rows: int, start: int, stop: int) -> tuple[Bools, Doubles | None]:
        uniform = self._generator.random((rows, stop - start, self._features + 1))
        wanted = 1 + np.searchsorted(self._cumulative, uniform[..., 0], side="right")
        return select(uniform[..., 1:], wanted), None


def select(uniform: Doubles, wanted: NDArray[np.int64]) -> Bools:
    """Choose ``wanted`` of the features, every set of that size equally likely.

    Selection sampling (Knuth, The Art of Computer Programming, vol. 2, 3.4.2, algorithm S): feature by feature, with
    the odds of those still wanted among those still to come.

    :param uniform: numbers from 0 to below 1, shape (…, features)
    :param wanted: how many, shape (…)
    :returns: shape (features, …)
    """
    features = uniform.shape[-1]
    missing = wanted.astype(np.float64)
    result = np.empty((features, *wanted.shape), dtype=np.bool_)
    for feature, chosen in enumerate(result):
        np.less(uniform[..., feature] * (features - feature), missing, out=chosen)
        missing -= chosen
    return result
