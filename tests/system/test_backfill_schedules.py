"""A backfill of the scheduler runs what was due then, once, each execution in a task named after its schedule."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleLifecycle, WantedSchedule
from airflow_model_monitor.runtimes.stored_schedules import StoredSchedules
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitoring_input import EndpointInput
from airflow_model_monitor.service.schedule_config import ScheduleConfig
from airflow_model_monitor.service.schedule_store import ScheduleStore
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from tests.airflow.labelled import HOUR
from tests.airflow.traffic import ENDPOINT, write_captured_hour
from tests.system.stack import Stack

pytestmark = pytest.mark.system

DAG = "model_monitor_scheduler"
AN_HOUR = timedelta(hours=1)
HOURS = [HOUR + number * AN_HOUR for number in range(5)]
EVERY = {"hourly": "cron(0 * ? * * *)", "two-hourly": "cron(0 0/2 ? * * *)"}


@pytest.fixture(scope="module")
def reports(stack: Stack) -> Path:
    """Two schedules, made just now, and hours of traffic from long before; three of them are backfilled."""
    home = stack.demo / "scheduled"
    for hour in HOURS:
        if hour != HOURS[2]:
            write_captured_hour(home / "captured", hour)
    definition = JobDefinition(
        monitoring_type="DataQuality",
        source=EndpointInput(endpoint=ENDPOINT),
        output_uri=str(home / "reports"),
        environment={"captured_data_uri": str(home / "captured"), "report_enabled": "false"},
        publish_cloudwatch_metrics=False,
    )
    for name, expression in EVERY.items():
        store = StoredSchedules(ScheduleStore(str(stack.demo / "schedules")))
        wanted = WantedSchedule(definition, ScheduleConfig(expression))
        ScheduleLifecycle(store, name, log=print).create(wanted)
    stack.unpause(DAG)
    stack.backfill(DAG, HOURS[1], HOURS[3])
    return home / "reports"


def revisions(reports: Path, schedule: str, hours: int) -> list[list[str]]:
    """Status and number of each revision, by the last hour of the window."""
    store = ExecutionStore(str(reports))
    keys = [ExecutionKey(schedule, Window(hour - (hours - 1) * AN_HOUR, hour + AN_HOUR), ENDPOINT) for hour in HOURS]
    return [[f"{one.number} {one.execution.status}" for one in store.revisions(key)] for key in keys]


def test_exactly_what_was_due_is_run_and_a_repeat_changes_nothing(stack: Stack, reports: Path) -> None:
    hourly = [[], ["1 Completed"], ["1 Failed"], ["1 Completed"], []]
    two_hourly = [[], [], ["1 Completed"], [], []]
    assert (revisions(reports, "hourly", 1), revisions(reports, "two-hourly", 2)) == (hourly, two_hourly)

    stack.backfill(DAG, HOURS[1], HOURS[3], reprocess="completed")

    assert (revisions(reports, "hourly", 1), revisions(reports, "two-hourly", 2)) == (hourly, two_hourly)


def test_each_task_is_named_after_its_schedule(stack: Stack, reports: Path) -> None:
    runs = stack.finished(DAG, run_type="backfill", count=3) or []
    named = [
        {
            str(one["rendered_map_index"])
            for one in stack.call("GET", f"dags/{DAG}/dagRuns/{run['dag_run_id']}/taskInstances")["task_instances"]
            if one["task_id"] == "run" and one["map_index"] >= 0
        }
        for run in sorted(runs, key=lambda run: run["logical_date"])
    ]

    assert {run["state"] for run in runs} == {"success"}
    assert sorted(map(sorted, named)) == [["hourly"], ["hourly"], ["hourly", "two-hourly"]]
