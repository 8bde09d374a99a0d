"""The labels that became known are merged with the model's answers, and the model is judged, window by window.

Labels that come later than this run are not lost: ``ground_truth_backfill`` finds the windows they belong to. ``airflow
backfill create --dag-id monitor_model_quality …`` merges and judges history again.
"""

from __future__ import annotations

from airflow.sdk import DAG
from model_monitor_monitors import JOB, MONITORS, QUALITY, baseline_of, judged
from model_monitor_schedules import EVERY_WINDOW, WINDOWED
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator

MONITOR = {
    "monitoring_schedule_name": MONITORS["ModelQuality"],
    "endpoint_name": S.endpoint,
    "output_uri": S.executions,
}

with DAG("monitor_model_quality", schedule=EVERY_WINDOW, doc_md=__doc__, **WINDOWED):
    # [START howto_operator_merge_ground_truth]
    merge = MergeGroundTruthOperator(
        task_id="merge",
        captured_data_uri=S.captures,
        ground_truth_uri=S.labels,
        labels_days_after=S.label.days_after,
        on_no_data="skip",
        on_no_labels="skip",
        **MONITOR,
        **JOB,
    )
    # [END howto_operator_merge_ground_truth]
    # [START howto_operator_run_model_quality]
    judge = RunMonitoringOperator(
        task_id="judge",
        monitoring_type="ModelQuality",
        # Places in the answer, such as "1,0.8312": the class, then its probability.
        inference_attribute="0",
        probability_attribute="1",
        baseline_uri=baseline_of("ModelQuality"),
        **QUALITY,
        **MONITOR,
        **judged("ModelQuality"),
    )
    # [END howto_operator_run_model_quality]
    merge >> judge
