"""A classifier judged by its merged labels: baseline, judgement, revision, events, results."""

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
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from tests.airflow.labelled import (
    ENDPOINT,
    HOUR,
    MONITOR,
    RUN_AT,
    hourly_dag,
    places,
    write_captures,
    write_labels,
    write_quality_dataset,
)
from tests.airflow.outcomes import asset_events, said, states, xcom

Run = Callable[..., Any]
BINARY = {"monitoring_type": "ModelQuality", "problem_type": "BinaryClassification"}
ANSWER = {"inference_attribute": "0", "probability_attribute": "1"}


def baseline_dag(root: Path) -> DAG:
    with DAG(f"quality-baseline-{root.name}", schedule=None) as dag:
        SuggestBaselineOperator(
            task_id="suggest",
            monitoring_schedule_name=MONITOR,
            dataset=str(write_quality_dataset(root / "training" / "quality.csv")),
            dataset_format={"csv": {"header": True}},
            baseline_uri=str(root / "baseline"),
            ground_truth_attribute="label",
            inference_attribute="prediction",
            probability_attribute="probability",
            **BINARY,
        )
    return dag


def quality_dag(root: Path, merge: bool = True, merging: dict[str, Any] | None = None, **arguments: Any) -> DAG:
    with hourly_dag(f"quality-{root.name}") as dag:
        common = {"monitoring_schedule_name": MONITOR, "output_uri": str(root / "out")}
        judge = RunMonitoringOperator(
            task_id="judge",
            **{
                **common,
                "endpoint_name": ENDPOINT,
                "baseline_uri": str(root / "baseline"),
                **BINARY,
                **ANSWER,
                **arguments,
            },
        )
        if merge:
            merged = MergeGroundTruthOperator(
                task_id="merge", **common, **places(root), **{"labels_days_after": 7, **(merging or {})}
            )
            merged >> judge
    return dag


def published(root: Path) -> Any:
    return ExecutionStore(str(root / "out")).revisions(ExecutionKey(MONITOR, Window(HOUR, RUN_AT), ENDPOINT))


@pytest.fixture
def root(tmp_path: Path, run_dag: Run) -> Path:
    """A home with a baseline and an hour of traffic."""
    assert run_dag(baseline_dag(tmp_path)).state == "success"
    write_captures(tmp_path)
    return tmp_path


def test_the_baseline_holds_the_models_own_metrics(tmp_path: Path, run_dag: Run) -> None:
    run = run_dag(baseline_dag(tmp_path))

    result = xcom(run, "suggest")
    constraints = json.loads((tmp_path / "baseline" / "constraints.json").read_text())
    [event] = asset_events(run, f"model-monitor://{MONITOR}/baseline")
    assert constraints["binary_classification_constraints"]["accuracy"] == {
        "threshold": 0.9,
        "comparison_operator": "LessThanThreshold",
    }
    assert (result["status"], result["rows"]) == ("Completed", 400)
    assert event.extra["revision"] == result["revision"]


def test_a_window_is_judged_by_its_newest_merge(root: Path, run_dag: Run) -> None:
    write_labels(root, range(30))

    run = run_dag(quality_dag(root), logical_date=RUN_AT)

    merged, judged = xcom(run, "merge"), xcom(run, "judge")
    [revision] = published(root)
    assert states(run) == {"merge": ("success", 1), "judge": ("success", 1)}
    assert (judged["coverage"], judged["merge_revision"]) == (0.75, merged["revision"])
    assert judged["rows"] == 30
    assert judged["metrics"]["accuracy"] == 0.9
    assert (revision.execution.coverage, revision.execution.merge_revision) == (0.75, merged["revision"])
    assert json.loads(revision.read("statistics.json"))["binary_classification_metrics"]["accuracy"]["value"] == 0.9


def test_violations_are_announced_with_coverage_and_merge(root: Path, run_dag: Run) -> None:
    write_labels(root, range(0, 40, 10))  # the requests the model is wrong about

    run = run_dag(quality_dag(root), logical_date=RUN_AT)

    result = xcom(run, "judge")
    [event] = asset_events(run, f"model-monitor://{MONITOR}/violations")
    baseline = event.extra.pop("baseline")
    assert result["status"] == "CompletedWithViolations"
    assert set(result["counts"]) <= {"LessThanThreshold", "GreaterThanThreshold"}
    assert event.extra == {"monitor": MONITOR, "run_type": "manual", **result}
    assert (event.extra["coverage"], result["metrics"]["accuracy"]) == (0.1, 0.0)
    assert baseline["constraints"].startswith(str(root / "baseline"))


@pytest.mark.parametrize(
    ("filters", "state"),
    [
        ({}, "success"),
        ({"features": ["true_positive_rate"]}, "success"),
        ({"features": ["false_positive_rate"], "check_types": ["LessThanThreshold"]}, "skipped"),
    ],
)
def test_a_sensor_filters_by_metric(root: Path, run_dag: Run, filters: dict[str, Any], state: str) -> None:
    write_labels(root, range(0, 40, 10))
    run_dag(quality_dag(root), logical_date=RUN_AT)
    with hourly_dag(f"alert-{root.name}") as dag:
        ViolationSensor(
            task_id="sense",
            output_uri=str(root / "out"),
            monitoring_schedule_name=MONITOR,
            endpoint_name=ENDPOINT,
            **filters,
        )

    run = run_dag(dag, logical_date=RUN_AT)

    assert states(run)["sense"][0] == state


def test_late_labels_revise_the_judgement(root: Path, run_dag: Run) -> None:
    write_labels(root, [number for number in range(20) if number % 10])
    first = xcom(run_dag(quality_dag(root), logical_date=RUN_AT), "judge")
    write_labels(root, range(0, 40, 10), collected=HOUR + timedelta(days=2), name="late")

    second = xcom(run_dag(quality_dag(root), logical_date=RUN_AT + timedelta(seconds=1)), "judge")

    assert (first["metrics"]["accuracy"], second["metrics"]["accuracy"]) == (1.0, pytest.approx(18 / 22))
    assert [one.execution.merge_revision for one in published(root)] == [
        first["merge_revision"],
        second["merge_revision"],
    ]


def test_nothing_new_publishes_nothing_new(root: Path, run_dag: Run) -> None:
    write_labels(root, range(30))
    first = xcom(run_dag(quality_dag(root), logical_date=RUN_AT), "judge")

    second = xcom(run_dag(quality_dag(root), logical_date=RUN_AT + timedelta(seconds=1)), "judge")

    assert first == second
    assert len(published(root)) == 1


def test_without_a_merge_it_says_what_to_run(root: Path, run_dag: Run, capfd: pytest.CaptureFixture[str]) -> None:
    run = run_dag(quality_dag(root, merge=False), logical_date=RUN_AT)

    assert run.state == "failed"
    assert "run MergeGroundTruthOperator first" in said(*capfd.readouterr())


def test_merged_records_that_something_else_made(root: Path, run_dag: Run) -> None:
    write_labels(root, range(30))
    merged = xcom(run_dag(quality_dag(root), logical_date=RUN_AT), "merge")
    dag = quality_dag(root, merge=False, dataset_uri=merged["merge_url"], output_uri=str(root / "other"))

    run = run_dag(dag, logical_date=RUN_AT + timedelta(seconds=1))

    result = xcom(run, "judge")
    assert (result["rows"], result["coverage"], result["merge_revision"]) == (30, None, None)


def test_regression(tmp_path: Path, run_dag: Run) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, range(30))
    regression = {"problem_type": "Regression", "probability_attribute": None}
    training = tmp_path / "training.csv"
    training.write_text("y,y_hat\n" + "".join(f"{number % 7},{number % 7 + 0.5}\n" for number in range(50)))
    with DAG(f"regression-{tmp_path.name}", schedule=None) as dag:
        SuggestBaselineOperator(
            task_id="suggest",
            monitoring_schedule_name=MONITOR,
            monitoring_type="ModelQuality",
            problem_type="Regression",
            dataset=str(training),
            dataset_format={"csv": {"header": True}},
            baseline_uri=str(tmp_path / "baseline"),
            ground_truth_attribute="y",
            inference_attribute="y_hat",
        )
    run_dag(dag)

    run = run_dag(quality_dag(tmp_path, **regression), logical_date=RUN_AT)

    assert xcom(run, "judge")["metrics"]["mse"] == pytest.approx(0.1)


def test_the_task_links_to_a_report(root: Path, run_dag: Run) -> None:
    write_labels(root, range(30))

    run = run_dag(quality_dag(root), logical_date=RUN_AT)

    assert xcom(run, "judge", key="_link_ReportLink").startswith("/model-monitor/report/")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"problem_type": None}, "problem_type=None: model quality needs to know the problem"),
        ({"problem_type": "Ranking"}, "problem_type='Ranking': expected one of 'Regression'"),
        ({"inference_attribute": None, "probability_attribute": None}, "inference_attribute"),
        ({"probability_threshold_attribute": 1.5}, "0 to 1"),
        ({"captured_data_uri": "s3://bucket/capture"}, "MergeGroundTruthOperator"),
        (
            {"monitoring_type": "ModelBias"},
            "problem_type='BinaryClassification': it is for monitoring_type='ModelQuality'",
        ),
        ({"record_preprocessor_script": "p.py", "enable_scripts": True}, "it is for monitoring_type='DataQuality'"),
        (
            {"monitoring_type": "DataQuality"},
            "problem_type='BinaryClassification': it is for monitoring_type='ModelQuality', and this is 'DataQuality'",
        ),
    ],
)
def test_refuses_what_does_not_fit_the_monitor(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        quality_dag(tmp_path, merge=False, **changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ground_truth_attribute": None}, "name the column"),
        ({"categorical_drift_method": "LInfinity"}, "it is for monitoring_type='DataQuality'"),
        ({"monitoring_type": "DataQuality"}, "it is for monitoring_type='ModelQuality'"),
    ],
)
def test_a_baseline_refuses_likewise(changed: dict[str, Any], message: str) -> None:
    given = {
        "task_id": "suggest",
        "monitoring_schedule_name": MONITOR,
        "dataset": "labels.csv",
        "dataset_format": {"csv": {"header": True}},
        "baseline_uri": "baseline",
        "ground_truth_attribute": "label",
        "inference_attribute": "prediction",
        **BINARY,
    }

    with pytest.raises(ValueError, match=message):
        SuggestBaselineOperator(**{**given, **changed})
