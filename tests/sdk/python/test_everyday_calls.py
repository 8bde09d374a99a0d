"""What users of the SDK do beside the documented stories: files of their own machine, roles by name, stopped jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_sdk import MAJOR, DatasetFormat, DefaultModelMonitor, S3Downloader, Session
from churn import FEATURES, csv, customers
from deployment import Deployment
from local_service import eventually

ROWS = customers(50, seed=71)


@pytest.fixture
def train(tmp_path: Path) -> str:
    file = tmp_path / "train.csv"
    file.write_text(f"{','.join(FEATURES)}\n{csv(ROWS)}\n")
    return str(file)


def ended(session: Session, name: str) -> Callable[[], str | None]:
    def status() -> str | None:
        job = session.sagemaker_client.describe_processing_job(ProcessingJobName=name)
        return None if job["ProcessingJobStatus"] in {"InProgress", "Stopping"} else str(job["ProcessingJobStatus"])

    return status


def test_a_dataset_on_this_machine_is_uploaded_and_judged(session: Session, bucket: str, role: str, train: str) -> None:
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session)
    monitor.suggest_baseline(
        baseline_dataset=train, dataset_format=DatasetFormat.csv(header=True), wait=True, logs=False
    )
    statistics = monitor.baseline_statistics()
    assert statistics.body_dict["dataset"]["item_count"] == len(ROWS)
    name = monitor.latest_baselining_job_name
    assert statistics.file_s3_uri == f"s3://{bucket}/model-monitor/baselining/{name}/results/statistics.json"


def test_a_role_is_found_by_its_name(session: Session, train: str) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    made = session.boto_session.client("iam").create_role(
        RoleName="ChurnMonitor", AssumeRolePolicyDocument=json.dumps(trust)
    )
    monitor = DefaultModelMonitor(role="ChurnMonitor", sagemaker_session=session)
    monitor.suggest_baseline(
        baseline_dataset=train, dataset_format=DatasetFormat.csv(header=True), wait=False, logs=False
    )
    assert monitor.describe_latest_baselining_job()["RoleArn"] == made["Role"]["Arn"]


@pytest.mark.xfail(
    MAJOR == 3,
    raises=AssertionError,
    reason="sagemaker-core 2.27 asks botocore for an UnexpectedStatusException it has not; that error hides the cause",
)
def test_a_job_that_fails_says_why(session: Session, role: str) -> None:
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session)
    with pytest.raises(Exception, match="No S3 objects found under S3 URL"):
        monitor.suggest_baseline(
            baseline_dataset="s3://no-such-bucket/train.csv",
            dataset_format=DatasetFormat.csv(header=True),
            wait=True,
            logs=False,
        )


def test_capture_is_switched_off_and_on(session: Session, bucket: str, role: str, model_uri: str) -> None:
    endpoint = Deployment(
        session, "churn-capture", role=role, model_uri=model_uri, capture_uri=f"s3://{bucket}/churn-capture/capture"
    )

    def captured() -> int:
        files = S3Downloader.list(f"{endpoint.capture_uri}/{endpoint.name}", sagemaker_session=session)
        return sum(len(S3Downloader.read_file(uri, session).splitlines()) for uri in files)

    endpoint.ask(csv(ROWS[:1]))
    eventually(lambda: captured() == 1, "the captured request")
    endpoint.capture(False)
    endpoint.ask(csv(ROWS[1:2]))
    endpoint.capture(True)
    endpoint.ask(csv(ROWS[2:3]))
    eventually(lambda: captured() > 1, "the next captured request")
    assert captured() == 2


def stop(session: Session, monitor: Any) -> None:
    if MAJOR == 2:
        monitor.latest_baselining_job.stop()
    else:
        session.sagemaker_client.stop_processing_job(ProcessingJobName=monitor.latest_baselining_job_name)


def test_a_job_is_stopped(session: Session, role: str, bucket: str, tmp_path: Path) -> None:
    rows = customers(60_000, seed=72)
    file = tmp_path / "large.csv"
    file.write_text(f"{','.join(FEATURES)}\n{csv(rows)}\n")
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session)
    monitor.suggest_baseline(
        baseline_dataset=str(file), dataset_format=DatasetFormat.csv(header=True), wait=False, logs=False
    )
    stop(session, monitor)
    name = monitor.latest_baselining_job_name
    assert eventually(ended(session, name), "the end of the stopped job") == "Stopped"
    assert S3Downloader.list(f"s3://{bucket}/model-monitor/baselining/{name}/results", sagemaker_session=session) == []
