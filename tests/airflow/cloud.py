"""AWS on this machine: a server that answers, clients of it, and an Airflow connection called ``cloud`` to it."""

from __future__ import annotations

import atexit
import functools
import json
from collections.abc import Callable
from typing import Any

import pytest

REGION = "eu-west-1"
ACCOUNT = "123456789012"  # moto's


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Called with a service's name it returns a boto3 client of it. State is the process's: use names of your own."""
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("moto.server")
    from moto.cloudwatch.responses import CloudWatchResponse

    if not hasattr(CloudWatchResponse, "put_composite_alarm"):
        # moto stores and describes composite alarms, and its server knows no way in.
        monkeypatch.setattr(
            CloudWatchResponse, "put_composite_alarm", CloudWatchResponse.put_metric_alarm, raising=False
        )
    url = _address()
    login = {"login": "key", "password": "secret", "extra": {"endpoint_url": url, "region_name": REGION}}
    monkeypatch.setenv("AIRFLOW_CONN_CLOUD", json.dumps({"conn_type": "aws", **login}))
    return lambda service: boto3.client(
        service, endpoint_url=url, region_name=REGION, aws_access_key_id="key", aws_secret_access_key="secret"
    )


@functools.cache
def _address() -> str:
    """Where the server is: one for the process, because moto's state is the process's anyway."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    atexit.register(server.stop)
    return "http://{}:{}".format(*server.get_host_and_port())
