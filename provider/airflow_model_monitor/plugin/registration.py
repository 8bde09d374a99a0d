"""How Airflow finds our pages."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from airflow_model_monitor.links.address import PAGES_PREFIX


class ModelMonitorPlugin(AirflowPlugin):
    """Serves the reports of monitoring executions under ``/model-monitor``."""

    name = "model_monitor"

    # A property: plugins are loaded in every worker and DAG processor too, and only the API server needs FastAPI.
    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The pages as one application, built when the API server asks for it."""
        from airflow_model_monitor.plugin.app import create_app

        return [{"app": create_app(), "url_prefix": PAGES_PREFIX, "name": "Model Monitor"}]

    @property
    def listeners(self) -> list[Any]:  # type: ignore[override]
        """What puts tasks' notes to their DAG runs."""
        from airflow_model_monitor.plugin import run_notes

        return [run_notes]
