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
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.model_quality_definition import (
    BatchTransformSource,
    EndpointSource,
    ModelQualityDefinition,
)
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
def definition(tmp_path: Path) -> ModelQualityDefinition:
    write(tmp_path / "capture" / "churn" / "AllTraffic" / HOUR / "00-00.jsonl", [capture(i) for i in range(40)])
    write(tmp_path / "scores" / HOUR / "x.csv.out", [f"7,{i % 10 / 10},{i},2026-01-02T02:00:00Z" for i in range(40)])
    write(tmp_path / "labels" / HOUR / "soon.jsonl", [label(i) for i in range(10)])
    write(tmp_path / "labels" / LATER / "late.jsonl", [label(i) for i in range(10, 30)])
    constraints = {"accuracy": {"threshold": 0.95, "comparison_operator": "LessThanThreshold"}}
    document = {"version": 0.0, "binary_classification_constraints": constraints}
    (tmp_path / "constraints.json").write_text(json.dumps(document))
    return ModelQualityDefinition(
        monitor="hourly",
        source=EndpointSource(endpoint="churn", captured_data_uri=str(tmp_path / "capture")),
        ground_truth_uri=str(tmp_path / "labels"),
        output_uri=str(tmp_path / "reports"),
        attributes=ModelQualityAttributes(
            problem_type="BinaryClassification", probability_attribute="0", probability_threshold=0.5
        ),
        baseline_constraints=str(tmp_path / "constraints.json"),
        publish_cloudwatch_metrics=False,
    )


def carried_out(definition: ModelQualityDefinition) -> tuple[Any, Any]:
    merge, analysis = plan(definition, DUE)
    worker = Worker(stream=io.StringIO())
    return worker.run(merge).revision.execution, worker.run(analysis).revision.execution


def test_only_labels_of_the_hour_count_as_in_the_original(definition: ModelQualityDefinition) -> None:
    merge, analysis = carried_out(definition)
    assert (merge.merge.captures, merge.merge.labelled_captures) == (40, 10)
    assert (analysis.rows, analysis.metrics["accuracy"], analysis.violations) == (10, 0.9, 1)


def test_late_labels_revise_the_result(definition: ModelQualityDefinition, tmp_path: Path) -> None:
    carried_out(definition)
    merge, analysis = carried_out(dataclasses.replace(definition, labels=LabelWindow(days_after=2)))
    assert (merge.merge.labelled_captures, merge.revision.split("-")[0]) == (30, "000002")
    assert (analysis.rows, analysis.revision.split("-")[0]) == (30, "000002")
    layout = tmp_path / "reports" / "churn" / "hourly" / "2026" / "01" / "02" / "03"
    assert json.loads((layout / "statistics.json").read_text())["dataset"]["item_count"] == 30


def test_batch_transform(definition: ModelQualityDefinition, tmp_path: Path) -> None:
    source = BatchTransformSource(transform_output_uri=str(tmp_path / "scores"), dataset_format=Csv(header=False))
    attributes = dataclasses.replace(definition.attributes, probability_attribute="1")
    merge, analysis = carried_out(dataclasses.replace(definition, source=source, attributes=attributes))
    assert merge.merge.labelled_captures == 10
    assert (analysis.rows, analysis.endpoint) == (10, None)
    assert analysis.metrics["accuracy"] == 0.9
