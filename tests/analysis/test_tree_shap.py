"""Exact values of tree models, beside Kernel SHAP's."""

from __future__ import annotations

import sys
from contextlib import suppress

import numpy as np
import pytest

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap import KernelShap, explain
from airflow_model_monitor.analysis.tree_shap import explain_trees
from airflow_model_monitor.contract.errors import ContractError


def table_of(matrix: np.ndarray) -> FeatureTable:
    return FeatureTable(tuple(f"f{i}" for i in range(matrix.shape[1])), tuple(matrix.T))


@pytest.fixture(scope="module")
def data() -> tuple[FeatureTable, FeatureTable, np.ndarray]:
    """Rows, baseline rows and labels."""
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 14))
    return table_of(x[:40]), table_of(x[40:43]), (x[:, 0] * x[:, 1] + x[:, 2] > 0.2).astype(int)


@pytest.fixture(scope="module")
def ensemble() -> object:
    pytest.importorskip("shap", reason="shap is not installed (pip install 'airflow-model-monitor[shap]')")
    return pytest.importorskip("sklearn.ensemble", reason="scikit-learn is not installed (extra demo)")


def global_values(explanation, label):
    return np.array(list(explanation.labels[label].global_shap_values.values()))


def test_a_forest_agrees_with_kernel_shap_within_its_error(ensemble, data):
    rows, baseline, labels = data
    x = np.concatenate([rows.matrix(), baseline.matrix()])
    forest = ensemble.RandomForestClassifier(n_estimators=15, max_depth=5, random_state=0).fit(x, labels[: len(x)])

    exact = explain_trees(forest, [rows[:20], rows[20:]], baseline)
    runs = np.array(
        [
            global_values(explain(kernel_shap(forest.predict_proba, baseline, seed), [rows]), "label1")
            for seed in range(8)
        ]
    )

    # Noise adds to a mean of magnitudes: its square over twice the value, far below these four standard deviations.
    allowed = 4 * runs.std(axis=0, ddof=1) + 2e-4
    assert (np.abs(runs.mean(axis=0) - global_values(exact, "label1")) < allowed).all()
    assert exact.labels["label1"].expected_value == pytest.approx(forest.predict_proba(baseline.matrix())[:, 1].mean())
    assert (exact.rows, exact.exact, list(exact.labels)) == (40, True, ["label0", "label1"])


@pytest.mark.parametrize("baseline_rows", [1, 3, 150])
def test_boosted_trees_agree_to_the_last_digits_when_kernel_shap_takes_all_coalitions(ensemble, data, baseline_rows):
    rows, _, labels = data
    rows = FeatureTable(rows.names[:6], rows.columns[:6])
    baseline = table_of(np.random.default_rng(1).normal(size=(baseline_rows, 6)))
    boosted = ensemble.GradientBoostingRegressor(n_estimators=20, random_state=0).fit(rows.matrix(), labels[:40])

    trees = explain_trees(boosted, [rows], baseline, label_headers=["late"])
    kernel = explain(KernelShap(lambda table: boosted.predict(table.matrix()), baseline), [rows])

    np.testing.assert_allclose(global_values(trees, "late"), global_values(kernel, "label0"), atol=1e-7)


def test_a_model_that_shap_misreads_is_refused_rather_than_explained_wrongly(ensemble, data):
    rows = FeatureTable(data[0].names[:6], data[0].columns[:6])
    x = np.random.default_rng(2).normal(size=(400, 6))
    boosted = ensemble.HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(x, x[:, 0] * x[:, 1] > 0)
    kernel = explain(KernelShap(lambda table: boosted.decision_function(table.matrix()), rows[:2]), [rows])

    # Later versions of shap may read it.
    with suppress(ContractError):
        trees = explain_trees(boosted, [rows], rows[:2])
        np.testing.assert_allclose(global_values(trees, "label0"), global_values(kernel, "label0"), atol=1e-6)


def test_what_is_no_tree_is_refused(ensemble, data):
    rows, baseline, _ = data

    with pytest.raises(ContractError, match="object is no tree model that shap knows"):
        explain_trees(object(), [rows], baseline)


def test_without_the_extra_the_error_names_it(monkeypatch, data):
    monkeypatch.setitem(sys.modules, "shap", None)
    rows, baseline, _ = data

    with pytest.raises(ContractError, match=r"pip install 'airflow-model-monitor\[shap\]'"):
        explain_trees(object(), [rows], baseline)


def kernel_shap(predict_proba, baseline, seed):
    return KernelShap(lambda table: predict_proba(table.matrix()), baseline, seed=seed)
