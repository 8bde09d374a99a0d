"""What the fault tests share: a local SageMaker behind bad weather, and a connection that leads through it."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.faulty_aws import Weather
from tests.local_aws import REGION

#: What passes: a client, or the task, comes through it.
PASSING: Final = ("ThrottlingException", "InternalFailure", "ServiceUnavailable", "reset", "lost", "torn", "slow")


def connection(way: Weather, *, login: str = "test", attempts: int = 2, kind: str = "", **config: Any) -> str:
    """The JSON of an Airflow connection: so many attempts of botocore's.

    :param kind: of the fault that is to come; only slow answers are not waited for
    """
    timeout = 1 if kind == "slow" else 20
    settings = {"retries": {"mode": "standard", "total_max_attempts": attempts}, "read_timeout": timeout, **config}
    extra = {"endpoint_url": way.url, "region_name": REGION, "config_kwargs": settings}
    return json.dumps({"conn_type": "aws", "login": login, "password": "secret", "extra": extra})
