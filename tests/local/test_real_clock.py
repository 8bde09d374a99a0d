"""Executions by this machine's clock, which these tests turn as they like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airflow_model_monitor.local.server import LocalAwsServer
from airflow_model_monitor.local.settings import Settings
from tests.local.traffic import data_quality_definition, schedule
from tests.local_aws import Client


class Watch:
    """Stands in for this machine's clock."""

    simulated = False

    def __init__(self) -> None:
        self.present = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.present


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr("airflow_model_monitor.local.aws.open_clock", lambda section, start: watch)
    return watch


def started(server: LocalAwsServer, name: str, count: int) -> list[datetime]:
    """Scheduled times of a schedule's executions, as soon as there are so many and all have ended."""
    aws = Client(server.url)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = aws.executions(name)
        if len(found) >= count and all(one["MonitoringExecutionStatus"] == "Failed" for one in found):
            return [one["ScheduledTime"].astimezone(UTC) for one in found]
        time.sleep(0.05)
    raise AssertionError(aws.executions(name))


@pytest.fixture
def server(watch: Watch, tmp_path: Path) -> Iterator[Callable[..., LocalAwsServer]]:
    running: list[LocalAwsServer] = []

    def start(**settings: float) -> LocalAwsServer:
        while running:
            running.pop().stop()
        running.append(LocalAwsServer(Settings(data=tmp_path / "data", pending=0.0, **settings)).start())
        return running[-1]

    yield start
    for one in running:
        one.stop()


def made(server: LocalAwsServer) -> None:
    aws = Client(server.url)
    aws.make_bucket()
    aws.make_endpoint()
    aws.sagemaker.create_data_quality_job_definition(**data_quality_definition())
    schedule(aws, "hourly")


def test_an_execution_starts_when_its_time_and_the_delay_have_passed(
    server: Callable[..., LocalAwsServer], watch: Watch
) -> None:
    running = server(start_delay=600.0)
    made(running)
    watch.present += timedelta(minutes=35)
    running.aws.scheduler.wake()
    time.sleep(0.3)
    assert Client(running.url).executions("hourly") == []
    watch.present += timedelta(minutes=5)
    running.aws.scheduler.wake()
    assert started(running, "hourly", 1) == [datetime(2026, 1, 1, 1, tzinfo=UTC)]
    (execution,) = Client(running.url).executions("hourly")
    assert execution["CreationTime"] == watch.present


def test_what_was_due_while_the_server_was_off_is_made_up_for_of_the_last_day(
    server: Callable[..., LocalAwsServer], watch: Watch
) -> None:
    made(server())
    watch.present += timedelta(hours=3)
    assert started(server(), "hourly", 3) == [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (1, 2, 3)]
    watch.present += timedelta(days=10)
    times = started(server(), "hourly", 27)
    assert len(times) == 27
    assert times[3] == watch.present.replace(minute=0) - timedelta(hours=23)
