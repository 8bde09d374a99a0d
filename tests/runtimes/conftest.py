from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """An AWS on this machine: S3 and CloudWatch."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()
