"""The assets of a monitor, declared when a DAG is parsed: its baseline, its violations, its merged ground truth."""

from __future__ import annotations

from airflow_model_monitor.assets.monitor import baseline_asset, ground_truth_asset, violations_asset

__all__ = ["baseline_asset", "ground_truth_asset", "violations_asset"]
