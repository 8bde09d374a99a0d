"""A planned execution carried out: the worker merges, then judges what was merged."""

from __future__ import annotations

import dataclasses
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.runtimes.worker import Worker
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.monitor import Monitor
from airflow_model_monitor.service.monitoring_input import BatchTransformInput, EndpointInput
from airflow_model_monitor.service.planner import plan

DUE = datetime(2026, 1, 2, 3, tzinfo=UTC)
HOUR = "2026/01/02/02"
LATER = "2026/01/03/05"


def write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def capture(identity: int) -> str:
    side = {"observedContentType": "text/csv", "mode": "OUTPUT", "data": f"{identity % 10 / 10}\n", "encoding": "CSV"}
    metadata = {"eventId": str(identity), "inferenceTime": "2026-01-02T02:00:00Z"}
    return json.dumps({"captureData": {"endpointOutput": side}, "eventMetadata": metadata, "eventVersion": "0"})


def label(identity: int) -> str:
    data = {"data": str(int(identity % 10 > 4)), "encoding": "CSV"}
    return json.dumps({"groundTruthData": data, "eventMetadata": {"eventId": str(identity)}, "eventVersion": "0"})


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    write(tmp_path / "capture" / "churn" / "AllTraffic" / HOUR / "00-00.jsonl", [capture(i) for i in range(40)])
    write(
        tmp_path / "scores" / "output" / HOUR / "x.csv.out",
        [f"7,{i % 10 / 10},{i},2026-01-02T02:00:00Z" for i in range(40)],
    )
    write(tmp_path / "labels" / HOUR / "soon.jsonl", [label(i) for i in range(10)])
    write(tmp_path / "labels" / LATER / "late.jsonl", [label(i) for i in range(10, 30)])
    constraints = {"accuracy": {"threshold": 0.95, "comparison_operator": "LessThanThreshold"}}
    document = {"version": 0.0, "binary_classification_constraints": constraints}
    (tmp_path / "constraints.json").write_text(json.dumps(document))
    definition = JobDefinition(
        monitoring_type="ModelQuality",
        source=EndpointInput(endpoint="churn", probability_attribute="0", probability_threshold=0.5),
        ground_truth_uri=str(tmp_path / "labels"),
        output_uri=str(tmp_path / "reports"),
        problem_type="BinaryClassification",
        baseline_constraints=str(tmp_path / "constraints.json"),
        publish_cloudwatch_metrics=False,
    )
    return Monitor(name="hourly", definition=definition, captured_data_uri=str(tmp_path / "capture"))


def carried_out(monitor: Monitor) -> tuple[Any, Any]:
    merge, analysis = plan(monitor, DUE)
    assert merge is not None
    worker = Worker(stream=io.StringIO())
    return worker.run(merge).revision.execution, worker.run(analysis).revision.execution


def test_only_labels_of_the_hour_count_as_in_the_original(monitor: Monitor) -> None:
    merge, analysis = carried_out(monitor)
    assert (merge.merge.captures, merge.merge.labelled_captures) == (40, 10)
    assert (analysis.rows, analysis.metrics["accuracy"], analysis.violations) == (10, 0.9, 1)


def test_late_labels_revise_the_result(monitor: Monitor, tmp_path: Path) -> None:
    carried_out(monitor)
    merge, analysis = carried_out(dataclasses.replace(monitor, labels=LabelWindow(days_after=2)))
    assert (merge.merge.labelled_captures, merge.revision.split("-")[0]) == (30, "000002")
    assert (analysis.rows, analysis.revision.split("-")[0]) == (30, "000002")
    layout = tmp_path / "reports" / "churn" / "hourly" / "2026" / "01" / "02" / "03"
    assert json.loads((layout / "statistics.json").read_text())["dataset"]["item_count"] == 30


def test_batch_transform(monitor: Monitor, tmp_path: Path) -> None:
    source = BatchTransformInput(
        captured_data_uri=str(tmp_path / "scores"),
        dataset_format=Csv(header=False),
        probability_attribute="1",
        probability_threshold=0.5,
    )
    definition = dataclasses.replace(monitor.definition, source=source)
    merge, analysis = carried_out(Monitor(name="hourly", definition=definition))
    assert merge.merge.labelled_captures == 10
    assert (analysis.rows, analysis.endpoint) == (10, None)
    assert analysis.metrics["accuracy"] == 0.9


def test_data_quality_follows_the_manifests_of_batch_transform(tmp_path: Path) -> None:
    """Data capture writes which files a transform job was given; the files stay where they are."""
    write(tmp_path / "scored" / "a.csv", ["age,income", *(f"{i},{i / 2}" for i in range(30))])
    manifest = json.dumps([{"prefix": f"{tmp_path}/scored/"}, "a.csv"])
    write(tmp_path / "capture" / "input" / HOUR / "1f.json", [manifest])
    definition = JobDefinition(
        monitoring_type="DataQuality",
        source=BatchTransformInput(captured_data_uri=str(tmp_path / "capture"), dataset_format=Csv(header=True)),
        output_uri=str(tmp_path / "reports"),
        publish_cloudwatch_metrics=False,
    )
    merge, analysis = plan(Monitor(name="hourly", definition=definition), DUE)
    execution = Worker(stream=io.StringIO()).run(analysis).revision.execution
    assert (merge, execution.rows, execution.endpoint) == (None, 30, None)
    assert (tmp_path / "reports" / "hourly" / "2026" / "01" / "02" / "03" / "statistics.json").is_file()
