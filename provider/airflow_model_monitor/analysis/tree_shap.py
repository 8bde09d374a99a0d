"""Exact Shapley values of tree models, through the ``shap`` package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap.explanation import Explanation, explained_labels, label_names
from airflow_model_monitor.analysis.kernel_shap.global_values import GlobalValues
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.shap_config import Aggregation


def explain_trees(
    model: Any,
    tables: Iterable[FeatureTable],
    baseline: FeatureTable,
    *,
    aggregation: Aggregation = "mean_abs",
    label_headers: Sequence[str] | None = None,
) -> Explanation:
    """Explain a tree model without sampling: what Kernel SHAP with every coalition gives, at the cost of walking trees.

    An absent feature comes from the baseline rows, as in Kernel SHAP ("interventional" values). What is explained is
    what the trees add up to: probabilities of a random forest, log-odds of a boosted classifier. shap's values of a
    boosted classifier's probabilities are an approximation and therefore not offered; Kernel SHAP explains them.

    :param model: what ``shap.TreeExplainer`` takes: a scikit-learn, XGBoost, LightGBM or CatBoost tree model, as an
        object; nothing is unpickled here
    :param tables: rows in the order of the data set, cut anywhere; numbers only
    :param baseline: rows that stand for "feature absent", one or more
    :param label_headers: names of the outputs; ``label0``, ``label1``, … when None
    :raises ContractError: the extra is not installed, the model is no tree model shap knows or one it misreads (its
        values do not add up to the model's answers), a column holds text, or there are no rows
    """
    explainer = _explainer(model, baseline)
    expected: NDArray[np.float64] = np.atleast_1d(np.asarray(explainer.expected_value, dtype=np.float64))
    totals = GlobalValues(aggregation)
    for table in tables:
        if table.names != baseline.names:
            raise ContractError(
                f"the rows have the features {', '.join(table.names)}, the baseline has {', '.join(baseline.names)}"
            )
        totals.add(_values(explainer, table))
    labels = label_names(len(expected), label_headers)
    return Explanation(
        labels=explained_labels(labels, baseline.names, totals.result(), expected),
        rows=totals.rows,
        num_samples=None,
        exact=True,
        seed=None,
    )


def _explainer(model: Any, baseline: FeatureTable) -> Any:
    try:
        import shap
    except ImportError as error:
        raise ContractError(
            f"exact values of tree models need the package shap, which is not installed ({error})",
            remedy="pip install 'airflow-model-monitor[shap]', or let Kernel SHAP explain the model.",
        ) from error
    # An array would be cut down to 100 rows drawn from it.
    background = shap.maskers.Independent(np.ascontiguousarray(baseline.matrix()), max_samples=len(baseline))
    try:
        return shap.TreeExplainer(model, data=background, feature_perturbation="interventional", model_output="raw")
    except ValueError as error:
        raise ContractError(f"{type(model).__name__} is no tree model that shap knows: {error}") from error


def _values(explainer: Any, rows: FeatureTable) -> NDArray[np.float64]:
    """Shape (rows, outputs, features); shap gives (rows, features), or (rows, features, outputs)."""
    from shap.utils._exceptions import ExplainerError

    try:
        found = explainer.shap_values(np.ascontiguousarray(rows.matrix()), check_additivity=True)
    except ExplainerError as error:
        # shap 0.51 misreads HistGradientBoosting of scikit-learn 1.9, for one.
        raise ContractError(
            "shap's values do not add up to the model's answers: it misreads this kind of model",
            remedy="Let Kernel SHAP explain the model, or try another version of shap.",
        ) from error
    values: NDArray[np.float64] = np.asarray(found, dtype=np.float64)
    return values[:, None, :] if values.ndim == 2 else np.moveaxis(values, 2, 1)
