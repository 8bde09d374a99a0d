"""The bias baseline of the flights demonstration: how alike the classifier treated New York's airports at first.

Run it once before ``flights_bias``. Every airport of origin is compared with the other two, by what came true in
January and February and by what the classifier said of it.
"""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import DAG

from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))

with DAG("flights_bias_baseline", schedule=None, catchup=False, tags=["model-monitor", "example"], doc_md=__doc__):
    # [START howto_operator_suggest_bias_baseline]
    SuggestBaselineOperator(
        task_id="suggest_bias_baseline",
        monitoring_schedule_name="late-arrivals-bias",
        monitoring_type="ModelBias",
        dataset=f"{ROOT}/training/bias.csv",
        dataset_format={"csv": {"header": True}},
        headers=["dep_delay", "distance", "hour", "carrier", "origin", "predicted_late", "late"],
        label="late",
        inference_attribute="predicted_late",
        bias_config={"label_values_or_threshold": [1], "facet": [{"name_or_index": "origin"}]},
        baseline_uri=f"{ROOT}/bias-baseline",
    )
    # [END howto_operator_suggest_bias_baseline]
