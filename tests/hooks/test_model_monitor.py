from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window

START = datetime(2026, 1, 2, tzinfo=UTC)
KEY = ExecutionKey("daily", Window(START, START + timedelta(days=1)), "churn")


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def connection(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An Airflow connection that leads to the S3 server of this test."""
    described = {
        "conn_type": "aws",
        "login": "access",
        "password": "secret",
        "extra": {
            "endpoint_url": s3_endpoint,
            "region_name": "us-west-2",
            "config_kwargs": {"max_pool_connections": 7},
        },
    }
    monkeypatch.setenv("AIRFLOW_CONN_MINIO", json.dumps(described))
    return "minio"


def test_options_come_from_the_connection(connection: str, s3_endpoint: str) -> None:
    result = ModelMonitorHook(connection, verify=False, botocore_config={"read_timeout": 5}).storage_options("s3://b/k")
    assert result == {
        "key": "access",
        "secret": "secret",
        "endpoint_url": s3_endpoint,
        "client_kwargs": {"region_name": "us-west-2", "verify": False},
        "config_kwargs": {"max_pool_connections": 7, "read_timeout": 5},
    }


def test_a_store_on_s3_through_the_connection(connection: str, tmp_path: Path) -> None:
    hook = ModelMonitorHook(connection)
    hook.client("s3").create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    (tmp_path / "statistics.json").write_text("{}")
    execution = Execution(
        monitor_type="DataQuality", status="Completed", exit_message="Completed", compatibility="corrected"
    )
    store = ExecutionStore("s3://reports/out", hook.storage_options("s3://reports/out"))
    store.publish(KEY, tmp_path, execution)
    result = hook.client("s3").get_object(Bucket="reports", Key="out/churn/daily/2026/01/03/00/statistics.json")
    assert result["Body"].read() == b"{}"


def test_clients_use_the_connection(connection: str, s3_endpoint: str) -> None:
    client = ModelMonitorHook(connection).client("cloudwatch")
    assert (client.meta.endpoint_url, client.meta.region_name) == (s3_endpoint, "us-west-2")


def test_of_two_settings_of_a_client_the_nearer_one_counts(connection: str) -> None:
    from botocore.config import Config

    hook = ModelMonitorHook(connection, botocore_config={"read_timeout": 5})
    defaults = Config(read_timeout=20, connect_timeout=3, max_pool_connections=2)
    effective = hook.client("sagemaker", defaults=defaults, config=Config(user_agent_appid="ours")).meta.config
    assert (effective.max_pool_connections, effective.read_timeout, effective.connect_timeout) == (7, 5, 3)
    assert effective.user_agent_appid == "ours"


@pytest.mark.parametrize("url", ["/data/reports", "file:///data/reports", "memory://reports"])
def test_local_addresses_need_no_connection(url: str) -> None:
    assert ModelMonitorHook("no-such-connection").storage_options(url) == {}


def test_without_a_connection_s3fs_finds_its_own_credentials() -> None:
    hook = ModelMonitorHook(aws_conn_id=None, region_name="eu-west-1")
    assert hook.storage_options("s3://b/k") == {"client_kwargs": {"region_name": "eu-west-1"}}
    assert hook.client("cloudwatch").meta.region_name == "eu-west-1"


def test_importing_the_hook_imports_no_boto3() -> None:
    code = (
        "import sys, airflow_model_monitor.hooks.model_monitor\n"
        "print([m for m in ('boto3', 'botocore', 'duckdb', 'numpy') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip().splitlines()[-1] == "[]"
