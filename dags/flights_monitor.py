"""Every week of 2013, the traffic of the endpoint ``late-arrivals`` is checked against its baseline.

The window of data is the DAG run's data interval, so ``airflow backfill create --dag-id flights_monitor …`` replays
history. The timetable is named because a plain cron string gives runs an empty interval in Airflow 3.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))

with DAG(
    "flights_monitor",
    schedule=CronDataIntervalTimetable("0 0 * * MON", timezone="UTC"),
    start_date=datetime(2012, 12, 31, tzinfo=UTC),
    end_date=datetime(2013, 12, 30, tzinfo=UTC),
    catchup=False,
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):
    # [START howto_operator_run_monitoring]
    RunMonitoringOperator(
        task_id="monitor",
        monitoring_schedule_name="late-arrivals",
        endpoint_name="late-arrivals",
        captured_data_uri=f"{ROOT}/traffic",
        baseline_uri=f"{ROOT}/baseline",
        output_uri=f"{ROOT}/executions",
        on_violation="continue",
    )
    # [END howto_operator_run_monitoring]
