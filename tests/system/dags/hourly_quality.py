"""An hourly merge for the system tests: traffic and labels stand below ``$MODEL_MONITOR_DEMO/hourly``."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator

ROOT = f"{os.environ.get('MODEL_MONITOR_DEMO', '.')}/hourly"

with DAG(
    "hourly_quality",
    schedule=CronDataIntervalTimetable("@hourly", timezone="UTC"),
    start_date=datetime(2026, 1, 2, tzinfo=UTC),
    end_date=datetime(2026, 1, 3, tzinfo=UTC),
    catchup=False,
):
    MergeGroundTruthOperator(
        task_id="merge",
        monitoring_schedule_name="late-arrivals-quality",
        endpoint_name="flights",
        captured_data_uri=f"{ROOT}/traffic",
        ground_truth_uri=f"{ROOT}/labels",
        labels_days_after=7,
        output_uri=f"{ROOT}/out",
    )
