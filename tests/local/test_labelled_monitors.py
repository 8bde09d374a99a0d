"""Model quality and bias: each execution is a merge and an analysis."""

from __future__ import annotations

import json
from typing import Any

from tests.local.traffic import (
    ANALYZER,
    CLARIFY,
    baseline_job,
    capture,
    captured,
    clarify_job,
    keys,
    labels,
    monitoring_definition,
    put,
    read,
    schedule,
)
from tests.local_aws import START, Client

QUALITY = "prediction,probability,label\n" + "".join(
    f"{i % 2},{0.9 if i % 2 else 0.1},{i % 2 if i % 10 else 1 - i % 2}\n" for i in range(100)
)
BIAS: dict[str, Any] = {
    "dataset_type": "text/csv",
    "headers": ["city", "age", "late"],
    "label": "late",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "city", "value_or_threshold": ["Oslo"]}],
}


def people() -> list[str]:
    return [f"{'Oslo' if i % 3 else 'Bergen'},{20 + i % 40}" for i in range(60)]


def names(aws: Client) -> list[str]:
    return [f"{START:%Y%m%d%H}-{number}" for number in range(60)]


def test_a_model_is_judged_by_its_merged_labels(world: Client) -> None:
    job = baseline_job(
        world,
        "quality",
        QUALITY,
        analysis_type="MODEL_QUALITY",
        problem_type="BinaryClassification",
        inference_attribute="prediction",
        probability_attribute="probability",
        ground_truth_attribute="label",
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    world.sagemaker.create_model_quality_job_definition(
        **monitoring_definition(
            "ModelQuality",
            {"ImageUri": ANALYZER, "ProblemType": "BinaryClassification"},
            endpoint={"InferenceAttribute": "0", "ProbabilityAttribute": "1"},
            baseline="s3://monitored/baseline/constraints.json",
        )
    )
    schedule(world, "quality", "modelquality", "ModelQuality")
    capture(world, START, captured(people(), [f"{i % 2},{0.9 if i % 2 else 0.1}" for i in range(60)], START))
    labels(world, START, {name: str((i + 1) % 2) for i, name in enumerate(names(world))})
    assert [one["MonitoringExecutionStatus"] for one in world.advance()["executions"]] == ["CompletedWithViolations"]

    jobs = world.sagemaker.list_processing_jobs(SortBy="CreationTime", SortOrder="Ascending")["ProcessingJobSummaries"]
    merge, analysis = [one["ProcessingJobName"] for one in jobs if one["ProcessingJobName"] != "quality"]
    assert merge.startswith("groundtruth-merge-202601010100-")
    assert analysis == merge.replace("groundtruth-merge", "model-quality-monitoring")
    (execution,) = world.executions("quality")
    assert execution["ProcessingJobArn"].endswith(analysis)
    found = read(world, "results/churn/quality/2026/01/01/01/constraint_violations.json")
    assert "accuracy" in {one["metric_name"] for one in found["violations"]}
    assert [name for name in keys(world, "results/merge/churn/AllTraffic") if name.startswith("2026/01/01/00/")]
    request = world.sagemaker.describe_processing_job(ProcessingJobName=analysis)
    assert request["Environment"]["sagemaker_monitoring_schedule_name"] == "quality"


def test_an_hour_without_labels_has_no_data(world: Client) -> None:
    world.sagemaker.create_model_quality_job_definition(
        **monitoring_definition(
            "ModelQuality",
            {"ImageUri": ANALYZER, "ProblemType": "BinaryClassification"},
            endpoint={"InferenceAttribute": "0", "ProbabilityAttribute": "1"},
        )
    )
    schedule(world, "quality", "modelquality", "ModelQuality")
    capture(world, START, captured(people(), ["1,0.9"] * 60, START))
    world.advance()
    (execution,) = world.executions("quality")
    assert (execution["MonitoringExecutionStatus"], execution["FailureReason"]) == ("Failed", "Job inputs had no data")
    assert "ProcessingJobArn" not in execution


def test_bias_of_merged_records_is_compared_with_the_baseline(world: Client) -> None:
    rows = "".join(f"{row},{i % 2}\n" for i, row in enumerate(people()))
    job = clarify_job(world, "bias", {**BIAS, "methods": {"pre_training_bias": {"methods": "all"}}}, rows)
    assert job["ProcessingJobStatus"] == "Completed", job
    assert "analysis.json" in keys(world, "baseline/")
    world.sagemaker.create_model_bias_job_definition(
        **monitoring_definition(
            "ModelBias",
            {
                "ImageUri": CLARIFY,
                "ConfigUri": put(world, "config/bias-monitor/analysis_config.json", json.dumps(BIAS)),
            },
            endpoint={"ProbabilityAttribute": "0", "ProbabilityThresholdAttribute": 0.5},
            baseline="s3://monitored/baseline/analysis.json",
        )
    )
    schedule(world, "bias", "modelbias", "ModelBias")
    oslo = [row.startswith("Oslo") for row in people()]
    capture(world, START, captured(people(), ["0.9" if one else "0.1" for one in oslo], START))
    labels(world, START, {name: str(int(oslo[i])) for i, name in enumerate(names(world))})
    (execution,) = world.advance()["executions"]
    assert execution["MonitoringExecutionStatus"] == "CompletedWithViolations"
    found = read(world, "results/churn/bias/2026/01/01/01/constraint_violations.json")
    assert "DPL" in {one["metric_name"] for one in found["violations"]}
