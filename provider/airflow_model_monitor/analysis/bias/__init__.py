"""Bias of a dataset and of a model's predictions between groups of people, and its drift from a baseline."""

from __future__ import annotations

from airflow_model_monitor.analysis.bias.analysis import BiasResult, OriginalBias, analyze
from airflow_model_monitor.analysis.bias.drift import Comparison
from airflow_model_monitor.analysis.bias.metric_records import namespace

__all__ = ["BiasResult", "Comparison", "OriginalBias", "analyze", "namespace"]
