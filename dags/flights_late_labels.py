"""Every night, the weeks that newly arrived labels touch are merged and judged again, and no others.

One merge and one judgement per week, side by side: a week that fails does not keep the others from being revised.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, task_group
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.find_revisable_windows import find_revisable_windows
from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))
MONITOR = {
    "monitoring_schedule_name": "late-arrivals-quality",
    "endpoint_name": "late-arrivals",
    "output_uri": f"{ROOT}/executions",
}
# The rule by which flights_quality merges: what looks for labels elsewhere would find other windows.
LABELS = {
    "captured_data_uri": f"{ROOT}/traffic",
    "ground_truth_uri": f"{ROOT}/labels",
    "labels_days_after": 28,
}

with DAG(
    "flights_late_labels",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2013, 1, 7, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):

    @task_group
    def revise(window_start: Any, window_end: Any) -> None:
        """Merge one week again, and judge it by what is known now."""
        window = {"window_start": window_start, "window_end": window_end}
        merge = MergeGroundTruthOperator(task_id="merge", **MONITOR, **LABELS, **window)
        judge = RunMonitoringOperator(
            task_id="judge",
            monitoring_type="ModelQuality",
            problem_type="BinaryClassification",
            inference_attribute="0",
            probability_attribute="1",
            baseline_uri=f"{ROOT}/quality-baseline",
            **MONITOR,
            **window,
        )
        merge >> judge

    # [START howto_operator_find_revisable_windows]
    # Labels come within four weeks, and a look back of six would do; the demonstration revises its whole year at once.
    windows = find_revisable_windows(
        window_length=timedelta(weeks=1), look_back=timedelta(days=420), **MONITOR, **LABELS
    )
    revise.expand_kwargs(windows)
    # [END howto_operator_find_revisable_windows]
