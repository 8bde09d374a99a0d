"""What the fault tests share: a local SageMaker behind bad weather, and a connection that leads through it."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.faulty_aws import Weather
from tests.local_aws import REGION

#: What passes: a client, or the task, comes through it.
PASSING: Final = ("ThrottlingException", "InternalFailure", "ServiceUnavailable", "reset", "lost", "torn", "slow")


def connection(way: Weather, *, login: str = "test", attempts: int = 2, **config: Any) -> str:
    """The JSON of an Airflow connection: so many attempts of botocore's, and not much patience with slow answers."""
    settings = {"retries": {"mode": "standard", "total_max_attempts": attempts}, "read_timeout": 1, **config}
    extra = {"endpoint_url": way.url, "region_name": REGION, "config_kwargs": settings}
    return json.dumps({"conn_type": "aws", "login": login, "password": "secret", "extra": extra})
