"""The three kinds of place a store may be in; S3 is a real server on this machine."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Place(NamedTuple):
    url: str
    storage_options: dict[str, Any]


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of the requests that AWS's own SDK was recorded sending."""
    golden = os.environ.get("MODEL_MONITOR_GOLDEN") or Path(__file__).parents[2].parent / "shared" / "golden"
    folder = Path(golden) / "sdk-requests"
    if not folder.is_dir():
        pytest.skip(
            "the recordings are not on this machine: point MODEL_MONITOR_GOLDEN at the folder above sdk-requests"
        )
    return folder


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_place(s3_endpoint: str) -> Place:
    """An empty place on S3."""
    import fsspec

    options = {
        "key": "testing",
        "secret": "testing",
        "client_kwargs": {"endpoint_url": s3_endpoint, "region_name": "us-west-2"},
    }
    bucket = f"reports-{uuid.uuid4().hex}"
    fsspec.filesystem("s3", **options).mkdir(bucket)
    return Place(f"s3://{bucket}/monitor/results", options)


@pytest.fixture(params=["path", "file", "memory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for a store."""
    if request.param == "path":
        return Place(str(tmp_path / "reports"), {})
    if request.param == "file":
        return Place(f"file://{tmp_path}/reports", {})
    if request.param == "memory":
        return Place(f"memory://reports-{uuid.uuid4().hex}", {})
    place: Place = request.getfixturevalue("s3_place")
    return place
