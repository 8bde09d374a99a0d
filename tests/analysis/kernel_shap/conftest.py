"""Small tables and models, see small_models.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from airflow_model_monitor.analysis.feature_table import FeatureTable
from tests.analysis.kernel_shap import small_models

Table = Callable[..., FeatureTable]


@pytest.fixture
def table() -> Table:
    """Rows as a table with features f0, f1, …"""
    return lambda rows: FeatureTable.from_rows([f"f{i}" for i in range(len(rows[0]))], rows)


@pytest.fixture
def numbers() -> Table:
    """A table of normal numbers: ``numbers(rows, features, seed=0)``."""
    return lambda rows, features, seed=0: small_models.table_of(
        np.random.default_rng(seed).normal(size=(rows, features))
    )


@pytest.fixture
def model() -> Callable[[FeatureTable], np.ndarray]:
    return small_models.smooth


@pytest.fixture
def explained() -> Callable[..., np.ndarray]:
    return small_models.values


@pytest.fixture
def shapley() -> Callable[..., np.ndarray]:
    return small_models.by_definition
