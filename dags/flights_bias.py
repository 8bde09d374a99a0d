"""Every week, the classifier's answers and what came true of them are compared between New York's airports.

What is judged is what ``flights_quality`` merged: this DAG waits for that week, and merges nothing itself.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))

with DAG(
    "flights_bias",
    schedule=CronDataIntervalTimetable("0 0 * * MON", timezone="UTC"),
    start_date=datetime(2012, 12, 31, tzinfo=UTC),
    end_date=datetime(2013, 12, 30, tzinfo=UTC),
    catchup=False,
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):
    merged = MonitoringExecutionSensor(
        task_id="merged",
        monitoring_schedule_name="late-arrivals-quality",
        endpoint_name="late-arrivals",
        output_uri=f"{ROOT}/executions",
        deferrable=True,
        poke_interval=5,
        timeout=3600,
    )
    # [START howto_operator_run_bias]
    measure = RunMonitoringOperator(
        task_id="measure_bias",
        monitoring_schedule_name="late-arrivals-bias",
        monitoring_type="ModelBias",
        ground_truth_schedule_name="late-arrivals-quality",
        endpoint_name="late-arrivals",
        inference_attribute="0",
        headers=["dep_delay", "distance", "hour", "carrier", "origin", "late"],
        label="late",
        bias_config={"label_values_or_threshold": [1], "facet": [{"name_or_index": "origin"}]},
        baseline_uri=f"{ROOT}/bias-baseline",
        output_uri=f"{ROOT}/executions",
    )
    # [END howto_operator_run_bias]
    merged >> measure
