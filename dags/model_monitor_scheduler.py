"""Every hour, the monitoring schedules of a folder that are due are run, each in a task of its own.

``CreateMonitoringScheduleOperator(runtime="worker", store_uri=…)`` puts schedules there. The folder is that of the
environment variable ``MODEL_MONITOR_STORE``, else ``schedules`` below the other examples' home. ``airflow backfill
create --dag-id model_monitor_scheduler …`` runs what was due in the past, with the schedules as they are now; hours
that Airflow missed are made up in the same way.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.assets import violations_asset
from airflow_model_monitor.operators.list_due_schedules import ListDueSchedulesOperator
from airflow_model_monitor.operators.run_scheduled_execution import RunScheduledExecutionOperator

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))
STORE = os.environ.get("MODEL_MONITOR_STORE", f"{ROOT}/schedules")

with DAG(
    "model_monitor_scheduler",
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=datetime(2013, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=4,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):
    # [START howto_operator_run_scheduled_execution]
    due = ListDueSchedulesOperator(task_id="due", store_uri=STORE)
    RunScheduledExecutionOperator.partial(
        task_id="run",
        store_uri=STORE,
        map_index_template="{{ task.monitoring_schedule_name }}",
        max_active_tis_per_dagrun=4,
        # Schedules come and go, assets do not: beside the one for all of them, add those that a DAG listens to.
        outlets=[violations_asset("model-monitor-scheduler")],
    ).expand_kwargs(due.output)
    # [END howto_operator_run_scheduled_execution]
