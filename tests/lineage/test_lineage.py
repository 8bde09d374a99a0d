"""OpenLineage facets of a real run. The provider is optional: ``make test-lineage`` brings it in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.create_baseline_datasets import CreateBaselineDatasetsOperator
from airflow_model_monitor.operators.deploy_model import DeployModelOperator
from airflow_model_monitor.operators.lineage import dataset
from airflow_model_monitor.operators.loosen_constraints import LoosenConstraintsOperator
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.service.model_versions import ModelVersions
from tests.airflow.classifier import threshold_model, write_rows
from tests.airflow.conftest import airflow_db, run_dag  # noqa: F401  fixtures
from tests.airflow.traffic import ENDPOINT, MONITOR, write_captured_hour, write_training_data

HOUR = datetime(2026, 1, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("s3://bucket/a/b.csv", ("s3://bucket", "a/b.csv")),
        ("s3a://bucket/a/", ("s3://bucket", "a")),
        ("s3://bucket", ("s3://bucket", "/")),
        ("/data/a.csv", ("file", "/data/a.csv")),
        ("file:///data/a.csv", ("file", "/data/a.csv")),
        ("memory://x/y", ("memory://x", "y")),
    ],
)
def test_names_of_datasets(address: str, named: tuple[str, str]) -> None:
    assert dataset(address) == named


def test_inputs_outputs_and_what_was_found(tmp_path: Path, run_dag: Callable[..., Any]) -> None:  # noqa: F811
    pytest.importorskip("airflow.providers.openlineage.extractors", reason="`make test-lineage` brings it in")
    write_captured_hour(tmp_path / "traffic", HOUR, shift=500)
    common = {"monitoring_schedule_name": MONITOR, "baseline_uri": str(tmp_path / "baseline")}
    told: dict[str, Any] = {}

    def keep(context: Any, result: Any = None) -> None:
        ti = context["ti"]
        told[ti.task_id] = ti.task.get_openlineage_facets_on_complete(ti)

    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG("traced", schedule=timetable, start_date=HOUR, catchup=False) as dag:
        suggest = SuggestBaselineOperator(
            task_id="suggest",
            dataset=str(write_training_data(tmp_path / "training" / "data.csv")),
            dataset_format={"csv": {"header": True}},
            on_success_callback=keep,
            **common,
        )
        suggest >> RunMonitoringOperator(
            task_id="hour",
            endpoint_name=ENDPOINT,
            captured_data_uri=str(tmp_path / "traffic"),
            output_uri=str(tmp_path / "out"),
            on_success_callback=keep,
            **common,
        )

    run_dag(dag, logical_date=HOUR + timedelta(hours=1))

    inputs = {one.name: one for one in told["hour"].inputs}
    outputs = [one.name for one in told["hour"].outputs]
    (data,) = (one for name, one in inputs.items() if name.startswith(str(tmp_path / "traffic")))
    assert {one.namespace for one in inputs.values()} == {"file"}
    assert sum(str(tmp_path / "baseline") in name for name in inputs) == 2
    assert data.inputFacets["dataQualityMetrics"].rowCount > 0
    assert [(one.assertion, one.success) for one in data.inputFacets["dataQualityAssertions"].assertions] == [
        ("baseline_drift_check", False)
    ]
    assert all(name.startswith(str(tmp_path / "out")) for name in outputs)
    assert [one.name for one in told["suggest"].inputs] == [str(tmp_path / "training" / "data.csv")]
    assert told["suggest"].outputs


def test_from_a_model_to_its_baseline(tmp_path: Path, run_dag: Callable[..., Any]) -> None:  # noqa: F811
    pytest.importorskip("airflow.providers.openlineage.extractors", reason="`make test-lineage` brings it in")
    model, rows = threshold_model(tmp_path / "model.onnx"), write_rows(tmp_path / "rows.csv")
    version = ModelVersions(str(tmp_path / "churn")).add({"model.onnx": Path(model).read_bytes()}, {}).version
    told: dict[str, Any] = {}

    def keep(context: Any, result: Any = None) -> None:
        ti = context["ti"]
        found = ti.task.get_openlineage_facets_on_complete(ti)
        told[ti.task_id] = [[Path(one.name).name for one in side] for side in (found.inputs, found.outputs)]

    kept: dict[str, Any] = {"on_success_callback": keep}
    with DAG("put_in_service", schedule=None) as dag:
        deploy = DeployModelOperator(task_id="deploy", models_uri=str(tmp_path / "churn"), version=version, **kept)
        create = CreateBaselineDatasetsOperator(
            task_id="create",
            dataset=rows,
            model={"model_uri": model},
            dataset_uri=str(tmp_path / "datasets"),
            label="late",
            **kept,
        )
        suggest = SuggestBaselineOperator(
            task_id="suggest",
            monitoring_schedule_name=MONITOR,
            monitoring_type="ModelQuality",
            problem_type="BinaryClassification",
            dataset=str(tmp_path / "datasets" / "quality.csv"),
            dataset_format={"csv": {"header": True}},
            baseline_uri=str(tmp_path / "baseline"),
            ground_truth_attribute="late",
            inference_attribute="prediction",
            probability_attribute="probability",
        )
        loosen = LoosenConstraintsOperator(
            task_id="loosen", baseline_uri=str(tmp_path / "baseline"), margin=0.1, **kept
        )
        deploy >> create >> suggest >> loosen

    assert run_dag(dag).state == "success"

    assert told == {
        "deploy": [["model.onnx"], ["deployments"]],
        "create": [["rows.csv", "model.onnx"], ["data.csv", "quality.csv", "bias.csv", "requests.csv"]],
        "loosen": [["constraints.json"], ["constraints.json"]],
    }
