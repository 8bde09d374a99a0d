"""How good a model is: its predictions beside the ground truth."""

from __future__ import annotations

from airflow_model_monitor.analysis.model_quality.analysis import ModelQualityResult, analyze

__all__ = ["ModelQualityResult", "analyze"]
