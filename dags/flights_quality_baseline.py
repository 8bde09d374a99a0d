"""The baseline of model quality: how right the classifier was about January and February 2013.

Run it once before ``flights_quality``; ``make demo`` does. The dataset holds, for every departure that arrived, the
label (1: more than a quarter of an hour late), the predicted class and the probability behind it.

The suggested thresholds are the baseline's own figures, so about every second week would miss one of them by chance.
They are made to be edited: here by a task, elsewhere by hand. Monitors go by the edited file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, ObjectStoragePath, task

from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator

ROOT = os.environ.get("MODEL_MONITOR_DEMO", str(Path.home() / "model-monitor-demo"))

MARGIN = 0.05

with DAG("flights_quality_baseline", schedule=None, catchup=False, tags=["model-monitor", "example"], doc_md=__doc__):
    # [START howto_operator_suggest_quality_baseline]
    suggested = SuggestBaselineOperator(
        task_id="suggest_baseline",
        monitoring_schedule_name="late-arrivals-quality",
        monitoring_type="ModelQuality",
        problem_type="BinaryClassification",
        dataset=f"{ROOT}/training/quality.csv",
        dataset_format={"csv": {"header": True, "output_columns_position": "START"}},
        ground_truth_attribute="late",
        inference_attribute="predicted_late",
        probability_attribute="probability",
        baseline_uri=f"{ROOT}/quality-baseline",
    )
    # [END howto_operator_suggest_quality_baseline]

    # [START howto_edit_thresholds]
    @task
    def allow_for_chance(baseline: dict[str, Any]) -> None:
        """Let every threshold give way: weeks differ, and the classifier learned from these two months."""
        file = ObjectStoragePath(f"{baseline['baseline_url']}/constraints.json")
        document = json.loads(file.read_text())
        for constraint in document["binary_classification_constraints"].values():
            at_least = constraint["comparison_operator"] == "LessThanThreshold"
            constraint["threshold"] += -MARGIN if at_least else MARGIN
        file.write_text(json.dumps(document, indent=2))

    allow_for_chance(suggested.output)
    # [END howto_edit_thresholds]
