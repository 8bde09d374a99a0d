"""Every week, the classifier is asked what it goes by: Kernel SHAP of the week's captured requests.

Features that change places against the baseline are a violation, whether or not the answers are still right. The
classifier has to answer at ``MODEL_MONITOR_DEMO_MODEL``; the endpoint that is watched is never asked by itself.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))
MODEL = os.environ.get("MODEL_MONITOR_DEMO_MODEL", "http://127.0.0.1:8013")

with DAG(
    "flights_attribution",
    schedule=CronDataIntervalTimetable("0 0 * * MON", timezone="UTC"),
    start_date=datetime(2012, 12, 31, tzinfo=UTC),
    end_date=datetime(2013, 12, 30, tzinfo=UTC),
    catchup=False,
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):
    # [START howto_operator_run_explainability]
    RunMonitoringOperator(
        task_id="explain",
        monitoring_schedule_name="late-arrivals-attribution",
        monitoring_type="ModelExplainability",
        endpoint_name="late-arrivals",
        captured_data_uri=f"{ROOT}/traffic",
        headers=["dep_delay", "distance", "hour", "carrier", "origin"],
        model_config={"endpoint_url": MODEL, "label_headers": ["late"]},
        shap_config={"baseline": [[0, 1000, 12, "UA", "EWR"]], "seed": 2013},
        baseline_uri=f"{ROOT}/attribution-baseline",
        output_uri=f"{ROOT}/executions",
    )
    # [END howto_operator_run_explainability]
