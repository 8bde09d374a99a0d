"""Small models whose Shapley values are known, and the definition to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap import KernelShap


def table_of(matrix: np.ndarray) -> FeatureTable:
    """Rows of floats as a table with features f0, f1, …"""
    return FeatureTable(tuple(f"f{i}" for i in range(matrix.shape[1])), tuple(matrix.T))


def smooth(rows: FeatureTable) -> np.ndarray:
    """A model with interactions of all orders, one output between 0 and 1, for any number of features."""
    x = rows.matrix()
    weights = np.random.default_rng(7).normal(size=(x.shape[1], 8))
    return 1 / (1 + np.exp(-np.tanh(x @ weights).sum(axis=1) - x[:, 0] * x[:, -1]))


def values(shap: KernelShap, *tables: FeatureTable) -> np.ndarray:
    """All local values, shape (rows, outputs, features)."""
    return np.concatenate([local.values for local in shap.explain(tables)])


def by_definition(
    predict: Callable[[FeatureTable], np.ndarray], row: Sequence[Any], baseline: Sequence[Sequence[Any]]
) -> np.ndarray:
    """Shapley values from the sum over all coalitions (Shapley, 1953); shape (features,)."""
    features = len(row)
    names = [f"f{i}" for i in range(features)]

    def worth(coalition: set[int]) -> float:
        mixed = [[row[i] if i in coalition else absent[i] for i in range(features)] for absent in baseline]
        return float(np.mean(predict(FeatureTable.from_rows(names, mixed))))

    result = np.zeros(features)
    for feature in range(features):
        others = [i for i in range(features) if i != feature]
        for size in range(features):
            weight = factorial(size) * factorial(features - size - 1) / factorial(features)
            for coalition in map(set, combinations(others, size)):
                result[feature] += weight * (worth(coalition | {feature}) - worth(coalition))
    return result
