"""Another team's DAG: it waits for the monitor's execution of the same window and speaks up about drifted columns.

Both sensors wait in the triggerer, so a window that is late costs no worker slot. They know the monitor only by its
output, not by its DAG.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task
from model_monitor_monitors import CONNECTED, MONITORS
from model_monitor_schedules import EVERY_WINDOW, WINDOWED
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor
from airflow_model_monitor.sensors.violation import ViolationSensor

EXECUTION = {
    "output_uri": S.executions,
    "monitoring_schedule_name": MONITORS["DataQuality"],
    "endpoint_name": S.endpoint,
    **CONNECTED,
}

with DAG("alert_on_drift", schedule=EVERY_WINDOW, doc_md=__doc__, **WINDOWED):

    @task
    def alert(found: dict[str, Any]) -> str:
        """The sentence to send to whoever is on call."""
        window = found["execution"]["window"]
        return f"Window from {window['start']}: {', '.join(found['features'])} drifted"

    # [START howto_sensor_violation]
    judged = MonitoringExecutionSensor(task_id="judged", deferrable=True, poke_interval=5, timeout=3600, **EXECUTION)
    drifted = ViolationSensor(
        task_id="drifted", check_types=["baseline_drift_check"], deferrable=True, poke_interval=5, **EXECUTION
    )
    # [END howto_sensor_violation]
    judged >> drifted
    alert(drifted.output)
