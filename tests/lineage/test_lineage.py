"""OpenLineage facets of a real run. The provider is optional: ``make test-lineage`` brings it in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.lineage import dataset
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
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
