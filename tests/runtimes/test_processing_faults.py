"""What goes wrong on the way to SageMaker: calls come through, or fail with the cause."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.runtimes import processing_service
from airflow_model_monitor.runtimes.closed_account import ClosedAccountError
from airflow_model_monitor.runtimes.processing_failure import (
    ProcessingJobTookTooLong,
    ProcessingJobUnfinished,
    ProcessingJobVanished,
)
from airflow_model_monitor.runtimes.processing_service import ProcessingJobRefusedError
from tests.faulty_aws import Weather, bad_weather
from tests.local_aws import Client, local_aws
from tests.runtimes.processing_world import SLOWLY, World

KILLED = """
import json
import sys
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.runtimes.sagemaker_processing import SageMakerProcessing
from tests.local_aws import Client
from tests.runtimes.processing_world import World

world = World(Client(sys.argv[1]), name=sys.argv[2])
runtime = world.runtime()
job = runtime.submit(ProcessingJobRequest.from_api(json.loads(sys.argv[3])), ("dag", "task", "run", -1, 0))
print(job.name, flush=True)
runtime.wait(job.name)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with local_aws(clock=None, enable_scripts=True) as aws:
        aws.make_bucket()
        yield aws


@pytest.fixture
def way(server: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Weather]:
    """A way to the server, and a patience of test length. botocore itself repeats nothing."""
    monkeypatch.setattr(processing_service, "_FIRST_PAUSE", 0.02)
    with bad_weather(server.url) as way:
        yield way


class Impatient:
    """Clients without retries of botocore's own: what is repeated here, the runtime repeats."""

    def __init__(self, way: Weather) -> None:
        self._way = way
        self.made = 0

    def client(self, service: str) -> Any:
        self.made += 1
        return self._way.client(service, attempts=1)


def test_throttling_faults_resets_and_expired_credentials_are_outlasted(way: Weather, server: Client) -> None:
    world, clients = World(server), Impatient(way)
    for kind in ("ThrottlingException", "ServiceUnavailable", "reset"):
        way.fails("CreateProcessingJob", kind)
    for kind in ("ThrottlingException", "ExpiredTokenException", "InternalFailure", "reset", "ThrottlingException"):
        way.fails("DescribeProcessingJob", kind)
    result = world.runtime(clients=clients).run(world.baseline_request())

    assert result.status == "Completed"
    assert way.calls.count("CreateProcessingJob") == 4
    assert way.calls.count("DescribeProcessingJob") > 5
    assert clients.made == 2  # new credentials once
    assert len(world.jobs) == 1


def test_a_lost_answer_starts_no_second_job(way: Weather, server: Client) -> None:
    world = World(server)
    way.fails("CreateProcessingJob", "lost")
    result = world.runtime(clients=Impatient(way)).run(world.baseline_request())

    assert result.status == "Completed"
    assert way.calls.count("CreateProcessingJob") == 2
    assert len(world.jobs) == 1


def test_what_does_not_pass_is_told(way: Weather, server: Client) -> None:
    world = World(server)
    runtime = world.runtime(clients=Impatient(way))
    runtime.service._patience = 1.0
    way.fails("DescribeProcessingJob", "ThrottlingException", times=1000, message="Rate exceeded")
    with pytest.raises(Exception, match="Rate exceeded"):
        runtime.run(world.baseline_request())
    assert 3 < way.calls.count("DescribeProcessingJob") < 1000


CLOSED = "SageMaker Clarify processing is in maintenance mode and is not available to new customers."
NO_QUOTA = "The account-level service limit is 0"
NO_ROLE = "not authorized to perform: iam:PassRole"


@pytest.mark.parametrize(
    ("code", "message", "error", "words"),
    [
        ("ValidationException", CLOSED, ClosedAccountError, "runtime='worker'"),
        ("ResourceLimitExceeded", NO_QUOTA, ProcessingJobRefusedError, "quota"),
        ("AccessDeniedException", NO_ROLE, ProcessingJobRefusedError, "sagemaker:CreateProcessingJob"),
    ],
)
def test_a_refusal_names_the_way_that_works(
    way: Weather, server: Client, code: str, message: str, error: type[Exception], words: str
) -> None:
    world = World(server)
    way.fails("CreateProcessingJob", code, message=message)
    with pytest.raises(error, match=words) as caught:
        world.runtime(clients=Impatient(way)).run(world.baseline_request())
    assert message in str(caught.value)
    assert world.jobs == []


def test_a_job_that_vanishes(way: Weather, server: Client) -> None:
    world = World(server)
    runtime = world.runtime(clients=Impatient(way))
    missing = "Could not find requested job with name: x"
    way.fails("DescribeProcessingJob", "ValidationException", times=10, message=missing)
    with pytest.raises(ProcessingJobVanished, match="somebody has deleted it"):
        runtime.wait("model-monitoring-1")


def test_a_process_killed_while_it_waits_leaves_one_job(server: Client) -> None:
    world = World(server)
    world.write_slow_traffic(records=10)
    # The request travels: made in the child, it would be of another hour when one ends in between.
    request = world.slow_request()
    arguments = [sys.executable, "-c", KILLED, server.url, world.name, json.dumps(request.to_api())]
    path = os.pathsep.join((str(Path(__file__).parents[2]), *sys.path))
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert [(job["ProcessingJobName"], job["ProcessingJobStatus"]) for job in world.jobs] == [(name, "InProgress")]

    runtime = world.runtime()
    job = runtime.submit(request, ("dag", "task", "run", -1, 0))
    result = runtime.finish(request, runtime.wait(job.name))
    assert (job.name, len(world.jobs), result.revision.number) == (name, 1, 1)


def test_a_job_that_takes_too_long(server: Client) -> None:
    world = World(server)
    world.write_slow_traffic(records=400)
    hasty = world.runtime(longest_wait=0.3)
    job = hasty.submit(world.slow_request())
    with pytest.raises(ProcessingJobUnfinished, match="a retry attaches to it"):
        hasty.wait(job.name)
    hasty.stop(job.name)

    limited = world.runtime(job={"max_runtime_in_seconds": 1})
    request = world.slow_request(environment={"seed": "limited"})
    started = time.monotonic()
    with pytest.raises(ProcessingJobTookTooLong, match="max_runtime_in_seconds"):
        limited.run(request)
    assert time.monotonic() - started < SLOWLY * 400
