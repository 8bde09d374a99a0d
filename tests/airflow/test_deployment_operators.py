"""A model put in service, asked for the datasets of its baselines, and given room for chance: through real DAG runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.operators.create_baseline_datasets import CreateBaselineDatasetsOperator
from airflow_model_monitor.operators.deploy_model import DeployModelOperator
from airflow_model_monitor.operators.loosen_constraints import LoosenConstraintsOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.service.model_versions import ModelVersions
from tests.airflow.classifier import threshold_model, write_rows
from tests.airflow.labelled import write_quality_dataset
from tests.airflow.outcomes import xcom

Run = Callable[..., Any]
COLUMNS = {"label": "late", "prediction": "said", "probability": "sure"}


@pytest.fixture
def suggested(tmp_path: Path, run_dag: Run) -> str:
    """Folder of a baseline of model quality as it was suggested."""
    data = write_quality_dataset(tmp_path / "training" / "quality.csv")
    with DAG(f"suggest-{tmp_path.name}", schedule=None) as dag:
        SuggestBaselineOperator(
            task_id="suggest",
            monitoring_schedule_name="churn",
            monitoring_type="ModelQuality",
            problem_type="BinaryClassification",
            dataset=str(data),
            dataset_format={"csv": {"header": True}},
            baseline_uri=str(tmp_path / "baseline"),
            ground_truth_attribute="label",
            inference_attribute="prediction",
            probability_attribute="probability",
        )
    assert run_dag(dag).state == "success"
    return str(tmp_path / "baseline")


def thresholds(folder: str) -> dict[str, float]:
    text = (Path(folder) / "constraints.json").read_text()
    return {name: one["threshold"] for name, one in json.loads(text)["binary_classification_constraints"].items()}


def loosen(folder: str, margin: Any) -> Any:
    return LoosenConstraintsOperator(task_id="loosen", baseline_uri=folder, margin=margin).execute({})  # type: ignore[arg-type]


def test_a_model_serves_from_an_instant_on_and_an_earlier_one_again(tmp_path: Path, run_dag: Run) -> None:
    registry = ModelVersions(str(tmp_path / "churn"))
    old, new = (registry.add({"model.onnx": content}, {}).version for content in (b"old", b"new"))
    with DAG(f"deploy-{tmp_path.name}", schedule=None, params={"version": "", "since": ""}) as dag:
        DeployModelOperator(
            task_id="deploy",
            models_uri=str(tmp_path / "churn"),
            version="{{ params.version }}",
            effective_from="{{ params.since }}",
            reason="because",
        )

    told = []
    for version, since in ((old, ""), (new, "2026-01-02T00:00:00+00:00"), (new, ""), (old, "2026-01-03T00:00:00Z")):
        run = run_dag(dag, run_conf={"version": version, "since": since})
        assert run.state == "success"
        told.append(xcom(run, "deploy"))

    assert [(one["version"], one["previous"], one["effective_from"]) for one in told] == [
        (old, None, None),
        (new, old, "2026-01-02T00:00:00Z"),
        (new, old, "2026-01-02T00:00:00Z"),
        (old, new, "2026-01-03T00:00:00Z"),
    ]
    assert [one.version for one in registry.deployments()] == [old, new, old]
    assert Path(told[1]["model_uri"]).read_bytes() == b"new"


def test_a_version_that_nobody_added_cannot_serve(tmp_path: Path) -> None:
    known = ModelVersions(str(tmp_path)).add({"model.onnx": b"m"}, {}).version
    deploy = DeployModelOperator(task_id="deploy", models_uri=str(tmp_path), version="0123456789abcdef")

    with pytest.raises(AirflowFailException, match=f"there is no '0123456789abcdef'.*there are: {known}"):
        deploy.execute({})  # type: ignore[arg-type]


def test_later_versions_serve_from_now_on(tmp_path: Path) -> None:
    registry = ModelVersions(str(tmp_path))
    versions = [registry.add({"trees.json": content}, {}).version for content in (b"{}", b"[]")]

    first, second = (
        DeployModelOperator(task_id="deploy", models_uri=str(tmp_path), version=version).execute({})  # type: ignore[arg-type]
        for version in versions
    )

    assert first["effective_from"] is None
    assert second["effective_from"] is not None
    assert second["model_uri"] is None


def test_a_model_is_asked_for_the_datasets_of_its_baselines(tmp_path: Path, run_dag: Run) -> None:
    model = {"model_uri": threshold_model(tmp_path / "model.onnx")}
    rows = write_rows(tmp_path / "rows.csv", 40)
    requests = tmp_path / "requests.csv"
    requests.write_text("number,carrier\n" + "".join(f"{number},AA\n" for number in range(60)))
    with DAG(f"datasets-{tmp_path.name}", schedule=None) as dag:
        gathered = {"dataset": rows, "requests": str(requests), "rows": 40, "windows": []}
        CreateBaselineDatasetsOperator(
            task_id="all", dataset=gathered, model=model, dataset_uri=str(tmp_path / "all"), **COLUMNS
        )
        CreateBaselineDatasetsOperator(
            task_id="labelled", dataset=rows, model=model, dataset_uri=str(tmp_path / "labelled"), **COLUMNS
        )

    run = run_dag(dag)

    found = xcom(run, "all")
    files = {kind: Path(found[kind]).read_text().splitlines() for kind in ("data", "quality", "bias", "requests")}
    assert {kind: lines[0] for kind, lines in files.items()} == {
        "data": "said,sure,number,carrier",
        "quality": "late,said,sure",
        "bias": "number,carrier,said,late",
        "requests": "number,carrier",
    }
    assert {kind: len(lines) - 1 for kind, lines in files.items()} == {
        "data": 60,
        "quality": 40,
        "bias": 40,
        "requests": 60,
    }
    assert files["quality"][1:3] == ["1,1,1.0", "0,0,0.0"]
    assert found["rows"] == 40
    assert len(Path(xcom(run, "labelled")["data"]).read_text().splitlines()) == 41


def test_thresholds_give_way_once_however_often_it_is_said(suggested: str) -> None:
    before = thresholds(suggested)

    for _ in range(2):
        told = loosen(suggested, 0.05)

    after = thresholds(suggested)
    assert after == told["thresholds"]
    assert after["auc"] == pytest.approx(before["auc"] - 0.05)
    assert after["false_positive_rate"] == pytest.approx(before["false_positive_rate"] + 0.05)


def test_metrics_that_are_not_named_stay(suggested: str) -> None:
    before = thresholds(suggested)

    loosen(suggested, {"auc": 0.02})

    assert thresholds(suggested) == {**before, "auc": pytest.approx(before["auc"] - 0.02)}


def test_what_cannot_be_loosened_is_named(suggested: str, tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match=r"margin: there is no threshold for rmse; there are .*auc"):
        loosen(suggested, {"rmse": 1})
    with pytest.raises(AirflowFailException, match=r"nothing was suggested at .*nowhere"):
        loosen(str(tmp_path / "nowhere"), 0.1)


@pytest.mark.parametrize("margin", [-0.1, float("nan"), True, {"auc": -1}])
def test_refuses_margins_that_are_none(margin: Any) -> None:
    with pytest.raises(ValueError, match="margin="):
        LoosenConstraintsOperator(task_id="loosen", baseline_uri="b", margin=margin)


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"prediction": "late"}, "prediction='late'"), ({"probability_threshold_attribute": 1.5}, "between 0 and 1")],
)
def test_refuses_columns_and_thresholds(changed: dict[str, Any], message: str) -> None:
    arguments = {"dataset": "rows.csv", "model": {"model_uri": "m.onnx"}, "dataset_uri": "out", **COLUMNS}

    with pytest.raises(ValueError, match=message):
        CreateBaselineDatasetsOperator(task_id="create", **{**arguments, **changed})
