"""The example DAGs of the two Clarify monitors, on a week of the demonstration's traffic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from tests.dags.conftest import STORM

WINDOW = Window(STORM, STORM + timedelta(weeks=1))


def published(week: Path, monitor: str) -> Revision:
    revision = ExecutionStore(str(week / "executions")).read(ExecutionKey(monitor, WINDOW, "late-arrivals"))
    assert revision is not None
    return revision


def test_airports_are_compared_by_what_was_merged(run_example: Callable[..., Any], week: Path) -> None:
    states = {dag_id: run_example(dag_id).state for dag_id in ("baseline", "monitor_model_quality", "monitor_bias")}

    assert set(states.values()) == {"success"}, states
    quality, bias = (published(week, f"late-arrivals-{monitor}").execution for monitor in ("quality", "bias"))
    assert (bias.rows, bias.merge_revision) == (quality.rows, quality.merge_revision)
    assert {"EWR", "JFK", "LGA"} == {name.split(".")[2] for name in bias.metrics}


def test_the_model_that_serves_is_asked_what_it_goes_by(run_example: Callable[..., Any], week: Path) -> None:
    states = [run_example(dag_id).state for dag_id in ("baseline", "monitor_attribution")]

    assert states == ["success", "success"]
    assert 0.5 < published(week, "late-arrivals-attribution").execution.metrics["ndcg.late"] <= 1
