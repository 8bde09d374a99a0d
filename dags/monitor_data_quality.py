"""The endpoint's traffic is checked against the baseline, window by window.

The window of data is the DAG run's data interval, so ``airflow backfill create --dag-id monitor_data_quality …``
replays history.
"""

from __future__ import annotations

from airflow.sdk import DAG
from model_monitor_monitors import MONITORS, baseline_of, judged
from model_monitor_schedules import EVERY_WINDOW, WINDOWED
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator

with DAG("monitor_data_quality", schedule=EVERY_WINDOW, doc_md=__doc__, **WINDOWED):
    # [START howto_operator_run_monitoring]
    RunMonitoringOperator(
        task_id="monitor",
        monitoring_schedule_name=MONITORS["DataQuality"],
        endpoint_name=S.endpoint,
        captured_data_uri=S.captures,
        baseline_uri=baseline_of("DataQuality"),
        output_uri=S.executions,
        on_violation="continue",
        on_no_data="skip",
        **judged("DataQuality"),
    )
    # [END howto_operator_run_monitoring]
