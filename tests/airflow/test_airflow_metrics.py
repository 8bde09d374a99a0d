"""Counters and timers of our tasks, as Airflow's metrics take them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor._compat import stats
from airflow_model_monitor.assets import airflow_metrics
from airflow_model_monitor.guards import MonthlyLimit
from airflow_model_monitor.operators.deploy_model import DeployModelOperator
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.service.model_versions import ModelVersions
from airflow_model_monitor.triggers.alarm_filter import AlarmFilter
from tests.airflow.test_retraining_guard import alarm_event, context, guard, record
from tests.airflow.traffic import ENDPOINT, MONITOR, write_captured_hour, write_training_data
from tests.contract.test_alarm_message import NOTIFICATION

HOUR = datetime(2026, 1, 2, 1, tzinfo=UTC)
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "how-to" / "observability.md"


class Kept:
    """What would be sent to a metrics server."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self.times: dict[str, timedelta] = {}
        self.names: set[str] = set()

    def incr(self, name: str, count: int = 1, *, tags: dict[str, str]) -> None:
        key = (
            name,
            ",".join(f"{tag}={value}" for tag, value in sorted(tags.items()) if tag not in ("monitor", "runtime")),
        )
        self.counts[key] = self.counts.get(key, 0) + count
        self.names.add(name)

    def timing(self, name: str, took: timedelta, *, tags: dict[str, str]) -> None:
        self.times[name] = took
        self.names.add(name)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    found = Kept()
    monkeypatch.setattr(airflow_metrics, "stats", lambda: found)
    return found


def test_a_baseline_and_an_hour_that_drifts(tmp_path: Path, run_dag: Callable[..., Any], kept: Kept) -> None:
    write_captured_hour(tmp_path / "traffic", HOUR, shift=500)
    common = {"monitoring_schedule_name": MONITOR, "baseline_uri": str(tmp_path / "baseline")}
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG("measured", schedule=timetable, start_date=HOUR, catchup=False) as dag:
        suggest = SuggestBaselineOperator(
            task_id="suggest",
            dataset=str(write_training_data(tmp_path / "training" / "data.csv")),
            dataset_format={"csv": {"header": True}},
            **common,
        )
        hour, quiet = (
            RunMonitoringOperator(
                task_id=name,
                endpoint_name=ENDPOINT,
                captured_data_uri=str(tmp_path / folder),
                output_uri=str(tmp_path / "out"),
                on_no_data="skip",
                **common,
            )
            for name, folder in (("hour", "traffic"), ("quiet", "nothing"))
        )
        suggest >> [hour, quiet]

    run_dag(dag, logical_date=HOUR + timedelta(hours=1))

    counts = kept.counts
    assert counts["model_monitor.job.ended", "monitoring_type=DataQuality,status=CompletedWithViolations"] == 1
    assert counts["model_monitor.job.ended", "monitoring_type=DataQuality,status=Completed"] == 1
    assert counts["model_monitor.job.ended", "monitoring_type=DataQuality,status=NoData"] == 1
    assert counts["model_monitor.violations", "check=baseline_drift_check,monitoring_type=DataQuality"] == 1
    assert counts["model_monitor.rows", "monitoring_type=DataQuality"] > 100
    assert timedelta(0) < kept.times["model_monitor.job.duration"] < timedelta(minutes=10)


def test_retrainings_and_alarms(tmp_path: Path, kept: Kept) -> None:
    guards = [MonthlyLimit(at_most=1)]
    guard(tmp_path, guards).execute(context(alarm_event("one")))
    guard(tmp_path, guards).execute(context(alarm_event("two"), run_id="run-2"))
    guard(tmp_path, guards).execute(context(alarm_event("two"), run_id="run-2"))
    record(tmp_path, "finished", context())
    record(tmp_path, "finished", context())
    AlarmFilter().judge({"MessageId": "1", "Body": json.dumps(NOTIFICATION)}, logging.getLogger())

    assert kept.counts == {
        ("model_monitor.retraining.begun", ""): 1,
        ("model_monitor.retraining.stopped", "guard=MonthlyLimit"): 1,
        ("model_monitor.retraining.ended", "outcome=finished"): 1,
        ("model_monitor.alarm.told", "state=ALARM"): 1,
    }
    assert "model_monitor.retraining.duration" in kept.times


def test_a_deployment_is_counted_once(tmp_path: Path, kept: Kept) -> None:
    version = ModelVersions(str(tmp_path / "churn")).add({"model.onnx": b"m"}, {}).version

    for _ in range(2):
        deploy = DeployModelOperator(task_id="deploy", models_uri=str(tmp_path / "churn"), version=version)
        deploy.execute({})  # type: ignore[arg-type]

    assert kept.counts == {("model_monitor.model.deployed", "model=churn"): 1}


def test_every_metric_is_documented(kept: Kept) -> None:
    moment = timedelta(seconds=1)
    tags = {"monitor": "m", "monitoring_type": "DataQuality", "runtime": "worker"}
    airflow_metrics.job_ended(**tags, took=moment, status="Completed", rows=1, found={"a": 1})
    airflow_metrics.job_without_result(**tags, status="Failed")
    for allowed in (True, False):
        airflow_metrics.retraining_decided(allowed=allowed, stopped_by=None)
    airflow_metrics.retraining_ended(outcome="finished", took=moment)
    airflow_metrics.model_deployed(model="churn")
    airflow_metrics.alarm_told(state="ALARM")

    documented = set(re.findall(r"`(model_monitor\.[a-z_.]+)`", DOCUMENTATION.read_text()))

    assert documented == kept.names


def test_this_airflow_takes_them() -> None:
    stats().incr("model_monitor.rows", 3, tags={"monitor": "churn"})
    stats().timing("model_monitor.job.duration", timedelta(seconds=1), tags={"monitor": "churn"})
