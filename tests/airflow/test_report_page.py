"""The report's page: for those who may see the DAG run, and for reports alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.links.report import REPORT_KEY
from airflow_model_monitor.plugin import ModelMonitorPlugin
from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor
from tests.airflow.executions import DRIFT, HOUR, RUN_AT, publish
from tests.airflow.outcomes import xcom
from tests.airflow.traffic import ENDPOINT, MONITOR

Run = Callable[..., Any]
HTML = "<!doctype html><h1>Flights</h1>"


@pytest.fixture(scope="module")
def client(airflow_db: None) -> Iterator[Any]:
    """Airflow's API server, with whatever plugins are installed."""
    from airflow.api_fastapi.app import create_app
    from fastapi.testclient import TestClient

    app = create_app(apps="core")
    with TestClient(app, base_url="http://testserver") as served:
        served.auth_manager = app.state.auth_manager  # type: ignore[attr-defined]
        yield served


def headers(client: Any, role: str | None) -> dict[str, str]:
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = client.auth_manager.generate_jwt(SimpleAuthManagerUser(username="somebody", role=role))
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def run(tmp_path: Path, run_dag: Run) -> Any:
    """A DAG run whose task published a report."""
    publish(tmp_path / "executions", DRIFT, report=HTML)
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG(f"page-{tmp_path.name}", schedule=timetable, start_date=HOUR, catchup=False) as dag:
        MonitoringExecutionSensor(
            task_id="sense",
            output_uri=str(tmp_path / "executions"),
            monitoring_schedule_name=MONITOR,
            endpoint_name=ENDPOINT,
        )
    return run_dag(dag, logical_date=RUN_AT)


def address(run: Any, task_id: str = "sense") -> str:
    return f"/model-monitor/report/{run.dag_id}/{quote(run.run_id, safe='')}/{task_id}/-1"


def repoint(run: Any, value: Any) -> None:
    """What somebody who may write XComs could do."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        [entry] = session.scalars(XComModel.get_many(run_id=run.run_id, key=REPORT_KEY, dag_ids=run.dag_id)).all()
        entry.value = value


def test_the_link_opens_the_report(client: Any, run: Any) -> None:
    response = client.get(xcom(run, "sense", key="_link_ReportLink"), headers=headers(client, "viewer"))

    assert (response.status_code, response.text) == (200, HTML)
    assert "sandbox" in response.headers["content-security-policy"]
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_anonymous_and_powerless_users_see_nothing(client: Any, run: Any) -> None:
    assert client.get(address(run)).status_code == 401
    assert client.get(address(run), headers={"Authorization": "Bearer nonsense"}).status_code in (401, 403)
    assert client.get(address(run), headers=headers(client, None)).status_code == 403


def test_every_route_asks_for_the_dag_run_and_its_results(client: Any) -> None:
    [mounted] = ModelMonitorPlugin().fastapi_apps
    # From FastAPI 0.137 on, which Airflow 3.2's set has, an included router is one entry that tells its routes.
    routes = [
        route
        for entry in mounted["app"].routes
        for route in (entry.effective_route_contexts() if hasattr(entry, "effective_route_contexts") else [entry])
    ]

    assert [route.path for route in routes] == ["/report/{dag_id}/{run_id}/{task_id}/{map_index}"]
    for route in routes:
        assert "{dag_id}" in route.path
        assert len(route.dependencies) == 2
    for path in ("/model-monitor/docs", "/model-monitor/openapi.json", "/model-monitor/"):
        assert client.get(path).status_code in (401, 404)


def test_a_task_without_a_report_has_no_page(client: Any, run: Any) -> None:
    assert client.get(address(run, "other"), headers=headers(client, "viewer")).status_code == 404


@pytest.mark.parametrize(
    "value",
    [
        {"revision_url": "/etc"},
        {"revision_url": "file:///etc/passwd"},
        {"revision_url": "http://169.254.169.254/latest"},
        {"revision_url": "simplecache::http://169.254.169.254/latest"},
        {"revision_url": ["/etc"]},
        {},
        "not an object",
    ],
)
def test_an_xcom_leads_nowhere_but_to_reports(client: Any, run: Any, value: Any) -> None:
    repoint(run, value)

    response = client.get(address(run), headers=headers(client, "viewer"))

    assert response.status_code in (404, 410)
    assert "root:" not in response.text


def test_a_report_that_was_changed_is_not_served(client: Any, run: Any) -> None:
    Path(xcom(run, "sense")["report_url"]).write_text("<script>alert(1)</script>")

    response = client.get(address(run), headers=headers(client, "viewer"))

    assert response.status_code == 410
    assert "script" not in response.text


def test_paths_in_the_address_are_ids(client: Any, run: Any) -> None:
    sneaky = f"/model-monitor/report/{run.dag_id}/..%2F..%2Fetc/passwd/-1"

    assert client.get(sneaky, headers=headers(client, "viewer")).status_code == 404
