"""The regression behind Kernel SHAP: values whose sums over coalitions come closest to the model's answers."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Doubles = NDArray[np.float64]

# Eigenvalues below this share of the largest are zeros with rounding on them; so are pivots below this share of theirs.
_ZERO: Final = 1e-11


class PairedRegression:
    """Least squares under the constraint that a row's values add up to its distance from the baseline.

    The constraint is imposed as the original does, by eliminating the last feature: with z a coalition and v the
    model's answer to it, the other features' values solve ``(z - z_last) @ values = v - v_baseline - z_last * total``.
    Of several solutions the shortest is taken (over these features: the last one is what is left of the total).

    A complement's equation has the same left side with the sign turned, so a pair adds one equation, of the difference.
    Equations are summed up as they come (normal equations), so that the memory does not depend on their number.

    :param totals: by how much a row's answer is above the baseline's, shape (rows, outputs)
    :param features: M, 2 or more
    """

    def __init__(self, totals: Doubles, features: int) -> None:
        self._totals = totals
        self._gram: Doubles = np.zeros((1, features - 1, features - 1))
        self._right: Doubles = np.zeros((len(totals), features - 1, totals.shape[1]))

    def add(self, coalitions: Bools, differences: Doubles, weights: Doubles | None) -> None:
        """Add the equations of some pairs.

        :param coalitions: shape (features, rows, pairs), or (features, 1, pairs) when all rows have the same
        :param differences: the answer to a coalition minus the answer to its complement, shape (rows, pairs, outputs)
        :param weights: of the pairs, shape (pairs,); None for 1 each
        """
        present = coalitions.astype(np.float64)
        last = present[-1]
        left = np.moveaxis(present[:-1] - last, 0, 1)
        target = (differences - (2 * last - 1)[..., None] * self._totals[:, None, :]) / 2
        weighted = left if weights is None else left * weights
        self._gram = self._gram + weighted @ np.swapaxes(left, 1, 2)
        self._right += weighted @ target

    def solve(self) -> Doubles:
        """The values, shape (rows, outputs, features); each row and output adds up to its total."""
        solve = np.linalg.solve if _regular(self._gram) else _shortest
        others = np.swapaxes(solve(self._gram, self._right), 1, 2)
        return np.concatenate((others, (self._totals - others.sum(axis=2))[..., None]), axis=2)


def _regular(gram: Doubles) -> bool:
    """Whether each of the matrices, shape (matrices, n, n), has one solution only."""
    try:
        roots = np.diagonal(np.linalg.cholesky(gram), axis1=1, axis2=2)
    except np.linalg.LinAlgError:
        return False
    # A pivot's share of its diagonal element is what the features before it leave unexplained of a feature.
    return bool((roots**2 > _ZERO * np.diagonal(gram, axis1=1, axis2=2)).all())


def _shortest(gram: Doubles, right: Doubles) -> Doubles:
    """The solutions of least norm, through the eigenvalues that are not zero."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > values[:, -1:] * _ZERO
    inverse = np.divide(1.0, values, out=np.zeros_like(values), where=kept)
    result: Doubles = vectors @ (inverse[..., None] * (np.swapaxes(vectors, 1, 2) @ right))
    return result
