"""Normalised discounted cumulative gain of one order of features, judged by another's values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def ndcg(gains: Sequence[float] | Doubles, scores: Sequence[float] | Doubles) -> float:
    """How much of the best possible discounted gain the order of ``scores`` reaches, 0 to 1 for gains of 0 and more.

    ``DCG = sum(gain of the feature at rank i / log2(i + 1))``, ranks from 1, largest score first; divided by the DCG of
    the gains' own order. Source: "Monitor Feature Attribution Drift" in SageMaker's developer guide.

    Features of equal score share their ranks: each counts with the mean discount of them, so that the result does not
    depend on the order of columns. The documentation names scikit-learn's ``ndcg_score``, which does so by default.

    :param gains: of each feature, in any order
    :param scores: of the same features in the same order
    :returns: NaN when the gains are all zero: there is nothing to reach
    """
    gain, score = np.asarray(gains, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    # NDCG does not depend on the unit of the gains, and tiny ones could underflow.
    largest = np.abs(gain).max(initial=0.0)
    if not largest:
        return float("nan")
    gain = gain / largest
    return _dcg(gain, score) / _dcg(gain, gain)


def _dcg(gain: Doubles, score: Doubles) -> float:
    discounts = 1 / np.log2(np.arange(len(gain)) + 2)
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    sizes = np.diff(np.append(starts, len(ranked)))
    return float(np.sum(np.add.reduceat(gain[order], starts) * np.add.reduceat(discounts, starts) / sizes))
