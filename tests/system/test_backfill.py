"""A backfill of several windows under a real scheduler, and what follows from it, on the demonstration's traffic.

Four weeks of June and July 2013: the storms of the week of June 24 drift, the others are quiet.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from airflow_model_monitor.service.store import ExecutionStore
from demo.__main__ import prepare
from tests.system.stack import Stack

pytestmark = pytest.mark.system

WEEKS = [datetime(2013, 6, 10, tzinfo=UTC) + timedelta(weeks=number) for number in range(4)]
STORM = "2013-06-24T00:00:00Z"
MONITOR = "late-arrivals"


@pytest.fixture(scope="module")
def traffic(stack: Stack) -> Stack:
    """Captured data of the four weeks, and the baseline that ``flights_baseline`` made of January and February."""
    prepare(stack.demo, io.StringIO(), since=WEEKS[0], until=WEEKS[-1] + timedelta(weeks=1))
    stack.unpause("flights_baseline")
    assert stack.run("flights_baseline") == "success"
    return stack


@pytest.fixture(scope="module")
def replayed(traffic: Stack) -> Stack:
    """The four weeks, backfilled in the monitor's DAG and in the one that waits for it."""
    for dag in ("flights_retrain", "flights_alert", "flights_monitor"):
        traffic.unpause(dag)
    # The waiting DAG first: its sensors have to wait, so they go through the triggerer.
    for dag in ("flights_alert", "flights_monitor"):
        traffic.ask_for_backfill(dag, WEEKS[0], WEEKS[-1])
    for dag in ("flights_alert", "flights_monitor"):
        runs = traffic.until(lambda dag=dag: traffic.finished(dag, run_type="backfill", count=len(WEEKS)), seconds=300)
        assert [run["state"] for run in runs] == ["success"] * len(WEEKS), dag
    return traffic


def test_every_window_is_published(replayed: Stack) -> None:
    store = ExecutionStore(str(replayed.demo / "executions"))

    published = dict(store.list(MONITOR, endpoint=MONITOR))

    assert [key.window.start for key in published] == WEEKS
    assert [revision.execution.status for revision in published.values()] == [
        "Completed",
        "Completed",
        "CompletedWithViolations",
        "Completed",
    ]


def test_the_copy_for_readers_of_sagemakers_layout(replayed: Stack) -> None:
    folder = replayed.demo / "executions" / MONITOR / MONITOR / "2013/07/01/00"

    assert {"constraint_violations.json", "statistics.json", "constraints.json"} <= {p.name for p in folder.iterdir()}


def test_only_the_storm_makes_an_event_and_it_says_backfill(replayed: Stack) -> None:
    events = replayed.events("model-monitor://late-arrivals/violations")

    assert [event["extra"]["window"]["start"] for event in events] == [STORM]
    assert events[0]["extra"]["run_type"] == "backfill"
    assert events[0]["extra"]["counts"]["baseline_drift_check"] >= 1


def test_the_guard_keeps_a_replay_from_retraining(replayed: Stack) -> None:
    (run,) = replayed.until(
        lambda: replayed.finished("flights_retrain", run_type="asset_triggered", count=1), seconds=90
    )

    assert replayed.task_states("flights_retrain", run) == {"is_news": "success", "retrain": "skipped"}


def test_the_waiting_dag_spoke_up_for_the_storm_alone(replayed: Stack) -> None:
    runs = replayed.finished("flights_alert", run_type="backfill", count=len(WEEKS))
    assert runs is not None

    spoke = {run["data_interval_start"]: replayed.task_states("flights_alert", run)["alert"] for run in runs}

    assert {start for start, state in spoke.items() if state == "success"} == {STORM}
    assert set(spoke.values()) == {"success", "skipped"}
    storm = next(run for run in runs if run["data_interval_start"] == STORM)
    assert "dep_delay" in replayed.xcom("flights_alert", storm, "alert")


def test_the_task_links_to_its_report_in_airflow(replayed: Stack) -> None:
    runs = replayed.finished("flights_monitor", run_type="backfill", count=len(WEEKS))
    assert runs is not None
    storm = next(run for run in runs if run["data_interval_start"] == STORM)
    found = replayed.call("GET", f"dags/flights_monitor/dagRuns/{storm['dag_run_id']}/taskInstances/monitor/links")
    (link,) = found["extra_links"].values()

    page = httpx.get(replayed.url + link, headers=replayed.headers)

    assert page.status_code == 200
    assert "dep_delay" in page.text
