"""Airflow's database, and one local SageMaker with three executions: completed, with violations, without traffic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.airflow.conftest import airflow_db, run_dag
from tests.faulty_aws import Weather, bad_weather
from tests.local.traffic import baseline_job, capture, captured, data_quality_definition, schedule
from tests.local_aws import START, Client, local_aws

__all__ = ["airflow_db", "run_dag"]

ROWS = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(40))


@pytest.fixture(scope="module")
def service() -> Iterator[Client]:
    """The schedule ``hourly`` was due at 01:00 (completed), 02:00 (violations) and 03:00 (no traffic)."""
    with local_aws() as aws:
        aws.make_bucket()
        aws.make_endpoint()
        baseline_job(aws, "baseline", ROWS)
        aws.sagemaker.create_data_quality_job_definition(**data_quality_definition())
        schedule(aws, "hourly")
        capture(aws, START, captured([str(20 + i) for i in range(40)], ["1", "0"] * 20, START))
        later = START + timedelta(hours=1)
        capture(aws, later, captured(["old"] * 40, ["1", "0"] * 20, later))
        aws.advance("PT3H")
        yield aws


@pytest.fixture
def way(service: Client) -> Iterator[Weather]:
    """A way to the service."""
    with bad_weather(service.url) as way:
        way.delay = 1.5
        yield way
