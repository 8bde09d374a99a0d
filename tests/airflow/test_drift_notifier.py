"""A notifier that tells about drift, on every way out."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, BaseNotifier
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.assets.summary import execution_summary
from airflow_model_monitor.notifications.drift import DriftNotifier
from airflow_model_monitor.sensors.violation import ViolationSensor
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.violated_row import violated_row
from airflow_model_monitor.service.windows import Window
from tests.airflow import executions
from tests.airflow.cloud import aws  # noqa: F401  a fixture
from tests.airflow.executions import ENDPOINT, HOUR, MONITOR
from tests.contract.test_alarm_message import NOTIFICATION, parsed


class Kept:
    """A destination that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def __call__(self, subject: str, message: str) -> None:
        self.told.append((subject, message))


class Templated(BaseNotifier):
    """Another provider's notifier."""

    template_fields = ("text",)

    def __init__(self, text: str, told: list[str]) -> None:
        super().__init__()
        self.text = text
        self.told = told

    def notify(self, context: Any) -> None:
        self.told.append(self.text)


def context(summary: Any = None, *extras: Any) -> Any:
    ti = SimpleNamespace(dag_id="dag", run_id="run", task_id="monitor", map_index=-1, xcom_pull=lambda **_: summary)
    events = [SimpleNamespace(extra=extra) for extra in extras]
    return {"ti": ti, "dag": None, "triggering_asset_events": {"asset": events} if events else {}}


@pytest.fixture
def drifted(tmp_path: Path) -> Any:
    revision = executions.publish(tmp_path / "out", executions.DRIFT, scratch=tmp_path)
    return execution_summary(revision)


def test_tells_about_the_tasks_own_execution(drifted: Any) -> None:
    kept = Kept()

    DriftNotifier(destinations=["log", kept]).notify(context(drifted))

    ((subject, message),) = kept.told
    assert subject.startswith(f"{MONITOR}: 1 violation of data quality: dep_delay: drift 0.2, threshold 0.1")
    assert f"Monitor {MONITOR}, endpoint {ENDPOINT}" in message
    assert "In violation since 2026-01-02 01:00 UTC" in message
    assert "Report: " in message


def test_a_quiet_window_is_not_told(tmp_path: Path) -> None:
    kept = Kept()
    revision = executions.publish(tmp_path / "out", scratch=tmp_path)

    DriftNotifier(destinations=kept).notify(context(execution_summary(revision)))

    assert kept.told == []


def test_tells_about_what_started_the_run(drifted: Any) -> None:
    kept = Kept()
    alarm = {"from_trigger": True, "payload": parsed(json.dumps(NOTIFICATION)).to_document()}

    DriftNotifier(destinations=kept).notify(context(None, {"monitor": MONITOR, **drifted}, alarm, {"other": 1}))

    assert [subject.split(":")[0] for subject, _ in kept.told] == [MONITOR, "ALARM"]


def test_another_notifier_has_the_message_in_its_templates(drifted: Any) -> None:
    told: list[str] = []

    DriftNotifier(destinations=Templated("{{ drift_subject }} / {{ drift_message }}", told)).notify(context(drifted))

    assert told[0].startswith(f"{MONITOR}: 1 violation of data quality")
    assert "\nReport: " in told[0]


def test_a_destination_that_fails_keeps_the_others_from_nothing(drifted: Any) -> None:
    kept = Kept()

    def broken(subject: str, message: str) -> None:
        raise OSError("no line")

    with pytest.raises(OSError, match="no line"):
        DriftNotifier(destinations=[broken, kept]).notify(context(drifted))
    assert len(kept.told) == 1


def test_a_topic_is_told(aws: Callable[[str], Any], drifted: Any) -> None:  # noqa: F811
    sns, sqs = aws("sns"), aws("sqs")
    name = f"drift-{uuid.uuid4().hex}"
    topic = sns.create_topic(Name=name)["TopicArn"]
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    asyncio.run(DriftNotifier(destinations=topic, aws_conn_id="cloud").async_notify(context(drifted)))

    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    body = json.loads(message["Body"])
    assert body["Subject"].startswith(f"{MONITOR}: 1 violation")
    assert "dep_delay: drift 0.2, threshold 0.1" in body["Message"]


@pytest.mark.parametrize("destination", ["slack", 7, ["log", "mail"]])
def test_unknown_destinations_are_refused(destination: Any) -> None:
    with pytest.raises(ValueError, match=r"destinations: .*expected 'log'"):
        DriftNotifier(destinations=destination)


def test_as_a_callback_of_a_real_task(tmp_path: Path, run_dag: Callable[..., Any]) -> None:
    executions.publish(tmp_path / "out", executions.DRIFT, scratch=tmp_path)
    kept = Kept()
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG("told", schedule=timetable, start_date=HOUR, catchup=False) as dag:
        ViolationSensor(
            task_id="sense",
            output_uri=str(tmp_path / "out"),
            monitoring_schedule_name=MONITOR,
            endpoint_name=ENDPOINT,
            on_success_callback=DriftNotifier(destinations=kept),
        )

    run_dag(dag, logical_date=executions.RUN_AT)

    assert len(kept.told) == 1


def test_a_row_of_windows_ends_at_a_quiet_one(tmp_path: Path) -> None:
    from dataclasses import replace

    store = ExecutionStore(str(tmp_path / "out"))
    made = executions.publish(tmp_path / "template", executions.DRIFT, scratch=tmp_path)
    keys = [
        ExecutionKey(MONITOR, Window(HOUR + timedelta(hours=n), HOUR + timedelta(hours=n + 1)), ENDPOINT)
        for n in range(16)
    ]
    blank = replace(made.execution, files={}, revision=None, report=None)
    for place, key in enumerate(keys):
        if place == 3:
            continue  # a window that was never judged
        if place == 5:
            store.record_failure(key, replace(blank, status="Failed", violations=0, violations_by_check={}))
            continue
        store.publish(key, {}, replace(blank, violations=0 if place == 1 else 1))

    assert violated_row(store, keys[-1]) == (keys[2].window, 12)
    assert violated_row(store, keys[0]) == (keys[0].window, 1)
