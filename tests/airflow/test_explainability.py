"""Attributions through real DAG runs: a baseline, captured requests, and a model behind HTTP that changes its mind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, task

from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from tests.airflow.flights import (
    ENDPOINT,
    FEATURES,
    RUN_AT,
    SHAP_CONFIG,
    flights,
    hourly_dag,
    score,
    score_json,
    write_captures,
    write_csv,
)
from tests.airflow.outcomes import asset_events, states, xcom
from tests.jobs.model_server import ModelServer, Reply, Request, serving

Run = Callable[..., Any]
MONITOR = "flights-attribution"
CSV = {"csv": {"header": True}}


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """A model that goes by the delay."""
    with serving(score) as server:
        yield server


def baseline_arguments(root: Path, url: str, **changed: Any) -> dict[str, Any]:
    arguments = {
        "task_id": "suggest",
        "monitoring_schedule_name": MONITOR,
        "monitoring_type": "ModelExplainability",
        "dataset": str(root / "requests.csv"),
        "dataset_format": CSV,
        "headers": FEATURES,
        "shap_config": SHAP_CONFIG,
        "model_config": {"endpoint_url": url},
        "baseline_uri": str(root / "baseline"),
    }
    return {**arguments, **changed}


def judge_arguments(root: Path, url: str, **changed: Any) -> dict[str, Any]:
    arguments = {
        "task_id": "explain",
        "monitoring_schedule_name": MONITOR,
        "monitoring_type": "ModelExplainability",
        "endpoint_name": ENDPOINT,
        "captured_data_uri": str(root / "traffic"),
        "headers": FEATURES,
        "shap_config": SHAP_CONFIG,
        "model_config": {"endpoint_url": url},
        "baseline_uri": str(root / "baseline"),
        "output_uri": str(root / "out"),
    }
    return {**arguments, **changed}


def suggest(root: Path, run_dag: Run, url: str, **changed: Any) -> Any:
    write_csv(root / "requests.csv", [FEATURES, *flights()])
    with DAG(f"baseline-{root.name}", schedule=None) as dag:
        SuggestBaselineOperator(**baseline_arguments(root, url, **changed))
    return run_dag(dag)


def explain(root: Path, run_dag: Run, url: str, **changed: Any) -> Any:
    write_captures(root)
    with hourly_dag(f"explain-{root.name}") as dag:
        RunMonitoringOperator(**judge_arguments(root, url, **changed))
    return run_dag(dag, logical_date=RUN_AT)


def global_values(path: Path) -> dict[str, float]:
    return json.loads(path.read_text())["explanations"]["kernel_shap"]["label0"]["global_shap_values"]


def test_the_baseline_credits_what_the_model_goes_by(tmp_path: Path, run_dag: Run, model: ModelServer) -> None:
    run = suggest(tmp_path, run_dag, model.url)

    values = global_values(tmp_path / "baseline/analysis.json")
    assert max(values, key=values.__getitem__) == "dep_delay"
    assert values["distance"] == pytest.approx(0, abs=1e-9)
    assert values["origin"] == pytest.approx(0.05 / 3)
    assert xcom(run, "suggest")["rows"] == 120


def test_the_same_model_is_quiet(tmp_path: Path, run_dag: Run, model: ModelServer) -> None:
    suggest(tmp_path, run_dag, model.url)

    result = xcom(explain(tmp_path, run_dag, model.url), "explain")

    assert (result["status"], result["violations"], result["rows"]) == ("Completed", 0, 120)
    assert result["metrics"] == {"ndcg.label0": pytest.approx(1.0)}


def test_another_model_behind_the_endpoint_is_noticed(tmp_path: Path, run_dag: Run, model: ModelServer) -> None:
    suggest(tmp_path, run_dag, model.url)

    with serving(partial(score, by_distance=True)) as other:
        run = explain(tmp_path, run_dag, other.url)

    result = xcom(run, "explain")
    [event] = asset_events(run, f"model-monitor://{MONITOR}/violations")
    assert result["counts"] == {"feature_attribution_drift_check": 1}
    assert result["metrics"]["ndcg.label0"] < 0.9
    assert event.extra["metrics"] == result["metrics"]


def test_json_says_the_same(tmp_path: Path, run_dag: Run, model: ModelServer) -> None:
    suggest(tmp_path, run_dag, model.url)
    write_captures(tmp_path, as_json=True)
    templates = {"content_template": '{"instances":$records}', "record_template": '{"features":$features}'}

    with serving(score_json) as server:
        asked = {"endpoint_url": server.url, "probability": "predictions[*].score", **templates}
        arguments = judge_arguments(tmp_path, "", model_config=asked, features_attribute="features")
        with hourly_dag(f"json-{tmp_path.name}") as dag:
            RunMonitoringOperator(**arguments)
        run = run_dag(dag, logical_date=RUN_AT)

    [judged] = (tmp_path / "out/_executions").rglob("analysis.json")
    assert xcom(run, "explain")["rows"] == 120
    assert global_values(judged) == pytest.approx(global_values(tmp_path / "baseline/analysis.json"))


def test_the_address_may_come_from_another_task(tmp_path: Path, run_dag: Run, model: ModelServer) -> None:
    write_csv(tmp_path / "requests.csv", [FEATURES, *flights()])
    with DAG(f"deployed-{tmp_path.name}", schedule=None) as dag:

        @task
        def deploy() -> str:
            return model.url

        url = deploy()
        SuggestBaselineOperator(**baseline_arguments(tmp_path, "", model_config={"endpoint_url": url}))

    assert run_dag(dag).state == "success"


def test_credentials_come_from_a_connection_and_stand_in_no_file(
    tmp_path: Path, run_dag: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guarded(request: Request) -> Reply | str:
        known = request.headers.get("Authorization") == "Basic bWU6c2VjcmV0"
        return score(request) if known else Reply("who are you?", status=401)

    with serving(guarded) as server:
        monkeypatch.setenv("AIRFLOW_CONN_LATE_MODEL", f"http://me:secret@{server.url.removeprefix('http://')}")
        run = suggest(tmp_path, run_dag, "", model_config=None, model_conn_id="late_model")
        judged = explain(tmp_path, run_dag, "", model_config={"content_type": "text/csv"}, model_conn_id="late_model")

    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert (run.state, judged.state) == ("success", "success")
    assert not any("secret" in text or "bWU6c2VjcmV0" in text for text in written)


@pytest.mark.parametrize(
    "reply",
    [Reply("nan\n" * 500), Reply("0.5"), Reply("late"), Reply("no", status=404)],
    ids=["NaN", "one", "text", "404"],
)
def test_a_model_that_does_not_answer_fails_the_task_and_publishes_nothing(
    tmp_path: Path, run_dag: Run, model: ModelServer, reply: Reply
) -> None:
    suggest(tmp_path, run_dag, model.url)

    with serving(lambda request: reply) as broken:
        run = explain(tmp_path, run_dag, broken.url, environment={"retry_seconds": "0.1"})

    assert states(run)["explain"][0] == "failed"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["_configs"]


@pytest.mark.parametrize(("on_no_data", "state"), [("fail", "failed"), ("skip", "skipped")])
def test_an_hour_without_traffic(tmp_path: Path, run_dag: Run, model: ModelServer, on_no_data: str, state: str) -> None:
    suggest(tmp_path, run_dag, model.url)
    (tmp_path / "traffic" / ENDPOINT / "AllTraffic").mkdir(parents=True)
    with hourly_dag(f"idle-{tmp_path.name}") as dag:
        RunMonitoringOperator(**judge_arguments(tmp_path, model.url, on_no_data=on_no_data))

    run = run_dag(dag, logical_date=RUN_AT)

    assert states(run)["explain"][0] == state


def test_a_sagemaker_endpoint_is_asked_through_the_connection(
    tmp_path: Path, run_dag: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(score) as server:
        extra = {
            "region_name": "us-west-2",
            "service_config": {"sagemaker-runtime": {"endpoint_url": server.url}},
        }
        connection = {"conn_type": "aws", "login": "testing", "password": "testing", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
        run = suggest(tmp_path, run_dag, "", model_config={"endpoint_name": "late-model"})

    assert run.state == "success"
    assert {request.path for request in server.requests} == {"/endpoints/late-model/invocations"}


def test_samples_are_seeded_so_that_a_repetition_publishes_the_same(tmp_path: Path) -> None:
    operator = RunMonitoringOperator(**judge_arguments(tmp_path, "http://m", shap_config={"num_samples": 9}))

    assert operator.analysis_config["methods"]["shap"] == {"num_samples": 9, "seed": 0}


class ShapConfig:
    """As AWS's SDK has it."""

    def get_explainability_config(self) -> dict[str, Any]:
        return {"shap": SHAP_CONFIG}


class ModelConfig:
    """As AWS's SDK has it."""

    def get_predictor_config(self) -> dict[str, Any]:
        return {"endpoint_name": "late", "content_type": "text/csv"}


def test_objects_of_awss_sdk_are_taken_as_they_are(tmp_path: Path) -> None:
    given = {
        "shap_config": ShapConfig(),
        "model_config": ModelConfig(),
        "headers": [*FEATURES, "late"],
        "label": "late",
    }

    operator = RunMonitoringOperator(**judge_arguments(tmp_path, "", **given))

    assert operator.analysis_config == {
        "methods": {"shap": SHAP_CONFIG},
        "predictor": {"endpoint_name": "late", "content_type": "text/csv"},
        "headers": FEATURES,
    }


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"shap_config": None}, "shap_config=None, analysis_config=None: give exactly one of them"),
        ({"shap_config": {"num_sample": 5}}, "num_sample.*Did you mean 'num_samples'"),
        ({"model_config": None}, "predictor.*is missing"),
        ({"model_config": {"content_type": "text/csv"}}, "names no model"),
        ({"bias_config": {}}, "it is for monitoring_type='ModelBias'"),
        ({"inference_attribute": "0"}, "model_config says"),
        ({"ground_truth_schedule_name": "m"}, "it is for monitoring_type='ModelQuality' or 'ModelBias'"),
        ({"dataset_uri": "s3://b/d"}, "exactly one of them"),
        ({"captured_data_uri": None, "dataset_uri": "s3://b/d"}, "dataset_format=None"),
        ({"endpoint_name": None}, "give endpoint_name"),
        (
            {"post_analytics_processor_script": "p.py", "enable_scripts": True},
            "it is for monitoring_type='DataQuality'",
        ),
    ],
)
def test_refuses_what_does_not_fit(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RunMonitoringOperator(**judge_arguments(tmp_path, "http://127.0.0.1:1", **changed))
