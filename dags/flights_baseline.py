"""The baseline of the flights demonstration: what January and February 2013 looked like.

Run it once before ``flights_monitor``, and again whenever a new model gets a new normal; ``make demo`` does both.
"""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import DAG

from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator

# Any fsspec URL: a local folder here, s3://… with an Airflow connection elsewhere.
ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))

with DAG("flights_baseline", schedule=None, catchup=False, tags=["model-monitor", "example"], doc_md=__doc__):
    # [START howto_operator_suggest_baseline]
    SuggestBaselineOperator(
        task_id="suggest_baseline",
        monitoring_schedule_name="late-arrivals",
        dataset=f"{ROOT}/training/january-february.csv",
        dataset_format={"csv": {"header": True, "output_columns_position": "START"}},
        baseline_uri=f"{ROOT}/baseline",
    )
    # [END howto_operator_suggest_baseline]
