"""Every night, the windows that newly arrived labels touch are merged and judged again, and no others.

One merge and one judgement per window, side by side: a window that fails does not keep the others from being revised.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task_group
from airflow.timetables.interval import CronDataIntervalTimetable
from model_monitor_monitors import JOB, MONITORS, QUALITY, baseline_of, judged
from model_monitor_schedules import RETRIED, WINDOWED
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.operators.find_revisable_windows import find_revisable_windows
from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator

MONITOR = {
    "monitoring_schedule_name": MONITORS["ModelQuality"],
    "endpoint_name": S.endpoint,
    "output_uri": S.executions,
}
# The rule by which monitor_model_quality merges: what looks for labels elsewhere would find other windows.
LABELS = {
    "captured_data_uri": S.captures,
    "ground_truth_uri": S.labels,
    "labels_days_after": S.label.days_after,
}

with DAG(
    "ground_truth_backfill",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=S.windows.start,
    catchup=False,
    default_args=RETRIED,
    max_active_runs=1,
    tags=WINDOWED["tags"],
    doc_md=__doc__,
):

    @task_group
    def revise(window_start: Any, window_end: Any) -> None:
        """Merge one window again, and judge it by what is known now and by the baseline of its time."""
        window = {"window_start": window_start, "window_end": window_end}
        merge = MergeGroundTruthOperator(task_id="merge", **MONITOR, **LABELS, **window, **JOB)
        judge = RunMonitoringOperator(
            task_id="judge",
            monitoring_type="ModelQuality",
            inference_attribute="0",
            probability_attribute="1",
            baseline_uri=baseline_of("ModelQuality"),
            **QUALITY,
            **MONITOR,
            **window,
            **judged("ModelQuality"),
        )
        merge >> judge

    # [START howto_operator_find_revisable_windows]
    windows = find_revisable_windows(
        window_length=None,
        look_back=timedelta(days=S.label.look_back_days),
        aws_conn_id=S.connection,
        **MONITOR,
        **LABELS,
    )
    revise.expand_kwargs(windows)
    # [END howto_operator_find_revisable_windows]
