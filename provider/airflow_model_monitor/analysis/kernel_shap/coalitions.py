"""Which features of a row are present in each synthetic row: coalitions, each paired with its complement."""

from __future__ import annotations

from math import comb
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Doubles = NDArray[np.float64]


class Coalitions(Protocol):
    """A supply of pairs of coalitions; the second of a pair is the complement of the first and is not listed."""

    def take(self, rows: int, start: int, stop: int) -> tuple[Bools, Doubles | None]:
        """Pairs ``start`` to ``stop`` of the next rows.

        A row's pairs are asked for in ascending order before the next row's; several rows at once only whole.

        :returns: which features are present, shape (features, rows, pairs), or (features, 1, pairs) when all rows have
            the same; and the weights of the pairs in the regression, shape (pairs,), None for 1 each
        """


class AllCoalitions:
    """Every proper coalition once, with the weights of the Shapley kernel; the same for each row.

    Pair i is the binary number i + 1: bit f tells whether feature f is present. The last feature is always in the
    complement.

    :param features: M, 2 or more; there are ``2**(M - 1) - 1`` pairs
    """

    def __init__(self, features: int) -> None:
        self._features = features
        self._weights = np.array([0.0] + [kernel_weight(features, size) for size in range(1, features)])

    def take(self, rows: int, start: int, stop: int) -> tuple[Bools, Doubles | None]:
        numbers = np.arange(start + 1, stop + 1)
        present = np.array([(numbers >> feature) & 1 for feature in range(self._features)], dtype=np.bool_)
        return present[:, None], self._weights[present.sum(axis=0)]


def kernel_weight(features: int, size: int) -> float:
    """The Shapley kernel of one coalition: ``(M - 1) / (C(M, s) * s * (M - s))``.

    Source: Lundberg & Lee, A Unified Approach to Interpreting Model Predictions, 2017, theorem 2.
    """
    return (features - 1) / (comb(features, size) * size * (features - size))
