"""A backfill of half a year under a real scheduler, and what follows from it, on the demonstration's traffic.

26 weeks from May 2013 are monitored; another DAG waits for four of them, of which the storms of June 24 drift.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from airflow_model_monitor.service.model_versions import ModelVersions
from airflow_model_monitor.service.store import ExecutionStore
from demo.replay import prepare
from tests.system.stack import Stack

pytestmark = pytest.mark.system

HALF_A_YEAR = [datetime(2013, 5, 6, tzinfo=UTC) + timedelta(weeks=number) for number in range(26)]
WEEKS = HALF_A_YEAR[5:9]
DRIFTED = ["2013-05-20", "2013-06-24", "2013-07-08", "2013-07-22", "2013-09-02", "2013-09-23"]
STORM = "2013-06-24T00:00:00Z"
MONITOR = "late-arrivals"
# The waiting DAG first: its sensors have to wait, so they go through the triggerer.
BACKFILLED = {"alert_on_drift": WEEKS, "monitor_data_quality": HALF_A_YEAR}


@pytest.fixture(scope="module")
def traffic(stack: Stack) -> Stack:
    """Captured data of the half year, and the baseline that ``baseline`` made of January and February."""
    prepare(stack.demo, io.StringIO(), since=HALF_A_YEAR[0], until=HALF_A_YEAR[-1] + timedelta(weeks=1))
    stack.unpause("baseline")
    assert stack.run("baseline") == "success"
    return stack


@pytest.fixture(scope="module")
def replayed(traffic: Stack) -> Stack:
    """The half year backfilled in the monitor's DAG, and four weeks of it in the one that waits for it."""
    for dag in ("retrain_on_drift", *BACKFILLED):
        traffic.unpause(dag)
    for dag, weeks in BACKFILLED.items():
        traffic.ask_for_backfill(dag, weeks[0], weeks[-1])
    for dag, weeks in BACKFILLED.items():
        runs = traffic.until(
            lambda dag=dag, weeks=weeks: traffic.finished(dag, run_type="backfill", count=len(weeks)), seconds=900
        )
        assert [run["state"] for run in runs] == ["success"] * len(weeks), dag
    return traffic


def test_every_window_is_published(replayed: Stack) -> None:
    store = ExecutionStore(str(replayed.demo / "executions"))

    published = dict(store.list(MONITOR, endpoint=MONITOR))

    assert [key.window.start for key in published] == HALF_A_YEAR
    drifted = [
        k for k, revision in published.items() if "baseline_drift_check" in revision.execution.violations_by_check
    ]
    assert [f"{key.window.start:%Y-%m-%d}" for key in drifted] == DRIFTED


def test_the_copy_for_readers_of_sagemakers_layout(replayed: Stack) -> None:
    folder = replayed.demo / "executions" / MONITOR / MONITOR / "2013/07/01/00"

    assert {"constraint_violations.json", "statistics.json", "constraints.json"} <= {p.name for p in folder.iterdir()}


def violations(replayed: Stack) -> list[dict[str, Any]]:
    return replayed.events("model-monitor://late-arrivals/violations")


def test_every_violation_makes_an_event_and_it_says_backfill(replayed: Stack) -> None:
    events = violations(replayed)

    assert {event["extra"]["run_type"] for event in events} == {"backfill"}
    drifted = {e["extra"]["window"]["start"][:10] for e in events if "baseline_drift_check" in e["extra"]["counts"]}
    assert sorted(drifted) == DRIFTED


def test_a_backfill_of_26_windows_retrains_nothing(replayed: Stack) -> None:
    asked = {"run_type": "asset_triggered", "limit": 100}

    def all_dealt_with() -> list[dict[str, Any]] | None:
        runs = replayed.call("GET", "dags/retrain_on_drift/dagRuns", params=asked)["dag_runs"]
        if any(run["state"] not in ("success", "failed") for run in runs):
            return None
        path = "dags/retrain_on_drift/dagRuns/{}/upstreamAssetEvents"
        seen = [e["id"] for run in runs for e in replayed.call("GET", path.format(run["dag_run_id"]))["asset_events"]]
        return runs if {event["id"] for event in violations(replayed)} <= set(seen) else None

    runs = replayed.until(all_dealt_with, seconds=300)

    for run in runs:
        states = replayed.task_states("retrain_on_drift", run)
        assert states.pop("guards") == "success"
        assert set(states.values()) == {"skipped"}
        assert "come from backfills" in replayed.xcom("retrain_on_drift", run, "guards")["reason"]
    versions = ModelVersions(str(replayed.demo / "models" / MONITOR))
    assert [one.reason for one in versions.deployments()] == ["the first model"]


def test_the_waiting_dag_spoke_up_for_the_storm_alone(replayed: Stack) -> None:
    runs = replayed.finished("alert_on_drift", run_type="backfill", count=len(WEEKS))
    assert runs is not None

    spoke = {run["data_interval_start"]: replayed.task_states("alert_on_drift", run)["alert"] for run in runs}

    assert {start for start, state in spoke.items() if state == "success"} == {STORM}
    assert set(spoke.values()) == {"success", "skipped"}
    storm = next(run for run in runs if run["data_interval_start"] == STORM)
    assert "dep_delay" in replayed.xcom("alert_on_drift", storm, "alert")


def test_the_task_links_to_its_report_in_airflow(replayed: Stack) -> None:
    runs = replayed.finished("monitor_data_quality", run_type="backfill", count=len(HALF_A_YEAR))
    assert runs is not None
    storm = next(run for run in runs if run["data_interval_start"] == STORM)
    found = replayed.call("GET", f"dags/monitor_data_quality/dagRuns/{storm['dag_run_id']}/taskInstances/monitor/links")
    link = found["extra_links"]["Monitoring report"]

    page = httpx.get(replayed.url + link, headers=replayed.headers)

    assert page.status_code == 200
    assert "dep_delay" in page.text
