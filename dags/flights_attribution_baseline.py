"""The attribution baseline of the flights demonstration: what the classifier went by in January and February.

Run it once before ``flights_attribution``; the classifier has to answer at ``MODEL_MONITOR_DEMO_MODEL``.
"""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import DAG

from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))
MODEL = os.environ.get("MODEL_MONITOR_DEMO_MODEL", "http://127.0.0.1:8013")

with DAG(
    "flights_attribution_baseline", schedule=None, catchup=False, tags=["model-monitor", "example"], doc_md=__doc__
):
    # [START howto_operator_suggest_attribution_baseline]
    SuggestBaselineOperator(
        task_id="suggest_attribution_baseline",
        monitoring_schedule_name="late-arrivals-attribution",
        monitoring_type="ModelExplainability",
        dataset=f"{ROOT}/training/requests.csv",
        dataset_format={"csv": {"header": True}},
        headers=["dep_delay", "distance", "hour", "carrier", "origin"],
        model_config={"endpoint_url": MODEL, "label_headers": ["late"]},
        # A feature counts by what it changes about this departure: on time, at noon, with the largest carrier.
        shap_config={"baseline": [[0, 1000, 12, "UA", "EWR"]], "seed": 2013},
        baseline_uri=f"{ROOT}/attribution-baseline",
    )
    # [END howto_operator_suggest_attribution_baseline]
