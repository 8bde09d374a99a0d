"""An account as the local SageMaker offers it, seen through AWS's SDK."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_sdk import S3Uploader, Session
from call_recorder import CallRecorder
from executions import settled
from watched_endpoint import make_endpoint


@pytest.fixture(scope="session")
def session() -> Session:
    """AWS's SDK's session, made as its documentation makes it: everything comes from the environment."""
    return Session(boto_session=boto3.Session())


@pytest.fixture(scope="session")
def bucket(session: Session) -> str:
    """The SDK's default bucket, which it makes itself."""
    return session.default_bucket()


@pytest.fixture(scope="session")
def role() -> str:
    return "arn:aws:iam::123456789012:role/service-role/MonitorRole"


@pytest.fixture(scope="session")
def model_uri(session: Session, bucket: str) -> str:
    """The churn model, uploaded; whoever starts these tests has made the file."""
    return S3Uploader.upload(
        str(Path(os.environ["CHURN_MODEL"])), f"s3://{bucket}/churn/model", sagemaker_session=session
    )


@pytest.fixture
def calls() -> Iterator[CallRecorder]:
    """What AWS's SDK asks of AWS during a test."""
    with CallRecorder() as recorder:
        yield recorder


@pytest.fixture(scope="session")
def watched(session: Session, bucket: str, role: str, model_uri: str) -> str:
    """An endpoint that schedules may be for; nobody asks it anything."""
    make_endpoint(session, "churn-requests", bucket, role, model_uri)
    return "churn-requests"


@pytest.fixture(scope="session")
def files(session: Session, bucket: str) -> dict[str, str]:
    """Addresses of a baseline's files, which the SDK downloads and reads as JSON."""
    client = session.boto_session.client("s3")
    names = ("statistics", "constraints", "analysis", "analysis_config")
    for name in names:
        client.put_object(Bucket=bucket, Key=f"requests/baseline/{name}.json", Body=b'{"version": 0.0, "features": []}')
    return {name: f"s3://{bucket}/requests/baseline/{name}.json" for name in names}


@pytest.fixture
def looked_at_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK looks every five seconds whether a change has taken place; when it looks sooner it asks the same."""
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.2)))


@pytest.fixture
def cleared(session: Session) -> Iterator[list[Any]]:
    """Monitors put here are deleted at the test's end."""
    monitors: list[Any] = []
    yield monitors
    for monitor in monitors:
        settled(monitor)
        monitor.delete_monitoring_schedule()
