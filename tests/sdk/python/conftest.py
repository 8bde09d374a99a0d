"""An account as the local SageMaker offers it, seen through AWS's SDK."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from aws_sdk import S3Uploader, Session
from call_recorder import CallRecorder


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
