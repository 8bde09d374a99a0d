"""Clusters of rows whose features are numbers, categories, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]

MISMATCH: Final = 0.5
"""Squared distance of two categories that differ, numbers being in standard deviations.

Half the mean standard deviation, as Huang recommends for data of both kinds.
"""
_RESTARTS: Final = 3
_MOST_ROUNDS: Final = 50


@dataclass(frozen=True, slots=True)
class Points:
    """Rows to cluster.

    :param numbers: in standard deviations from the mean, shape (rows, numeric features)
    :param codes: of categories, 0 and up, shape (rows, categorical features)
    """

    numbers: Doubles
    codes: Integers

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def features(self) -> int:
        return int(self.numbers.shape[1] + self.codes.shape[1])

    def distances(self, numbers: Doubles, codes: Integers) -> Doubles:
        """Squared distance of each row from each centre, shape (rows, centres)."""
        own = np.einsum("ij,ij->i", self.numbers, self.numbers)[:, None]
        result: Doubles = own - 2 * self.numbers @ numbers.T + np.einsum("ij,ij->i", numbers, numbers)
        np.maximum(result, 0.0, out=result)
        for mine, theirs in zip(self.codes.T, codes.T, strict=True):
            result += MISMATCH * (mine[:, None] != theirs)
        return result


@dataclass(frozen=True, slots=True)
class Clusters:
    """Rows put into clusters.

    :param assigned: the cluster of each row, shape (rows,)
    :param scatter: summed squared distance of the rows from their centres
    """

    assigned: Integers
    scatter: float


def cluster(points: Points, count: int, generator: np.random.Generator) -> Clusters:
    """k-prototypes: k-means for the numbers, the commonest category for the others; the best of a few starts.

    Source: Huang, Extensions to the k-Means Algorithm for Clustering Large Data Sets with Categorical Values, 1998;
    starts are chosen as in Arthur & Vassilvitskii, k-means++, 2007. Numbers alone make it k-means.

    :param count: of clusters; at most the number of different rows
    """
    found = [_improve(points, _start(points, count, generator)) for _ in range(_RESTARTS if count > 1 else 1)]
    return min(found, key=lambda clusters: clusters.scatter)


def _start(points: Points, count: int, generator: np.random.Generator) -> Integers:
    """Rows far from each other: each is drawn in proportion to its squared distance from those before it."""
    chosen = [int(generator.integers(len(points)))]
    nearest = np.full(len(points), np.inf)
    while True:
        centre = chosen[-1:]
        nearest = np.minimum(nearest, points.distances(points.numbers[centre], points.codes[centre])[:, 0])
        # A row is at no distance from itself, whatever rounding says.
        nearest[chosen] = 0.0
        total = nearest.sum()
        if len(chosen) == count or not total:
            return np.array(chosen)
        passed = np.cumsum(nearest)
        chosen.append(int(np.searchsorted(passed, generator.random() * passed[-1], side="right")))


def _improve(points: Points, start: Integers) -> Clusters:
    """Rows to their nearest centre, centres to the middle of their rows, until no row moves."""
    numbers, codes = points.numbers[start], points.codes[start]
    assigned = np.full(len(points), -1)
    for _ in range(_MOST_ROUNDS):
        distances = points.distances(numbers, codes)
        before, assigned = assigned, distances.argmin(axis=1)
        if (before == assigned).all():
            break
        for empty in np.setdiff1d(np.arange(len(start)), assigned):
            assigned[_farthest(distances, assigned)] = empty
        numbers, codes = _centres(points, assigned, len(start))
    scatter = points.distances(numbers, codes)[np.arange(len(points)), assigned].sum()
    return Clusters(assigned, float(scatter))


def _farthest(distances: Doubles, assigned: Integers) -> int:
    """The row farthest from its centre, of those that do not have a cluster to themselves."""
    own = distances[np.arange(len(assigned)), assigned]
    alone = np.bincount(assigned, minlength=distances.shape[1])[assigned] == 1
    return int(np.where(alone, -1.0, own).argmax())


def _centres(points: Points, assigned: Integers, count: int) -> tuple[Doubles, Integers]:
    members = assigned == np.arange(count)[:, None]
    numbers = members.astype(np.float64) @ points.numbers / members.sum(axis=1)[:, None]
    codes = np.empty((count, points.codes.shape[1]), dtype=np.int64)
    for series, target in zip(points.codes.T, codes.T, strict=True):
        kinds = int(series.max()) + 1
        target[:] = np.bincount(assigned * kinds + series, minlength=count * kinds).reshape(count, kinds).argmax(axis=1)
    return numbers, codes
