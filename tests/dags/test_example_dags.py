"""``dags/`` as users get them: they import without a warning and run as they are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from demo.home import DAGS
from tests.airflow.outcomes import xcom
from tests.dags.conftest import STORM

PARSE = """
import json, sys
from demo.home import DAGS, dag_bag
bag = dag_bag(DAGS)
warnings = getattr(bag, "captured_warnings", {})
print(json.dumps([sorted(bag.dags), dict(bag.import_errors), {k: list(v) for k, v in warnings.items()}]))
"""
IDS = [
    "alert_on_drift",
    "approve_retraining",
    "baseline",
    "ground_truth_backfill",
    "model_monitor_scheduler",
    "monitor_attribution",
    "monitor_bias",
    "monitor_data_quality",
    "monitor_model_quality",
    "retrain_on_drift",
]
QUALITY = ExecutionKey("late-arrivals-quality", Window(STORM, STORM + timedelta(weeks=1)), "late-arrivals")


def test_they_import_without_errors_or_warnings() -> None:
    # In a process of its own: what was imported before cannot warn again.
    done = subprocess.run([sys.executable, "-c", PARSE], cwd=DAGS.parent, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout.splitlines()[-1]) == [IDS, {}, {}]


def test_they_run_in_the_order_of_a_first_visit(run_example: Callable[..., Any], week: Path) -> None:
    states = {dag_id: run_example(dag_id).state for dag_id in ("baseline", "monitor_data_quality", "alert_on_drift")}

    assert set(states.values()) == {"success"}, states
    assert (week / "baselines" / "late-arrivals" / "promotion.json").exists()
    assert (week / "executions/late-arrivals/late-arrivals/2013/07/01/00/constraint_violations.json").exists()


def test_late_labels_revise_the_week_they_belong_to(
    run_example: Callable[..., Any], week: Path, deliver_late_labels: Callable[[], int]
) -> None:
    for dag_id in ("baseline", "monitor_model_quality"):
        assert run_example(dag_id).state == "success"
    late = deliver_late_labels()

    night = run_example("ground_truth_backfill", at=STORM + timedelta(weeks=5))

    first, second = ExecutionStore(str(week / "executions")).revisions(QUALITY)
    assert night.state == "success"
    assert [one["window_start"] for one in xcom(night, "find_revisable_windows")] == ["2013-06-24T00:00:00Z"]
    assert (second.execution.rows or 0) - (first.execution.rows or 0) == late
    assert 0.8 < (first.execution.coverage or 0) < (second.execution.coverage or 0) <= 1
    assert first.execution.metrics["auc"] != second.execution.metrics["auc"]
