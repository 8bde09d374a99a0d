"""Coalitions spread over all sizes, none of them twice: about half the error for the same questions to the model."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.kernel_shap.coalitions import Bools, Doubles, kernel_weight
from airflow_model_monitor.analysis.kernel_shap.independent_coalitions import select


class StratifiedCoalitions:
    """One plan of distinct pairs, whose features are dealt anew for every row.

    Each size gets its share of the pairs in proportion to its weight in the Shapley kernel, at most as many as there
    are; a pair weighs what its size does, divided by the pairs of that size. Single features and their complements,
    which tell the most, are thus all asked about as soon as the budget allows it.

    Renaming the plan's features by a random permutation per row makes every set of a size equally likely for every row
    and keeps the pairs distinct. Each row takes M numbers of the generator (PCG64), so how rows are cut into batches
    changes no value.

    :param features: M, 2 or more
    :param pairs: how many, fewer than there are
    :param seed: of the generator
    """

    def __init__(self, features: int, pairs: int, seed: int) -> None:
        self._features = features
        self._generator = np.random.Generator(np.random.PCG64(seed))
        self._dealt: NDArray[np.int64] = np.empty((features, 0), dtype=np.int64)
        plan, weights = [], []
        for size, count in enumerate(pairs_by_size(features, pairs), 1):
            if count:
                plan.append(_distinct(features, size, count, self._generator))
                weights.append(np.full(count, _mass(features, size) / count))
        self._plan: Bools = np.concatenate(plan, axis=1)
        self._weights: Doubles = np.concatenate(weights)

    def take(self, rows: int, start: int, stop: int) -> tuple[Bools, Doubles | None]:
        if start == 0:
            self._dealt = np.argsort(self._generator.random((rows, self._features)), axis=1).T
        return self._plan[:, start:stop][self._dealt], self._weights[start:stop]


def pairs_by_size(features: int, pairs: int) -> list[int]:
    """How many of the pairs have a coalition of size 1, 2, … (and a complement of size M - 1, M - 2, …).

    In proportion to the kernel's weight of that size, but no more than there are; what that leaves goes to the other
    sizes. Fractions are rounded down, and the largest ones get what is left over.
    """
    sizes = range(1, features // 2 + 1)
    there_are = {size: _pairs_of_size(features, size) for size in sizes}
    shares: dict[int, float] = {}
    left, open_sizes = float(pairs), set(sizes)
    while open_sizes:
        unit = left / sum(_mass(features, size) for size in open_sizes)
        full = {size for size in open_sizes if unit * _mass(features, size) >= there_are[size]}
        if not full:
            shares.update({size: unit * _mass(features, size) for size in open_sizes})
            break
        shares.update({size: float(there_are[size]) for size in full})
        left -= sum(there_are[size] for size in full)
        open_sizes -= full
    counts = {size: min(int(shares[size]), there_are[size]) for size in sizes}
    for size in sorted(sizes, key=lambda size: counts[size] - shares[size]):
        if sum(counts.values()) == pairs:
            break
        counts[size] += counts[size] < there_are[size]
    return [counts[size] for size in sizes]


def _pairs_of_size(features: int, size: int) -> int:
    return comb(features, size) // (2 if 2 * size == features else 1)


def _mass(features: int, size: int) -> float:
    """The kernel's weight of all pairs of a size."""
    return kernel_weight(features, size) * _pairs_of_size(features, size)


def _distinct(features: int, size: int, count: int, generator: np.random.Generator) -> Bools:
    """``count`` different coalitions of one size, none the complement of another; shape (features, count)."""
    there_are = _pairs_of_size(features, size)
    if there_are <= 4 * count:
        # Of half the features: the one of each pair without the last feature.
        members = features - 1 if 2 * size == features else features
        chosen = np.sort(generator.choice(there_are, count, replace=False))
        listed = np.array(list(combinations(range(members), size)), dtype=np.int64)[chosen]
        result = np.zeros((features, count), dtype=np.bool_)
        result[listed.T, np.arange(count)] = True
        return result
    found: Bools = np.empty((0, features), dtype=np.bool_)
    while len(found) < count:
        drawn = select(generator.random((count, features)), np.full(count, size)).T
        if 2 * size == features:
            drawn ^= drawn[:, -1:]
        _, first = np.unique(np.concatenate((found, drawn)), axis=0, return_index=True)
        found = np.concatenate((found, drawn))[np.sort(first)]
    return found[:count].T
