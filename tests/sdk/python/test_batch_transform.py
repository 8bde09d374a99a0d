"""Data quality of batch transform: what data capture of a transform job leaves behind, monitored hour by hour."""

from __future__ import annotations

import json

import pytest
from aws_sdk import (
    BatchTransformInput,
    CronExpressionGenerator,
    DatasetFormat,
    DefaultModelMonitor,
    MonitoringDatasetFormat,
    S3Uploader,
    Session,
)
from churn import FEATURES, csv, customers
from executions import run_until
from local_service import move_to, next_hour, now

SCHEDULE = "churn-batch"


def with_header(rows: list[tuple[float, ...]]) -> str:
    return f"{','.join(FEATURES)}\n{csv(rows)}\n"


def transformed(session: Session, bucket: str, rows: list[tuple[float, ...]], name: str) -> None:
    """What a transform job with data capture writes: its input is named by a manifest under the hour."""
    folder = f"s3://{bucket}/churn-batch/transform-input/{name}/"
    S3Uploader.upload_string_as_file_body(with_header(rows), f"{folder}customers.csv", sagemaker_session=session)
    for kind in ("input", "output"):
        S3Uploader.upload_string_as_file_body(
            json.dumps([{"prefix": folder}, "customers.csv"]),
            f"s3://{bucket}/churn-batch/capture/{kind}/{now():%Y/%m/%d/%H}/{name}.json",
            sagemaker_session=session,
        )


def test_batch_transform_is_monitored(session: Session, bucket: str, role: str) -> None:
    data = S3Uploader.upload_string_as_file_body(
        with_header(customers(200, seed=21)), f"s3://{bucket}/churn-batch/train.csv", sagemaker_session=session
    )
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session)
    monitor.suggest_baseline(
        baseline_dataset=data,
        dataset_format=DatasetFormat.csv(header=True),
        output_s3_uri=f"s3://{bucket}/churn-batch/baseline",
        wait=True,
        logs=False,
    )
    move_to(next_hour(10))
    monitor.create_monitoring_schedule(
        monitor_schedule_name=SCHEDULE,
        batch_transform_input=BatchTransformInput(
            data_captured_destination_s3_uri=f"s3://{bucket}/churn-batch/capture",
            destination="/opt/ml/processing/input",
            dataset_format=MonitoringDatasetFormat.csv(header=True),
        ),
        output_s3_uri=f"s3://{bucket}/churn-batch/reports",
        statistics=monitor.baseline_statistics(),
        constraints=monitor.suggested_constraints(),
        schedule_cron_expression=CronExpressionGenerator.hourly(),
        enable_cloudwatch_metrics=True,
    )
    transformed(session, bucket, customers(200, seed=21), "first")
    quiet = run_until(session, SCHEDULE, next_hour(30))
    assert quiet["MonitoringExecutionStatus"] == "Completed"
    assert "EndpointName" not in quiet
    transformed(session, bucket, customers(200, seed=21, older=40), "second")
    drifted = run_until(session, SCHEDULE, next_hour(30))
    assert drifted["MonitoringExecutionStatus"] == "CompletedWithViolations"
    violations = monitor.latest_monitoring_constraint_violations()
    hour = f"{drifted['ScheduledTime']:%Y/%m/%d/%H}"
    assert violations.file_s3_uri == f"s3://{bucket}/churn-batch/reports/{SCHEDULE}/{hour}/constraint_violations.json"
    assert {"feature_name": "age", "constraint_check_type": "baseline_drift_check"}.items() <= next(
        one for one in violations.body_dict["violations"] if one["feature_name"] == "age"
    ).items()
    metrics = session.boto_session.client("cloudwatch").list_metrics(
        Namespace="aws/sagemaker/ModelMonitoring/data-metrics",
        Dimensions=[{"Name": "MonitoringSchedule", "Value": SCHEDULE}],
    )["Metrics"]
    assert "feature_baseline_drift_age" in {one["MetricName"] for one in metrics}
    monitor.delete_monitoring_schedule()
    with pytest.raises(session.sagemaker_client.exceptions.ResourceNotFound):
        session.sagemaker_client.describe_monitoring_schedule(MonitoringScheduleName=SCHEDULE)
