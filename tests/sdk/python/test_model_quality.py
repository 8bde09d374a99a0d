"""Model quality as AWS's documentation shows it: baseline, ground truth at an S3 address, executions, labels late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd
import pytest
from aws_sdk import (
    CronExpressionGenerator,
    DatasetFormat,
    EndpointInput,
    ModelQualityMonitor,
    S3Uploader,
    Session,
)
from churn import Row, csv, customers, leaves, score
from deployment import Deployment
from executions import run_until, settled
from ground_truth import upload_labels
from local_service import move_to, next_hour, now

SCHEDULE = "churn-model-quality"
ENDPOINT = "churn-mq"
SEED = 3


class Story(NamedTuple):
    """All that happened, for the tests to look at."""

    monitor: Any
    described: dict[str, Any]
    good: dict[str, Any]
    good_statistics: dict[str, Any]
    bad: dict[str, Any]
    bad_statistics: dict[str, Any]
    violations: list[dict[str, Any]]


def good_customers(count: int, seed: int) -> dict[str, Row]:
    return {f"{seed}-{number}": row for number, row in enumerate(customers(count, seed=seed))}


@pytest.fixture(scope="module")
def endpoint(session: Session, bucket: str, role: str, model_uri: str) -> Deployment:
    return Deployment(session, ENDPOINT, role=role, model_uri=model_uri, capture_uri=f"s3://{bucket}/churn-mq/capture")


@pytest.fixture(scope="module")
def monitor(session: Session, bucket: str, role: str) -> ModelQualityMonitor:
    """A monitor whose baseline is there."""
    lines = ["probability,prediction,label"]
    for row in customers(400, seed=SEED):
        probability = score(row)
        lines.append(f"{probability:.6f},{int(probability > 0.5)},{leaves(row, seed=SEED)}")
    baseline_dataset_uri = S3Uploader.upload_string_as_file_body(
        "\n".join(lines) + "\n",
        f"s3://{bucket}/churn-mq/baselining/data/validation_with_predictions.csv",
        sagemaker_session=session,
    )
    churn_model_quality_monitor = ModelQualityMonitor(
        role=role,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        volume_size_in_gb=20,
        max_runtime_in_seconds=1800,
        sagemaker_session=session,
    )
    job = churn_model_quality_monitor.suggest_baseline(
        job_name="churn-mq-baseline",
        baseline_dataset=baseline_dataset_uri,
        dataset_format=DatasetFormat.csv(header=True),
        output_s3_uri=f"s3://{bucket}/churn-mq/baselining/results",
        problem_type="BinaryClassification",
        inference_attribute="prediction",
        probability_attribute="probability",
        ground_truth_attribute="label",
    )
    job.wait(logs=False)
    return churn_model_quality_monitor


@pytest.fixture(scope="module")
def story(session: Session, bucket: str, monitor: ModelQualityMonitor, endpoint: Deployment) -> Iterator[Story]:
    """An hour in which the model is right as ever, and one in which customers do the opposite of what it says."""
    ground_truth = f"s3://{bucket}/churn-mq/ground-truth"
    move_to(next_hour(10))
    monitor.create_monitoring_schedule(
        monitor_schedule_name=SCHEDULE,
        endpoint_input=EndpointInput(
            endpoint_name=endpoint.name,
            probability_attribute="0",
            probability_threshold_attribute=0.5,
            destination="/opt/ml/processing/input_data",
        ),
        output_s3_uri=f"s3://{bucket}/churn-mq/reports",
        problem_type="BinaryClassification",
        ground_truth_input=ground_truth,
        constraints=monitor.suggested_constraints(),
        schedule_cron_expression=CronExpressionGenerator.hourly(),
        enable_cloudwatch_metrics=True,
    )
    described = settled(monitor)
    seen = []
    for right, seed in ((True, SEED), (False, SEED + 1)):
        asked = good_customers(300, seed)
        endpoint.ask_by_id((name, csv([row])) for name, row in asked.items())
        labels = {name: leaves(row, seed=seed) if right else int(score(row) <= 0.5) for name, row in asked.items()}
        upload_labels(session, ground_truth, now(), labels)
        execution = run_until(session, SCHEDULE, next_hour(30))
        seen += [execution, monitor.latest_monitoring_statistics().body_dict]
    violations = monitor.list_executions()[-1].constraint_violations().body_dict["violations"]
    yield Story(monitor, described, seen[0], seen[1], seen[2], seen[3], violations)
    monitor.delete_monitoring_schedule()


def test_the_baseline_measures_the_model(monitor: ModelQualityMonitor) -> None:
    baseline_job = monitor.latest_baselining_job
    binary_metrics = baseline_job.baseline_statistics().body_dict["binary_classification_metrics"]
    metrics_df = pd.json_normalize(binary_metrics).T[0]
    rows = customers(400, seed=SEED)
    right = sum(int(score(row) > 0.5) == leaves(row, seed=SEED) for row in rows) / len(rows)
    assert metrics_df["accuracy.value"] == pytest.approx(right)
    assert metrics_df["confusion_matrix.1.1"] == sum(score(row) > 0.5 and leaves(row, seed=SEED) for row in rows)
    assert 0.5 < metrics_df["auc.value"] < 1


def test_constraints_are_suggested(monitor: ModelQualityMonitor) -> None:
    constraints = monitor.suggested_constraints().body_dict["binary_classification_constraints"]
    constraints_df = pd.DataFrame(constraints).T
    assert constraints_df.loc["recall", "comparison_operator"] == "LessThanThreshold"
    assert constraints_df.loc["false_positive_rate", "comparison_operator"] == "GreaterThanThreshold"


def test_the_schedule_is_described(story: Story) -> None:
    assert story.described["MonitoringScheduleStatus"] == "Scheduled"
    assert story.described["MonitoringType"] == "ModelQuality"


def test_an_hour_in_which_the_model_is_right(story: Story) -> None:
    rows = customers(300, seed=SEED)
    right = sum(int(score(row) > 0.5) == leaves(row, seed=SEED) for row in rows) / len(rows)
    measured = story.good_statistics["binary_classification_metrics"]
    assert measured["accuracy"]["value"] == pytest.approx(right)


def test_an_hour_in_which_it_is_wrong(story: Story) -> None:
    assert story.bad["MonitoringExecutionStatus"] == "CompletedWithViolations"
    assert story.bad_statistics["binary_classification_metrics"]["accuracy"]["value"] == 0.0
    violations_df = pd.json_normalize(story.violations)
    assert {"accuracy", "precision", "recall"} <= set(violations_df["metric_name"])
    assert set(violations_df["constraint_check_type"]) <= {"LessThanThreshold", "GreaterThanThreshold"}


def test_labels_are_merged_before_they_are_judged(session: Session, story: Story) -> None:
    described = story.monitor.list_executions()[-1].describe()
    assert described["ProcessingJobArn"] == story.bad["ProcessingJobArn"]
    assert described["Environment"]["problem_type"] == "BinaryClassification"
    assert any("/merge/" in one["S3Input"]["S3Uri"] for one in described["ProcessingInputs"])
    jobs = session.sagemaker_client.list_processing_jobs(NameContains="groundtruth-merge", MaxResults=100)
    assert all(one["ProcessingJobStatus"] == "Completed" for one in jobs["ProcessingJobSummaries"])
    assert len(jobs["ProcessingJobSummaries"]) >= 2


def test_metrics_of_the_model_are_published(session: Session, story: Story) -> None:
    metrics = session.boto_session.client("cloudwatch").list_metrics(
        Namespace="aws/sagemaker/Endpoints/model-metrics",
        Dimensions=[{"Name": "Endpoint", "Value": ENDPOINT}, {"Name": "MonitoringSchedule", "Value": SCHEDULE}],
    )["Metrics"]
    assert {"accuracy", "f1", "f2", "recall", "auc"} <= {one["MetricName"] for one in metrics}


def test_labels_that_come_later_are_judged_when_the_window_lies_back(
    session: Session, bucket: str, role: str, story: Story, endpoint: Deployment
) -> None:
    """A schedule with offsets waits for its labels: requests of one hour, labelled in the next, judged after that."""
    name, ground_truth = "churn-mq-late", f"s3://{bucket}/churn-mq/late-ground-truth"
    late = ModelQualityMonitor(role=role, sagemaker_session=session, max_runtime_in_seconds=1800)
    move_to(next_hour(10))
    asked_at = now()
    asked = good_customers(100, 7)
    endpoint.ask_by_id((one, csv([row])) for one, row in asked.items())
    late.create_monitoring_schedule(
        monitor_schedule_name=name,
        endpoint_input=EndpointInput(
            endpoint_name=endpoint.name,
            probability_attribute="0",
            probability_threshold_attribute=0.5,
            start_time_offset="-PT2H",
            end_time_offset="-PT1H",
            destination="/opt/ml/processing/input_data",
        ),
        output_s3_uri=f"s3://{bucket}/churn-mq/late-reports",
        problem_type="BinaryClassification",
        ground_truth_input=ground_truth,
        constraints=story.monitor.suggested_constraints(),
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )
    early = run_until(session, name, next_hour(30))
    assert early["MonitoringExecutionStatus"] == "Failed"
    upload_labels(session, ground_truth, asked_at, {one: leaves(row, seed=7) for one, row in asked.items()})
    execution = run_until(session, name, next_hour(30))
    assert execution["MonitoringExecutionStatus"] in {"Completed", "CompletedWithViolations"}
    measured = late.latest_monitoring_statistics().body_dict["binary_classification_metrics"]["confusion_matrix"]
    assert sum(count for line in measured.values() for count in line.values()) == 100
    late.delete_monitoring_schedule()
