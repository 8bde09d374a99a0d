"""Bias through real DAG runs: a baseline, captured answers merged with labels, and what is unfair about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.sensors.violation import ViolationSensor
from tests.airflow.flights import (
    BIAS_CONFIG,
    ENDPOINT,
    FEATURES,
    RUN_AT,
    hourly_dag,
    score,
    write_captures,
    write_dataset,
    write_labels,
)
from tests.airflow.outcomes import asset_events, states, xcom
from tests.jobs.model_server import serving

Run = Callable[..., Any]
MONITOR = "flights-bias"
MERGER = "flights-quality"
CSV = {"csv": {"header": True}}
COLUMNS: dict[str, Any] = {"headers": [*FEATURES, "late"], "label": "late", "bias_config": BIAS_CONFIG}


def baseline_arguments(root: Path, **changed: Any) -> dict[str, Any]:
    arguments = {
        "task_id": "suggest",
        "monitoring_schedule_name": MONITOR,
        "monitoring_type": "ModelBias",
        "dataset": str(root / "training.csv"),
        "dataset_format": CSV,
        "headers": [*FEATURES, "predicted", "late"],
        "label": "late",
        "inference_attribute": "predicted",
        "bias_config": BIAS_CONFIG,
        "baseline_uri": str(root / "baseline"),
    }
    return {**arguments, **changed}


def judge_arguments(root: Path, **changed: Any) -> dict[str, Any]:
    arguments = {
        "task_id": "judge",
        "monitoring_schedule_name": MONITOR,
        "monitoring_type": "ModelBias",
        "ground_truth_schedule_name": MERGER,
        "endpoint_name": ENDPOINT,
        "inference_attribute": "0",
        "baseline_uri": str(root / "baseline"),
        "output_uri": str(root / "out"),
        **COLUMNS,
    }
    return {**arguments, **changed}


def suggest(root: Path, run_dag: Run, **changed: Any) -> Any:
    write_dataset(root / "training.csv")
    with DAG(f"baseline-{root.name}", schedule=None) as dag:
        SuggestBaselineOperator(**baseline_arguments(root, **changed))
    return run_dag(dag)


def judge(root: Path, run_dag: Run, *, unfair: bool = False, as_json: bool = False, **changed: Any) -> Any:
    write_captures(root, unfair=unfair, as_json=as_json)
    write_labels(root, as_json=as_json)
    with hourly_dag(f"bias-{root.name}") as dag:
        merge = MergeGroundTruthOperator(
            task_id="merge",
            monitoring_schedule_name=MERGER,
            endpoint_name=ENDPOINT,
            captured_data_uri=str(root / "traffic"),
            ground_truth_uri=str(root / "labels"),
            output_uri=str(root / "out"),
        )
        merge >> RunMonitoringOperator(**judge_arguments(root, **changed))
    return run_dag(dag, logical_date=RUN_AT)


def test_the_baseline_is_analysis_json(tmp_path: Path, run_dag: Run) -> None:
    run = suggest(tmp_path, run_dag)

    summary = xcom(run, "suggest")
    found = json.loads((tmp_path / "baseline/analysis.json").read_text())
    groups = found["post_training_bias_metrics"]["facets"]["origin"]
    [event] = asset_events(run, f"model-monitor://{MONITOR}/baseline")
    assert [group["value_or_threshold"] for group in groups] == ["EWR", "JFK", "LGA"]
    assert (summary["status"], summary["rows"]) == ("Completed", 120)
    assert event.extra["execution_url"] == summary["execution_url"]


def test_a_fair_hour_is_quiet(tmp_path: Path, run_dag: Run) -> None:
    suggest(tmp_path, run_dag)

    run = judge(tmp_path, run_dag)

    result = xcom(run, "judge")
    assert (result["status"], result["violations"], result["rows"]) == ("Completed", 0, 120)
    assert asset_events(run, f"model-monitor://{MONITOR}/violations") == []
    assert not (tmp_path / "out" / ENDPOINT / MONITOR / "2026/01/02/02/constraint_violations.json").exists()


def test_an_unfair_hour_is_announced(tmp_path: Path, run_dag: Run) -> None:
    suggest(tmp_path, run_dag)

    run = judge(tmp_path, run_dag, unfair=True)

    result = xcom(run, "judge")
    folder = tmp_path / "out" / ENDPOINT / MONITOR / "2026/01/02/02"
    violations = json.loads((folder / "constraint_violations.json").read_text())["violations"]
    [event] = asset_events(run, f"model-monitor://{MONITOR}/violations")
    assert result["status"] == "CompletedWithViolations"
    assert result["counts"] == {"bias_drift_check": len(violations)}
    assert "DPPL" in {one["metric_name"] for one in violations if one["facet_value"] == "EWR"}
    assert event.extra["counts"] == result["counts"]
    assert event.extra["baseline"]["constraints"].endswith("analysis.json")
    assert event.extra["baseline"]["statistics"] is None


def test_the_result_names_the_merged_data_and_the_metrics(tmp_path: Path, run_dag: Run) -> None:
    suggest(tmp_path, run_dag)

    run = judge(tmp_path, run_dag)

    merged, judged = xcom(run, "merge"), xcom(run, "judge")
    assert (judged["coverage"], judged["merge_revision"]) == (1.0, merged["revision"])
    assert judged["metrics"]["pre_training_bias.origin.EWR.CI"] == pytest.approx(1 / 3)


def test_a_sensor_tells_metrics_and_facets_apart(tmp_path: Path, run_dag: Run) -> None:
    suggest(tmp_path, run_dag)
    judge(tmp_path, run_dag, unfair=True)
    place = {"monitoring_schedule_name": MONITOR, "endpoint_name": ENDPOINT, "output_uri": str(tmp_path / "out")}
    with hourly_dag(f"react-{tmp_path.name}") as dag:
        for task_id, names in {"facet": ["origin"], "metric": ["DPPL"], "none": ["age"]}.items():
            ViolationSensor(task_id=task_id, features=names, check_types=["bias_drift_check"], **place)

    run = run_dag(dag, logical_date=RUN_AT)

    facet, metric = xcom(run, "facet"), xcom(run, "metric")
    assert facet["matched"] == facet["execution"]["violations"] > metric["matched"] > 0
    assert metric["features"] == ["origin"]
    assert states(run)["none"][0] == "skipped"


def test_json_says_the_same(tmp_path: Path, run_dag: Run) -> None:
    suggest(tmp_path, run_dag)
    places = {"features_attribute": "features", "inference_attribute": "class", "ground_truth_attribute": "late"}

    texts = xcom(judge(tmp_path, run_dag, unfair=True), "judge")
    (tmp_path / "json").mkdir()
    suggest(tmp_path / "json", run_dag)
    found = xcom(judge(tmp_path / "json", run_dag, unfair=True, as_json=True, **places), "judge")

    assert found["counts"] == texts["counts"]
    assert found["metrics"] == texts["metrics"]


def test_repeated_it_publishes_nothing_new(tmp_path: Path, run_dag: Run) -> None:
    suggest(tmp_path, run_dag)
    first = judge(tmp_path, run_dag, unfair=True)
    before = sorted(str(path) for path in (tmp_path / "out").rglob("*"))

    with hourly_dag(f"again-{tmp_path.name}") as dag:
        RunMonitoringOperator(**judge_arguments(tmp_path))
    second = run_dag(dag, logical_date=RUN_AT + timedelta(seconds=1))

    assert xcom(second, "judge")["revision"] == xcom(first, "judge")["revision"]
    assert sorted(str(path) for path in (tmp_path / "out").rglob("*")) == before


def test_what_another_monitor_merged_is_not_taken_unasked(tmp_path: Path, run_dag: Run) -> None:
    suggest(tmp_path, run_dag)

    run = judge(tmp_path, run_dag, ground_truth_schedule_name=None)

    assert {task: state for task, (state, _) in states(run).items()} == {"merge": "success", "judge": "failed"}


def test_the_model_itself_may_be_asked_for_the_baseline(tmp_path: Path, run_dag: Run) -> None:
    with serving(score) as server:
        suggest(
            tmp_path,
            run_dag,
            dataset=_without_prediction(tmp_path),
            headers=[*FEATURES, "late"],
            model_config={"endpoint_url": server.url},
            inference_attribute=None,
            probability_attribute="0",
            probability_threshold_attribute=0.4,
        )
        asked = b"\n".join(request.body for request in server.requests).count(b"\n") + 1

    found = json.loads((tmp_path / "baseline/analysis.json").read_text())
    assert asked == 120
    assert "post_training_bias_metrics" in found


def test_a_whole_configuration_by_its_address(tmp_path: Path, run_dag: Run) -> None:
    suggest(tmp_path, run_dag)
    config = {**BIAS_CONFIG, "headers": [*FEATURES, "late"], "label": "late"}
    (tmp_path / "bias.json").write_text(json.dumps(config))
    whole = {"headers": None, "label": None, "bias_config": None, "analysis_config": str(tmp_path / "bias.json")}

    run = judge(tmp_path, run_dag, **whole)

    assert xcom(run, "judge")["rows"] == 120


def test_what_was_asked_for_stands_beside_the_results(tmp_path: Path, run_dag: Run) -> None:
    suggest(tmp_path, run_dag)
    judge(tmp_path, run_dag)

    [baseline] = (tmp_path / "baseline/_configs").glob("*/analysis_config.json")
    [monitor] = (tmp_path / "out/_configs").glob("*/analysis_config.json")

    assert json.loads(baseline.read_text())["predicted_label"] == "predicted"
    assert json.loads(monitor.read_text()) == {**BIAS_CONFIG, "headers": [*FEATURES, "late"], "label": "late"}


class BiasConfig:
    """As AWS's SDK has it."""

    def __init__(self, **config: Any) -> None:
        self.analysis_config = config

    def get_config(self) -> dict[str, Any]:
        return dict(self.analysis_config)


def test_an_object_of_awss_sdk_is_taken_as_it_is(tmp_path: Path) -> None:
    given = BiasConfig(**BIAS_CONFIG)

    operator = RunMonitoringOperator(**judge_arguments(tmp_path, bias_config=given))

    assert operator.analysis_config == {**BIAS_CONFIG, "headers": [*FEATURES, "late"], "label": "late"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"bias_config": None}, "bias_config=None, analysis_config=None: give exactly one of them"),
        ({"analysis_config": "s3://bucket/analysis_config.json"}, "give exactly one of them"),
        ({"bias_config": "origin"}, "bias_config='origin': expected a mapping"),
        ({"bias_config": {"facets": []}}, "facets.*Did you mean 'facet'"),
        ({"bias_config": None, "analysis_config": "s3://b/c.json"}, "headers=.*: analysis_config holds it"),
        ({"captured_data_uri": "s3://b/capture"}, "MergeGroundTruthOperator"),
        ({"shap_config": {}}, "it is for monitoring_type='ModelExplainability'"),
        ({"model_config": {"endpoint_name": "m"}}, "answers were captured, so no model is asked"),
        ({"problem_type": "Regression"}, "it is for monitoring_type='ModelQuality'"),
        ({"positive_label": "1"}, "label_values_or_threshold"),
        ({"probability_threshold_attribute": 2}, "0 to 1"),
        ({"monitoring_type": "DataQuality"}, "it is for monitoring_type='ModelQuality' or 'ModelBias'"),
    ],
)
def test_refuses_what_does_not_fit(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RunMonitoringOperator(**judge_arguments(tmp_path, **changed))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inference_attribute": None}, "bias is measured on predictions too"),
        ({"probability_attribute": "p"}, "one column is taken"),
        ({"dataset_format": None}, "dataset_format=None"),
        ({"dataset_format": {"sagemakerCaptureJson": {}}}, "not of captured data"),
        ({"ground_truth_attribute": "late"}, "the column of the label is named by label"),
        ({"model_config": {"endpoint_name": "m", "label": 0}}, "model_config says 'label' already"),
        ({"model_config": {"endpoint_url": "http://me:secret@m"}, "inference_attribute": "0"}, "holds a password"),
        ({"label": None}, "label.*is missing"),
    ],
)
def test_a_baseline_refuses_likewise(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SuggestBaselineOperator(**baseline_arguments(tmp_path, **changed))


def _without_prediction(root: Path) -> str:
    whole = Path(write_dataset(root / "whole.csv")).read_text().splitlines()
    rows = [line.split(",") for line in whole]
    path = root / "features.csv"
    path.write_text("".join(",".join([*row[:3], row[4]]) + "\n" for row in rows))
    return str(path)
