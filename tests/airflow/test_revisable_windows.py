"""A nightly DAG revises the windows that new labels touch, all of them and no others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.find_revisable_windows import (
    FindRevisableWindowsOperator,
    find_revisable_windows,
)
from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.service.merge_store import MergeKey, MergeStore
from airflow_model_monitor.service.windows import HOUR as AN_HOUR
from airflow_model_monitor.service.windows import Window
from tests.airflow.labelled import ENDPOINT, HOUR, MONITOR, hourly_dag, places, write_captures, write_labels
from tests.airflow.outcomes import said, states, xcom

Run = Callable[..., Any]
HOURS = [HOUR + number * AN_HOUR for number in range(6)]
NIGHT = datetime(2026, 1, 3, tzinfo=UTC)  # the run of this night covers January 2


def nightly_dag(root: Path, **arguments: Any) -> DAG:
    timetable = CronDataIntervalTimetable("@daily", timezone="UTC")
    with DAG(f"nightly-{root.name}", schedule=timetable, start_date=HOUR, catchup=False) as dag:
        common = {"monitoring_schedule_name": MONITOR, "output_uri": str(root / "out"), **places(root)}
        windows = find_revisable_windows(**{"window_length": AN_HOUR, "labels_days_after": 7, **common, **arguments})
        MergeGroundTruthOperator.partial(task_id="merge", labels_days_after=7, **common).expand_kwargs(windows)
    return dag


def merge_hour(root: Path, run_dag: Run, hour: datetime) -> None:
    with hourly_dag(f"merge-{root.name}-{hour:%H}") as dag:
        MergeGroundTruthOperator(
            task_id="merge",
            monitoring_schedule_name=MONITOR,
            output_uri=str(root / "out"),
            labels_days_after=7,
            **places(root),
        )
    assert run_dag(dag, logical_date=hour + AN_HOUR).state == "success"


def named(run: Any) -> list[datetime]:
    """Starts of the windows that were named."""
    return [datetime.fromisoformat(one["window_start"]) for one in xcom(run, "find_revisable_windows")]


def revisions(root: Path) -> list[int]:
    """How many revisions each hour has."""
    store = MergeStore(str(root / "out"))
    return [len(store.revisions(MergeKey(MONITOR, Window(hour, hour + AN_HOUR), ENDPOINT))) for hour in HOURS]


@pytest.fixture
def merged(tmp_path: Path, run_dag: Run) -> Path:
    """Six hours of traffic; the first four had labels and were merged."""
    for hour in HOURS:
        write_captures(tmp_path, hour)
    for hour in HOURS[:4]:
        write_labels(tmp_path, range(30), hour)
    for hour in HOURS[:4]:
        merge_hour(tmp_path, run_dag, hour)
    return tmp_path


def test_exactly_the_windows_that_labels_touch_are_revised(merged: Path, run_dag: Run) -> None:
    later = HOURS[-1] + timedelta(hours=5)
    write_labels(merged, range(30, 33), HOURS[1], collected=later, name="late")
    write_labels(merged, range(5), HOURS[4], collected=later, name="first")
    write_labels(merged, range(5), HOUR - timedelta(days=9), collected=later, name="of nobody")

    run = run_dag(nightly_dag(merged), logical_date=NIGHT)

    assert run.state == "success"
    assert named(run) == [HOURS[1], HOURS[4]]
    assert revisions(merged) == [1, 2, 1, 1, 1, 0]


def test_the_next_night_there_is_nothing_to_do(merged: Path, run_dag: Run) -> None:
    write_labels(merged, range(30, 33), HOURS[1], collected=HOURS[5], name="late")
    run_dag(nightly_dag(merged), logical_date=NIGHT)

    run = run_dag(nightly_dag(merged), logical_date=NIGHT + timedelta(days=1))

    assert named(run) == []
    assert states(run)["merge"][0] == "skipped"
    assert revisions(merged) == [1, 2, 1, 1, 0, 0]


def test_what_exceeds_the_cap_is_left_for_the_next_night(
    merged: Path, run_dag: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    for hour in HOURS:
        write_labels(merged, range(30, 33), hour, collected=HOURS[5], name=f"late-{hour:%H}")

    first = run_dag(nightly_dag(merged, max_windows=4), logical_date=NIGHT)
    log = said(*capfd.readouterr())
    second = run_dag(nightly_dag(merged, max_windows=4), logical_date=NIGHT + timedelta(days=1))

    assert (named(first), named(second)) == (HOURS[:4], HOURS[4:])
    assert "2 windows from 2026-01-02T05:00:00Z to 2026-01-02T07:00:00Z are left for the next run" in log


def test_windows_that_were_never_merged_may_be_left_out(merged: Path, run_dag: Run) -> None:
    for hour in (HOURS[0], HOURS[5]):
        write_labels(merged, range(30, 33), hour, collected=HOURS[5], name=f"late-{hour:%H}")

    assert named(run_dag(nightly_dag(merged, window_length=None), logical_date=NIGHT)) == [HOURS[0]]


@pytest.mark.parametrize(
    ("look_back", "found"), [(timedelta(days=1), HOURS[:2]), (timedelta(hours=22), HOURS[1:2]), (timedelta(0), [])]
)
def test_looks_back_as_far_as_it_is_told(
    merged: Path, run_dag: Run, look_back: timedelta, found: list[datetime]
) -> None:
    for hour in HOURS[:2]:
        write_labels(merged, range(30, 33), hour, collected=HOURS[5], name=f"late-{hour:%H}")

    assert named(run_dag(nightly_dag(merged, look_back=look_back), logical_date=NIGHT)) == found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"window_length": timedelta(minutes=90)}, "whole hours"),
        ({"window_anchor": datetime(2026, 1, 1, 0, 30, tzinfo=UTC)}, "not a whole UTC hour"),
        ({"window_length": None, "start_time_offset": "-PT2H"}, "give the length of the windows too"),
        ({"look_back": timedelta(days=-1)}, "look_back"),
        ({"max_windows": 0}, "max_windows=0: expected a whole number of at least 1"),
        ({"endpoint_name": None}, "give endpoint_name"),
        ({"monitoring_schedule_name": "late_arrivals"}, "monitoring_schedule_name"),
    ],
)
def test_refuses_by_name_and_value(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    given = {
        "task_id": "find",
        "monitoring_schedule_name": MONITOR,
        "output_uri": "out",
        "window_length": AN_HOUR,
        **places(tmp_path),
        **arguments,
    }

    with pytest.raises(ValueError, match=message):
        FindRevisableWindowsOperator(**given)
