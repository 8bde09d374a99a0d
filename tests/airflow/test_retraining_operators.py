"""Labelled windows gathered, two models compared, a baseline promoted and taken back: through real DAG runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_model_monitor.operators.collect_labelled_windows import CollectLabelledWindowsOperator
from airflow_model_monitor.operators.compare_models import CompareModelsOperator
from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.operators.promote_baseline import PromoteBaselineOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from tests.airflow.classifier import threshold_model
from tests.airflow.labelled import ENDPOINT, HOUR, MONITOR, hourly_dag, places, truth, write_captures, write_labels
from tests.airflow.outcomes import asset_events, states, xcom
from tests.airflow.traffic import write_training_data

Run = Callable[..., Any]
HOURS = [HOUR + timedelta(hours=number) for number in range(3)]
UNTIL = HOURS[-1] + timedelta(hours=1)


@pytest.fixture
def merged(tmp_path: Path, run_dag: Run) -> Path:
    """Three hours of traffic, merged with their labels."""
    with hourly_dag(f"merge-{tmp_path.name}") as dag:
        MergeGroundTruthOperator(
            task_id="merge", monitoring_schedule_name=MONITOR, output_uri=str(tmp_path / "out"), **places(tmp_path)
        )
    for hour in HOURS:
        write_captures(tmp_path, hour)
        write_labels(tmp_path, range(40), hour)
        assert run_dag(dag, logical_date=hour + timedelta(hours=1)).state == "success"
    return tmp_path


def collect(root: Path, **changed: Any) -> CollectLabelledWindowsOperator:
    arguments = {
        "task_id": "collect",
        "monitoring_schedule_name": MONITOR,
        "output_uri": str(root / "out"),
        "dataset_uri": str(root / "datasets"),
        "endpoint_name": ENDPOINT,
        "headers": ["number", "carrier"],
        "label": "late",
        "windows": 1,
        "until": UNTIL.isoformat(),
    }
    return CollectLabelledWindowsOperator(**{**arguments, **changed})


def comparing(root: Path, champion: dict[str, Any], challenger: dict[str, Any], **changed: Any) -> DAG:
    with DAG(f"compare-{root.name}", schedule=None) as dag:
        rows = collect(root)
        models = {"champion": champion, "challenger": challenger}
        compare = CompareModelsOperator(task_id="compare", dataset=rows.output, label="late", **models, **changed)
        after = collect(root, task_id="after")
        compare >> after
    return dag


def test_the_newest_windows_are_gathered_and_the_skipped_left_out(merged: Path, run_dag: Run) -> None:
    with DAG(f"collect-{merged.name}", schedule=None) as dag:
        collect(merged, windows=2, skip_newest=1)

    run = run_dag(dag)

    found = xcom(run, "collect")
    lines = Path(found["dataset"]).read_text().splitlines()
    assert lines[0] == "number,carrier,late"
    assert lines[1:41] == [f"{number},AA,{truth(number)}" for number in range(40)]
    assert (found["rows"], len(lines)) == (80, 81)
    assert [window["start"] for window in found["windows"]] == ["2026-01-02T01:00:00Z", "2026-01-02T02:00:00Z"]


def test_too_few_windows_fail_and_say_how_many_there_are(merged: Path, run_dag: Run) -> None:
    with DAG(f"few-{merged.name}", schedule=None) as dag:
        collect(merged, windows=3, skip_newest=1)

    assert states(run_dag(dag))["collect"][0] == "failed"


def test_the_better_one_goes_on_and_the_worse_one_is_rejected(merged: Path, run_dag: Run) -> None:
    good, bad = ({"model_uri": threshold_model(merged / f"{i}.onnx", inverted=i == 1)} for i in range(2))

    better, worse = (run_dag(comparing(merged, *models)) for models in ((bad, good), (good, bad)))

    assert (states(better)["after"][0], states(worse)["after"][0]) == ("success", "skipped")
    assert xcom(better, "compare")["gain"] == 1.0
    rejected = xcom(worse, "compare")
    assert (rejected["better"], rejected["gain"], rejected["rows"]) == (False, -1.0, 40)


def test_an_equal_one_is_no_better(merged: Path, run_dag: Run) -> None:
    model = {"model_uri": threshold_model(merged / "model.onnx", inverted=False)}

    assert states(run_dag(comparing(merged, model, model)))["compare"][0] == "skipped"


def test_nobody_is_examined_on_what_it_was_trained_on(merged: Path, run_dag: Run) -> None:
    seen = {"start": HOURS[0].isoformat(), "end": (HOURS[-1] + timedelta(minutes=1)).isoformat()}
    model = {"model_uri": threshold_model(merged / "model.onnx", inverted=False)}

    run = run_dag(comparing(merged, model, {**model, "trained_on": seen}))

    assert states(run)["compare"][0] == "failed"


def test_a_baseline_is_promoted_and_taken_back_by_one_task_each(tmp_path: Path, run_dag: Run) -> None:
    names = {"monitoring_schedule_name": "churn"}
    current, candidate = (str(tmp_path / name) for name in ("baseline", "candidate"))
    with DAG(f"suggest-{tmp_path.name}", schedule=None) as suggest:
        for task, uri, rows in (("first", current, 200), ("second", candidate, 300)):
            data = write_training_data(tmp_path / f"{task}.csv", rows)
            SuggestBaselineOperator(
                task_id=task, dataset=str(data), dataset_format={"csv": {"header": True}}, baseline_uri=uri, **names
            )
    with DAG(f"promote-{tmp_path.name}", schedule=None) as promote:
        since = "{{ params.since }}"
        PromoteBaselineOperator(
            task_id="promote", baseline_uri=current, candidate_uri=candidate, effective_from=since, **names
        )
    promote.params["since"] = "2026-01-02T00:00:00+00:00"
    with DAG(f"rollback-{tmp_path.name}", schedule=None) as rollback:
        PromoteBaselineOperator(task_id="rollback", baseline_uri=current, version="previous", **names)

    runs = [run_dag(dag) for dag in (suggest, promote, rollback)]

    assert [run.state for run in runs] == ["success"] * 3
    promoted, taken_back = xcom(runs[1], "promote"), xcom(runs[2], "rollback")
    assert promoted["effective_from"] == taken_back["effective_from"] == "2026-01-02T00:00:00Z"
    assert (promoted["version"], promoted["previous"]) == (taken_back["previous"], taken_back["version"])
    said = json.loads((tmp_path / "baseline" / "promotion.json").read_text())
    assert said["version"] == taken_back["version"]
    (event,) = asset_events(runs[2], "model-monitor://churn/baseline")
    assert event.extra["execution_url"] == taken_back["execution_url"]


def test_rolling_back_what_was_never_promoted_says_so(tmp_path: Path, run_dag: Run) -> None:
    with DAG(f"nothing-{tmp_path.name}", schedule=None) as dag:
        PromoteBaselineOperator(
            task_id="rollback", monitoring_schedule_name="churn", baseline_uri=str(tmp_path), version="previous"
        )

    assert states(run_dag(dag))["rollback"][0] == "failed"
