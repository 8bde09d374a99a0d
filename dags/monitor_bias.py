"""The model's answers and what came true of them are compared between groups, window by window.

What is judged is what ``monitor_model_quality`` merged: this DAG waits for that window, and merges nothing itself.
"""

from __future__ import annotations

from airflow.sdk import DAG
from model_monitor_monitors import BIAS, CONNECTED, MONITORS, baseline_of, judged
from model_monitor_schedules import EVERY_WINDOW, WINDOWED
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor

if S.bias:
    with DAG("monitor_bias", schedule=EVERY_WINDOW, doc_md=__doc__, **WINDOWED):
        merged = MonitoringExecutionSensor(
            task_id="merged",
            monitoring_schedule_name=MONITORS["ModelQuality"],
            endpoint_name=S.endpoint,
            output_uri=S.executions,
            deferrable=True,
            poke_interval=5,
            timeout=3600,
            **CONNECTED,
        )
        # [START howto_operator_run_bias]
        measure = RunMonitoringOperator(
            task_id="measure_bias",
            monitoring_schedule_name=MONITORS["ModelBias"],
            monitoring_type="ModelBias",
            ground_truth_schedule_name=MONITORS["ModelQuality"],
            endpoint_name=S.endpoint,
            inference_attribute="0",
            headers=[*S.request.features, S.label.name],
            baseline_uri=baseline_of("ModelBias"),
            output_uri=S.executions,
            **BIAS,
            **judged("ModelBias"),
        )
        # [END howto_operator_run_bias]
        merged >> measure
