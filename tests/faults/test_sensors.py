"""Sensors and triggers on the way to a SageMaker whose jobs really ran: through what passes, and no further."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk import DAG, BaseSensorOperator
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.sensors.monitoring_alert import MonitoringAlertSensor
from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor
from airflow_model_monitor.sensors.violation import ViolationSensor
from airflow_model_monitor.service.windows import HOUR
from tests.airflow.outcomes import states, xcom
from tests.faults.world import PASSING, connection
from tests.faulty_aws import Weather
from tests.local_aws import START

Run = Callable[..., Any]
BOTH_MODES = pytest.mark.parametrize("deferrable", [False, True], ids=["poke", "deferred"])
LIST, DESCRIBE = "ListMonitoringExecutions", "DescribeProcessingJob"

pytestmark = pytest.mark.faults


@pytest.fixture
def sense(way: Weather, run_dag: Run, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a DAG of one sensor, for the window that ends at an hour of the first day."""
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(way))

    def run(sensor: type[BaseSensorOperator] = MonitoringExecutionSensor, *, hour: int = 2, **arguments: Any) -> Any:
        timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
        name = re.sub(r"[^\w.-]+", "-", request.node.name)
        with DAG(f"faults-{name}", schedule=timetable, start_date=START - HOUR) as dag:
            sensor(
                task_id="sense",
                **{
                    "monitoring_schedule_name": "hourly",
                    "aws_conn_id": "sagemaker",
                    "poke_interval": 0.1,
                    "timeout": 60,
                    **arguments,
                },
            )
        return run_dag(dag, logical_date=START + timedelta(hours=hour))

    return run


def said(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> str:
    return caplog.text + "".join(capsys.readouterr())


@pytest.mark.parametrize("kind", PASSING)
def test_a_look_comes_through_what_passes(way: Weather, sense: Run, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(way, kind=kind))
    # More often than botocore tries: the sensor has to look again.
    way.fails(LIST, kind, times=3)
    way.fails(DESCRIBE, kind, times=3)
    way.fails("GET", kind, times=1)

    run = sense()

    assert xcom(run, "sense")["counts"] == {"data_type_check": 1}
    assert way.calls.count(LIST) > 4


@pytest.mark.parametrize("kind", ["ThrottlingException", "torn", "slow"])
def test_a_deferred_look_comes_through_what_passes(
    way: Weather, sense: Run, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(way, kind=kind))
    # Two attempts in the worker, before it defers; the others in the triggerer.
    way.fails(LIST, kind, times=5)

    run = sense(ViolationSensor, deferrable=True)

    assert xcom(run, "sense")["matched"] == 1
    assert way.calls.count(LIST) == 6


@BOTH_MODES
def test_credentials_that_expire_are_read_anew(
    way: Weather, sense: Run, deferrable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rotate() -> None:
        monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", connection(way, login="rotated"))

    if deferrable:
        way.fails(LIST, "ThrottlingException", times=2)  # have it deferred first
    way.before(LIST, rotate)
    way.fails(LIST, "ExpiredTokenException")

    run = sense(deferrable=deferrable)

    assert run.state == "success"
    assert way.keys[-1] == "rotated"


@BOTH_MODES
def test_credentials_that_stay_expired_are_the_cause(
    way: Weather, sense: Run, deferrable: bool, caplog: Any, capsys: Any
) -> None:
    if deferrable:
        way.fails(LIST, "ThrottlingException", times=2)
    way.fails(LIST, "ExpiredTokenException", times=1000, message="The security token is expired")

    run = sense(deferrable=deferrable)

    assert states(run)["sense"][0] == "failed"
    assert "The security token is expired" in said(caplog, capsys)
    assert way.calls.count(LIST) < 20


def test_what_does_not_pass_ends_with_the_sensors_time(way: Weather, sense: Run, caplog: Any, capsys: Any) -> None:
    way.fails(LIST, "ThrottlingException", times=1000, message="Rate exceeded")
    started = time.monotonic()

    run = sense(timeout=2, poke_interval=0.3)

    assert states(run)["sense"][0] == "failed"
    assert time.monotonic() - started < 40
    assert "could not be looked up" in (text := said(caplog, capsys))
    assert "Rate exceeded" in text


@BOTH_MODES
def test_a_refusal_is_not_waited_out(way: Weather, sense: Run, deferrable: bool, caplog: Any, capsys: Any) -> None:
    if deferrable:
        way.fails(LIST, "ThrottlingException", times=2)
    way.fails(LIST, "AccessDeniedException", times=1000, message="not authorized to perform: sagemaker:List")

    run = sense(deferrable=deferrable, retries=0)

    assert states(run)["sense"][0] == "failed"
    assert "not authorized to perform: sagemaker:List" in said(caplog, capsys)
    assert way.calls.count(LIST) == (3 if deferrable else 1)


@BOTH_MODES
@pytest.mark.parametrize(("hour", "state"), [(1, "success"), (2, "failed")], ids=["completed", "with violations"])
def test_a_job_that_vanishes_between_list_and_describe(
    way: Weather, sense: Run, hour: int, state: str, deferrable: bool, caplog: Any, capsys: Any
) -> None:
    missing = "Could not find requested job with name: hourly"
    way.fails(DESCRIBE, "ValidationException", times=5, message=missing)
    if deferrable:
        way.fails(LIST, "ThrottlingException", times=2)

    run = sense(ViolationSensor, hour=hour, deferrable=deferrable, minimum_count=1, on_no_violations="fail")

    # Of an execution without violations the list has said all there is to say.
    assert states(run)["sense"][0] == "failed"
    text = said(caplog, capsys)
    assert ("0 of the execution's 0 violations match" if state == "success" else "its processing job is gone") in text


def test_no_traffic_is_told_through_bad_weather(way: Weather, sense: Run) -> None:
    way.fails(LIST, "reset", times=3)

    assert states(sense(hour=3, deferrable=True))["sense"][0] == "skipped"


@BOTH_MODES
def test_an_alert_is_looked_up_through_bad_weather(way: Weather, sense: Run, deferrable: bool) -> None:
    for kind in ("ThrottlingException", "ThrottlingException", "torn", "reset", "InternalFailure"):
        way.fails("ListMonitoringAlerts", kind)

    run = sense(MonitoringAlertSensor, status="InAlert", deferrable=deferrable)

    assert xcom(run, "sense")["status"] == "InAlert"


def test_the_connections_attempts_are_those_of_the_trigger(
    way: Weather, sense: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    adaptive = json.loads(connection(way))
    adaptive["extra"]["config_kwargs"]["retries"] = {"mode": "adaptive", "total_max_attempts": 4}
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", json.dumps(adaptive))
    # Four attempts of the worker's one look, and three of the trigger's first.
    way.fails(LIST, "ThrottlingException", times=7)

    run = sense(deferrable=True, poke_interval=2)

    assert run.state == "success"
    assert way.calls.count(LIST) == 8
