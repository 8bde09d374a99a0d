"""Kernel SHAP: what each feature adds to a model's answers, row by row and over a data set."""

from __future__ import annotations

from airflow_model_monitor.analysis.kernel_shap.baseline_suggestion import suggest_baseline
from airflow_model_monitor.analysis.kernel_shap.explanation import Explanation, explain
from airflow_model_monitor.analysis.kernel_shap.kernel_shap import KernelShap, LocalValues

__all__ = ["Explanation", "KernelShap", "LocalValues", "explain", "suggest_baseline"]
