"""Every week, the arrivals that became known are merged with the classifier's answers, and the classifier is judged.

Labels that come later than this run are not lost: ``flights_late_labels`` finds the weeks they belong to. ``airflow
backfill create --dag-id flights_quality …`` merges and judges history again, week by week.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))

with DAG(
    "flights_quality",
    schedule=CronDataIntervalTimetable("0 0 * * MON", timezone="UTC"),
    start_date=datetime(2012, 12, 31, tzinfo=UTC),
    end_date=datetime(2013, 12, 30, tzinfo=UTC),
    catchup=False,
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):
    # [START howto_operator_merge_ground_truth]
    merge = MergeGroundTruthOperator(
        task_id="merge",
        monitoring_schedule_name="late-arrivals-quality",
        endpoint_name="late-arrivals",
        captured_data_uri=f"{ROOT}/traffic",
        ground_truth_uri=f"{ROOT}/labels",
        labels_days_after=28,
        output_uri=f"{ROOT}/executions",
    )
    # [END howto_operator_merge_ground_truth]
    # [START howto_operator_run_model_quality]
    judge = RunMonitoringOperator(
        task_id="judge",
        monitoring_schedule_name="late-arrivals-quality",
        monitoring_type="ModelQuality",
        problem_type="BinaryClassification",
        inference_attribute="0",
        probability_attribute="1",
        endpoint_name="late-arrivals",
        baseline_uri=f"{ROOT}/quality-baseline",
        output_uri=f"{ROOT}/executions",
    )
    # [END howto_operator_run_model_quality]
    merge >> judge
