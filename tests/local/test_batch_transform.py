"""Monitors of batch transform jobs, whose captured data are manifests of what the jobs read and wrote."""

from __future__ import annotations

import json
from typing import Any

from tests.local.traffic import (
    ANALYZER,
    baseline_job,
    data_quality_definition,
    labels,
    monitoring_definition,
    put,
    read,
    schedule,
)
from tests.local_aws import START, Client

ROWS = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(40))
SOURCE: dict[str, Any] = {
    "BatchTransformInput": {
        "DataCapturedDestinationS3Uri": "s3://monitored/batch",
        "DatasetFormat": {"Csv": {"Header": True}},
        "LocalPath": "/opt/ml/processing/input",
    }
}


def transformed(aws: Client, side: str, name: str, content: str) -> None:
    """A file of a transform job, and the manifest that data capture writes of it."""
    put(aws, f"transform/{side}/{name}", content)
    manifest = json.dumps([{"prefix": f"s3://monitored/transform/{side}/"}, name])
    put(aws, f"batch/{side}/{START:%Y/%m/%d/%H}/manifest.json", manifest)


def test_what_transform_jobs_read_is_judged(aws: Client) -> None:
    aws.make_bucket()
    baseline_job(aws, "baseline", ROWS)
    aws.sagemaker.create_data_quality_job_definition(**data_quality_definition(DataQualityJobInput=SOURCE))
    schedule(aws, "batch")
    transformed(aws, "input", "part.csv", "label,age\n" + "1,old\n" * 30)
    (execution,) = aws.advance()["executions"]
    assert execution["MonitoringExecutionStatus"] == "CompletedWithViolations", aws.executions("batch")
    found = read(aws, "results/batch/2026/01/01/01/constraint_violations.json")
    assert {one["feature_name"] for one in found["violations"]} >= {"age"}
    assert "EndpointName" not in aws.executions("batch")[0]
    metrics = aws.client("cloudwatch").list_metrics(Namespace="aws/sagemaker/ModelMonitoring/data-metrics")["Metrics"]
    assert {"Name": "MonitoringSchedule", "Value": "batch"} in metrics[0]["Dimensions"]


def test_what_transform_jobs_wrote_is_merged_with_its_labels(aws: Client) -> None:
    aws.make_bucket()
    source = {**SOURCE, "GroundTruthS3Input": {"S3Uri": "s3://monitored/labels"}}
    source["BatchTransformInput"] = {
        **SOURCE["BatchTransformInput"],
        "DatasetFormat": {"Csv": {"Header": False}},
        "InferenceAttribute": "0",
        "ProbabilityAttribute": "1",
    }
    app = {"ImageUri": ANALYZER, "ProblemType": "BinaryClassification"}
    aws.sagemaker.create_model_quality_job_definition(
        **{**monitoring_definition("ModelQuality", app), "ModelQualityJobInput": source}
    )
    schedule(aws, "quality", "modelquality", "ModelQuality")
    lines = [f"{i % 2},{0.9 if i % 2 else 0.1},id-{i},2026-01-01T00:10:00Z" for i in range(60)]
    transformed(aws, "output", "part.csv.out", "\n".join(lines) + "\n")
    labels(aws, START, {f"id-{i}": str(i % 2) for i in range(60)})
    (execution,) = aws.advance()["executions"]
    assert execution["MonitoringExecutionStatus"] == "Completed", aws.executions("quality")
    statistics = read(aws, "results/quality/2026/01/01/01/statistics.json")
    assert statistics["binary_classification_metrics"]["accuracy"]["value"] == 1.0
