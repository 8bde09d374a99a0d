"""boto3 clients of this very server, for what the local SageMaker does itself: read and write S3, log, publish."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

CREDENTIALS: Final = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
_lock = threading.Lock()
_clients: dict[tuple[str, str, str], Any] = {}


def client(aws: LocalAws, service: str, region: str) -> Any:
    """The client of a service; made once, for making one takes its time."""
    key = (aws.url, service, region)
    with _lock:
        if key not in _clients:
            import boto3
            from botocore.config import Config

            config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}, max_pool_connections=8)
            session = boto3.Session(**CREDENTIALS, region_name=region)
            made = session.client(service, endpoint_url=aws.url, config=config)
            # Loaded when first asked for; two threads would get classes that do not catch each other.
            assert made.exceptions is not None
            _clients[key] = made
        return _clients[key]


def forget_clients(aws: LocalAws) -> None:
    """Close what was made for a server that has stopped."""
    with _lock:
        for key in [key for key in _clients if key[0] == aws.url]:
            _clients.pop(key).close()
