"""Pages in the Airflow UI."""

from __future__ import annotations

from airflow_model_monitor.plugin.registration import ModelMonitorPlugin

__all__ = ["ModelMonitorPlugin"]
