"""Sensors read what was published: in both modes, with Airflow's rules for failing softly."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, BaseSensorOperator
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor
from airflow_model_monitor.sensors.violation import ViolationSensor
from tests.airflow.executions import DRIFT, HOLES, HOUR, RUN_AT, UNKNOWN, publish
from tests.airflow.outcomes import states, xcom
from tests.airflow.traffic import ENDPOINT, MONITOR

Run = Callable[..., Any]
BOTH_MODES = pytest.mark.parametrize("deferrable", [False, True], ids=["poke", "deferred"])


def sensing_dag(sensor: type[BaseSensorOperator], root: Path, schedule: Any = None, **arguments: Any) -> DAG:
    timetable = schedule or CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG(f"sense-{root.parent.name}", schedule=timetable, start_date=HOUR, catchup=False) as dag:
        sensor(
            task_id="sense",
            **{
                "output_uri": str(root),
                "monitoring_schedule_name": MONITOR,
                "endpoint_name": ENDPOINT,
                "poke_interval": 0.05,
                "timeout": 20,
                **arguments,
            },
        )
    return dag


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty store."""
    return tmp_path / "executions"


@BOTH_MODES
def test_finds_a_published_execution(root: Path, run_dag: Run, deferrable: bool) -> None:
    revision = publish(root, DRIFT)

    run = run_dag(sensing_dag(MonitoringExecutionSensor, root, deferrable=deferrable), logical_date=RUN_AT)

    result = xcom(run, "sense")
    assert run.state == "success"
    assert result["status"] == "CompletedWithViolations"
    assert result["counts"] == {"baseline_drift_check": 1}
    assert result["execution_url"] == revision.url
    assert result["window"] == {"start": "2026-01-02T01:00:00Z", "end": "2026-01-02T02:00:00Z"}
    assert "/model-monitor/report/" in xcom(run, "sense", key="_link_ReportLink")


@BOTH_MODES
@pytest.mark.parametrize("sensor", [MonitoringExecutionSensor, ViolationSensor])
def test_waits_for_the_publication(
    root: Path, run_dag: Run, sensor: type[BaseSensorOperator], deferrable: bool
) -> None:
    later = threading.Timer(0.5, publish, (root, DRIFT))
    later.start()

    run = run_dag(sensing_dag(sensor, root, deferrable=deferrable), logical_date=RUN_AT)
    later.join()

    assert run.state == "success"


@BOTH_MODES
@pytest.mark.parametrize("sensor", [MonitoringExecutionSensor, ViolationSensor])
@pytest.mark.parametrize(("soft_fail", "state"), [(False, "failed"), (True, "skipped")])
def test_a_window_that_nobody_judged_times_out(
    root: Path, run_dag: Run, sensor: type[BaseSensorOperator], soft_fail: bool, state: str, deferrable: bool
) -> None:
    # Files without execution.json are an attempt that was killed, not a window without violations.
    (root / ENDPOINT / MONITOR / "2026/01/02/02").mkdir(parents=True)
    if deferrable:
        # dag.test() runs triggers without their time-out; the rule is applied on the way back from one.
        operator = sensing_dag(sensor, root, soft_fail=soft_fail).get_task("sense")
        assert timed_out(operator) == state
        return

    run = run_dag(sensing_dag(sensor, root, timeout=0.2, soft_fail=soft_fail), logical_date=RUN_AT)

    assert states(run)["sense"][0] == state


def timed_out(operator: Any) -> str:
    """What Airflow makes of a deferred task whose trigger outlived its time-out."""
    from airflow_model_monitor._compat import AirflowSensorTimeout, AirflowSkipException

    try:
        operator.resume_execution("__fail__", {"error": "Trigger timeout"}, {})
    except AirflowSkipException:
        return "skipped"
    except AirflowSensorTimeout:
        return "failed"
    return "success"


@BOTH_MODES
@pytest.mark.parametrize(("soft_fail", "state"), [(False, "failed"), (True, "skipped")])
def test_a_failed_execution_fails_at_once(
    root: Path, run_dag: Run, soft_fail: bool, state: str, deferrable: bool
) -> None:
    publish(root, status="Failed")
    dag = sensing_dag(MonitoringExecutionSensor, root, soft_fail=soft_fail, deferrable=deferrable, retries=2)

    run = run_dag(dag, logical_date=RUN_AT)

    assert states(run) == {"sense": (state, 1)}


@BOTH_MODES
@pytest.mark.parametrize(
    ("filters", "state"),
    [
        ({}, "success"),
        ({"minimum_count": 3}, "success"),
        ({"minimum_count": 4}, "skipped"),
        ({"minimum_count": 4, "on_no_violations": "fail"}, "failed"),
        ({"minimum_count": 4, "on_no_violations": "fail", "soft_fail": True}, "skipped"),
        ({"check_types": ["baseline_drift_check"]}, "success"),
        ({"check_types": ["baseline_drift_check"], "features": ["carrier"]}, "skipped"),
        ({"check_types": ["data_type_check"]}, "skipped"),
        ({"features": ["dep_delay"], "minimum_count": 2}, "success"),
        ({"features": ["dep_delay"], "minimum_count": 3}, "skipped"),
    ],
)
def test_filters(root: Path, run_dag: Run, filters: dict[str, Any], state: str, deferrable: bool) -> None:
    publish(root, DRIFT, HOLES, UNKNOWN)

    run = run_dag(sensing_dag(ViolationSensor, root, deferrable=deferrable, **filters), logical_date=RUN_AT)

    assert states(run)["sense"][0] == state


def test_tells_what_matched(root: Path, run_dag: Run) -> None:
    publish(root, DRIFT, HOLES, UNKNOWN)

    run = run_dag(sensing_dag(ViolationSensor, root, features=["dep_delay"]), logical_date=RUN_AT)

    result = xcom(run, "sense")
    assert (result["matched"], result["features"]) == (2, ["dep_delay"])
    assert result["matched_counts"] == {"baseline_drift_check": 1, "completeness_check": 1}
    assert result["execution"]["violations"] == 3


@BOTH_MODES
def test_a_quiet_execution_skips(root: Path, run_dag: Run, deferrable: bool) -> None:
    publish(root)

    run = run_dag(sensing_dag(ViolationSensor, root, deferrable=deferrable), logical_date=RUN_AT)

    assert states(run)["sense"][0] == "skipped"


@BOTH_MODES
def test_violations_that_were_deleted_are_not_no_violations(root: Path, run_dag: Run, deferrable: bool) -> None:
    revision = publish(root, DRIFT)
    Path(revision.url, "constraint_violations.json").unlink()

    run = run_dag(sensing_dag(ViolationSensor, root, deferrable=deferrable), logical_date=RUN_AT)

    assert states(run)["sense"][0] == "failed"


@BOTH_MODES
def test_an_empty_interval_fails_without_retries(root: Path, run_dag: Run, deferrable: bool) -> None:
    publish(root, DRIFT)
    dag = sensing_dag(MonitoringExecutionSensor, root, schedule="@hourly", deferrable=deferrable, retries=2)

    run = run_dag(dag, logical_date=RUN_AT)

    assert states(run) == {"sense": ("failed", 1)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"check_types": ["baseline_drift"]}, "did you mean 'baseline_drift_check'"),
        ({"check_types": "baseline_drift_check"}, "expected a list"),
        ({"features": []}, "expected a list"),
        ({"minimum_count": 0}, "at least 1"),
        ({"on_no_violations": "ignore"}, "'skip' or 'fail'"),
        ({"monitoring_schedule_name": "late_arrivals"}, "replace '_'"),
        ({"window_start": "2026-01-02T01:00:00Z"}, "without window_end"),
    ],
)
def test_refuses_arguments_by_name(root: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sensing_dag(ViolationSensor, root, **arguments)
