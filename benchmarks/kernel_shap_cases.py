"""What both explainers explain: a model, rows, a baseline; and exact Shapley values of the small cases. NumPy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import factorial

import numpy as np

Model = Callable[[np.ndarray], np.ndarray]
HIDDEN = 32


@dataclass(frozen=True)
class Case:
    """Rows to explain, coalitions per row, how often; errors are known where features are few."""

    rows: int
    features: int
    samples: int
    seeds: int = 1

    @property
    def name(self) -> str:
        return f"{self.rows}x{self.features}x{self.samples}"

    def scaled(self, share: float) -> Case:
        """The same with a share of the rows, at least two; once, unless the share is all of them."""
        if share == 1.0:
            return self
        return replace(self, rows=max(2, round(self.rows * share)), seeds=1)


SPEED = Case(500, 20, 2088)
# Of 10 features all 1,022 coalitions fit the default; the other budgets have to sample.
ERRORS = (Case(100, 10, 100, 3), Case(100, 10, 500, 3), Case(100, 10, 1022), Case(50, 12, 2072, 3))


class Counted:
    """The model: one hidden layer and a logistic end, with interactions of every order; counts the rows it is asked."""

    def __init__(self, features: int) -> None:
        random = np.random.default_rng(features)
        self._first = 1.5 * random.normal(size=(features, HIDDEN)) / np.sqrt(features)
        self._second = random.normal(size=HIDDEN)
        self.rows = 0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self.rows += len(x)
        return 1 / (1 + np.exp(-(np.tanh(x @ self._first) @ self._second)))


def data(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Rows to explain and the one baseline row."""
    return np.random.default_rng(1).normal(size=(case.rows, case.features)), np.full((1, case.features), 0.3)


def exact(case: Case) -> np.ndarray:
    """Shapley values by their definition, over all coalitions; shape (rows, features)."""
    features, model = case.features, Counted(case.features)
    rows, baseline = data(case)
    coalitions = (np.arange(2**features)[:, None] >> np.arange(features)) & 1
    sizes = coalitions.sum(axis=1)
    with_it = [factorial(max(s - 1, 0)) * factorial(features - s) / factorial(features) for s in range(features + 1)]
    without = [factorial(s) * factorial(max(features - s - 1, 0)) / factorial(features) for s in range(features + 1)]
    shares = np.where(coalitions, np.array(with_it)[sizes][:, None], -np.array(without)[sizes][:, None])
    return np.array([model(np.where(coalitions, row, baseline)) @ shares for row in rows])
