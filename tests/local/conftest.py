from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local_aws import Client, local_aws


@pytest.fixture
def aws() -> Iterator[Client]:
    with local_aws() as client:
        yield client


@pytest.fixture
def world(aws: Client) -> Client:
    """With a bucket and an endpoint that captures into it."""
    aws.make_bucket()
    aws.make_endpoint()
    return aws
