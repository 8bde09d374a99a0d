"""Our pages as one application that Airflow's API server mounts under ``/model-monitor``."""

from __future__ import annotations

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI

from airflow_model_monitor.plugin.report_page import router


def create_app() -> FastAPI:
    """The application, closed to everybody who may not see the DAG run and the results of its tasks.

    A mounted application inherits no authentication, so every route is under this one dependency, and every path must
    carry ``dag_id``. FastAPI's own documentation pages would be routes without it; they are switched off.
    """
    app = FastAPI(title="Model Monitor", docs_url=None, redoc_url=None, openapi_url=None)
    guards = [Depends(requires_access_dag("GET", entity)) for entity in (DagAccessEntity.RUN, DagAccessEntity.XCOM)]
    app.include_router(router, dependencies=guards)
    return app
