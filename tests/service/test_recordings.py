"""Our requests against recordings of what AWS's own SDK sent (fixed clock, region us-west-2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Csv, Json, Parquet
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.service import requests_model_quality
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.requests_data_quality import analysis_request, baseline_request
from airflow_model_monitor.service.requests_merge import merge_request
from airflow_model_monitor.service.sagemaker_job import SageMakerJob
from airflow_model_monitor.service.uploads import stage_local_inputs

ROLE = "arn:aws:iam::111122223333:role/service-role/MonitorRole"
ON_SAGEMAKER = SageMakerJob(role_arn=ROLE, region="us-west-2")
CSV = Csv(header=True, output_columns_position="START")
TRAIN = "s3://ml-bucket/churn/train/"
UPLOADED = "s3://ml-bucket/model-monitor/baselining/dq-baseline-local/input"
HOUR = "churn-endpoint/AllTraffic/2026/01/02/02"


def baseline(job_name: str, dataset: str = f"{TRAIN}baseline.csv", **arguments: Any) -> ProcessingJobRequest:
    arguments = {"dataset_format": CSV, "default_bucket": "ml-bucket", **arguments}
    return ON_SAGEMAKER.applied_to(baseline_request(job_name=job_name, dataset=dataset, **arguments))


def local_files(folder: Path) -> ProcessingJobRequest:
    for name in ("baseline.csv", "preprocessor.py", "postprocessor.py"):
        (folder / name).touch()
    return baseline_request(
        job_name="dq-baseline-local",
        dataset=str(folder / "baseline.csv"),
        dataset_format=CSV,
        default_bucket="ml-bucket",
        record_preprocessor_script=str(folder / "preprocessor.py"),
        post_analytics_processor_script=str(folder / "postprocessor.py"),
    )


def analysis() -> ProcessingJobRequest:
    request = analysis_request(
        job_name="dq-ondemand-1",
        data={HOUR: f"s3://ml-bucket/capture/{HOUR}"},
        output_uri="s3://ml-bucket/reports/churn-endpoint/ondemand/2026/01/02/03",
        baseline_constraints="s3://ml-bucket/churn/baseline/constraints.json",
        baseline_statistics="s3://ml-bucket/churn/baseline/statistics.json",
    )
    job = SageMakerJob(role_arn=ROLE, region="us-west-2", instance_type="ml.t3.large", max_runtime_in_seconds=1800)
    return job.applied_to(request)


def model_quality_baseline(job_name: str, dataset: str, dataset_format: Any, **arguments: Any) -> ProcessingJobRequest:
    attributes = {name: arguments.pop(name) for name in ("problem_type", "inference_attribute")}
    request = requests_model_quality.baseline_request(
        job_name=job_name,
        dataset=dataset,
        dataset_format=dataset_format,
        attributes=ModelQualityAttributes(**attributes, ground_truth_attribute="label"),
        **arguments,
    )
    return ON_SAGEMAKER.applied_to(request)


def merge() -> ProcessingJobRequest:
    request = merge_request(
        job_name="gt-merge-1",
        data={HOUR: f"s3://ml-bucket/capture/{HOUR}"},
        ground_truth={"2026/01/02/02": "s3://ml-bucket/ground-truth/2026/01/02/02"},
        output_uri="s3://ml-bucket/reports/merge",
    )
    job = SageMakerJob(role_arn=ROLE, region="us-west-2", instance_type="ml.t3.large", max_runtime_in_seconds=1800)
    return job.applied_to(request)


OUTPUT = "s3://ml-bucket/churn/baseline"
REQUESTS: dict[str, Callable[[Path], ProcessingJobRequest]] = {
    "dq_baseline_default_name": lambda _: baseline("baseline-suggestion-job-2026-01-02-03-04-05-678"),
    "dq_baseline_json_lines": lambda _: baseline(
        "dq-baseline-2", TRAIN, dataset_format=Json(lines=True), output_uri=OUTPUT
    ),
    "dq_baseline_local_files": lambda folder: ON_SAGEMAKER.applied_to(
        stage_local_inputs(local_files(folder), UPLOADED)[0]
    ),
    "dq_baseline_minimal": lambda _: baseline("dq-baseline-1"),
    "dq_baseline_parquet": lambda _: baseline("dq-baseline-3", TRAIN, dataset_format=Parquet(), output_uri=OUTPUT),
    "dq_baseline_wait": lambda _: baseline("dq-baseline-wait"),
    "mq_baseline_multiclass_jsonl": lambda _: model_quality_baseline(
        "mq-baseline-mc",
        "s3://ml-bucket/mq/train.jsonl",
        Json(lines=True),
        problem_type="MulticlassClassification",
        inference_attribute="pred",
        default_bucket="ml-bucket",
    ),
    "mq_baseline_regression": lambda _: model_quality_baseline(
        "mq-baseline-reg",
        f"{TRAIN}baseline.csv",
        CSV,
        problem_type="Regression",
        inference_attribute="prediction",
        output_uri="s3://ml-bucket/mq/baseline",
    ),
    "ondemand_dq_analysis": lambda _: analysis(),
    "ondemand_groundtruth_merge": lambda _: merge(),
}


def calls(recordings: Path, name: str, operation: str) -> list[dict[str, Any]]:
    recorded = json.loads((recordings / f"{name}.json").read_text())["calls"]
    return [call for call in recorded if call["operation"] == operation]


def without_app_managed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_app_managed(item) for key, item in value.items() if key != "AppManaged"}
    return [without_app_managed(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_the_recorded_one(recordings: Path, name: str, tmp_path: Path) -> None:
    (call,) = calls(recordings, name, "CreateProcessingJob")
    request = REQUESTS[name](tmp_path)
    assert request.to_api(app_managed=False) == call["api_params"] == call["wire_body"]
    assert request.to_api() == without_app_managed(call["api_params"])


@pytest.mark.parametrize("name", REQUESTS)
def test_recorded_request_reads_back(recordings: Path, name: str) -> None:
    (call,) = calls(recordings, name, "CreateProcessingJob")
    assert ProcessingJobRequest.from_api(call["api_params"]).to_api(app_managed=False) == call["api_params"]


def test_every_recording_of_a_job_is_compared(recordings: Path) -> None:
    patterns = ("dq_baseline_*.json", "mq_baseline_*.json", "ondemand_*.json")
    assert {path.stem for pattern in patterns for path in recordings.glob(pattern)} == set(REQUESTS)


def test_uploads_are_the_recorded_ones(recordings: Path, tmp_path: Path) -> None:
    puts = [call["api_params"] for call in calls(recordings, "dq_baseline_local_files", "PutObject")]
    uploads = stage_local_inputs(local_files(tmp_path), UPLOADED)[1]
    assert [upload.uri for upload in uploads] == [f"s3://{put['Bucket']}/{put['Key']}" for put in puts]
