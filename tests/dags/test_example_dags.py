"""``dags/`` as users get them: they import without a warning and run as they are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo.home import DAGS

PARSE = """
import json, sys
from demo.home import DAGS, dag_bag
bag = dag_bag(DAGS)
warnings = getattr(bag, "captured_warnings", {})
print(json.dumps([sorted(bag.dags), dict(bag.import_errors), {k: list(v) for k, v in warnings.items()}]))
"""
IDS = ["flights_alert", "flights_baseline", "flights_monitor", "flights_retrain"]


def test_they_import_without_errors_or_warnings() -> None:
    # In a process of its own: what was imported before cannot warn again.
    done = subprocess.run([sys.executable, "-c", PARSE], cwd=DAGS.parent, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout.splitlines()[-1]) == [IDS, {}, {}]


def test_they_run_in_the_order_of_a_first_visit(run_example: Callable[..., Any], week: Path) -> None:
    states = {dag_id: run_example(dag_id).state for dag_id in ("flights_baseline", "flights_monitor", "flights_alert")}

    assert set(states.values()) == {"success"}, states
    assert (week / "baseline" / "constraints.json").exists()
    assert (week / "executions/late-arrivals/late-arrivals/2013/07/01/00/constraint_violations.json").exists()


def test_a_run_without_events_retrains_nothing(run_example: Callable[..., Any]) -> None:
    run = run_example("flights_retrain")

    assert run.state == "success"
    assert {ti.task_id: ti.state for ti in run.get_task_instances()} == {"is_news": "success", "retrain": "skipped"}
