"""Another team's DAG: it waits for the monitor's execution of the same week and speaks up about drifted columns.

Both sensors wait in the triggerer, so a week that is late costs no worker slot. They know the monitor only by its
output, not by its DAG.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, task
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor
from airflow_model_monitor.sensors.violation import ViolationSensor

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))
EXECUTION = {
    "output_uri": f"{ROOT}/executions",
    "monitoring_schedule_name": "late-arrivals",
    "endpoint_name": "late-arrivals",
}

with DAG(
    "flights_alert",
    schedule=CronDataIntervalTimetable("0 0 * * MON", timezone="UTC"),
    start_date=datetime(2012, 12, 31, tzinfo=UTC),
    end_date=datetime(2013, 12, 30, tzinfo=UTC),
    catchup=False,
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):

    @task
    def alert(found: dict[str, Any]) -> str:
        """The sentence to send to whoever is on call."""
        window = found["execution"]["window"]
        return f"Week from {window['start']}: {', '.join(found['features'])} drifted"

    # [START howto_sensor_violation]
    judged = MonitoringExecutionSensor(task_id="judged", deferrable=True, poke_interval=5, timeout=3600, **EXECUTION)
    drifted = ViolationSensor(
        task_id="drifted", check_types=["baseline_drift_check"], deferrable=True, poke_interval=5, **EXECUTION
    )
    # [END howto_sensor_violation]
    judged >> drifted
    alert(drifted.output)
