"""Waiting for labels: in all modes, up to a deadline, and never longer than it takes to look."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_model_monitor.sensors.ground_truth import GroundTruthSensor
from airflow_model_monitor.service.label_coverage import LabelCoverage
from airflow_model_monitor.tables import merge_coverage
from airflow_model_monitor.triggers.labels_arrived import LabelsArrivedTrigger
from tests.airflow.labelled import HOUR, REQUESTS, RUN_AT, hourly_dag, places, write_captures, write_labels
from tests.airflow.outcomes import states, xcom

Run = Callable[..., Any]
FAR_AWAY = timedelta(days=40_000)  # the windows of these tests are long past, and so would any nearer deadline be
WAYS = pytest.mark.parametrize("way", [{}, {"deferrable": True}], ids=["poke", "deferred"])


def sensing_dag(root: Path, **arguments: Any) -> DAG:
    with hourly_dag(f"sense-{root.name}") as dag:
        GroundTruthSensor(
            task_id="sense",
            **{
                "minimum_coverage": 0.75,
                "deadline": FAR_AWAY,
                "poke_interval": 0.05,
                **places(root),
                **arguments,
            },
        )
    return dag


@WAYS
def test_enough_labels_end_the_waiting(tmp_path: Path, run_dag: Run, way: dict[str, Any]) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, range(30))

    run = run_dag(sensing_dag(tmp_path, **way), logical_date=RUN_AT)

    assert xcom(run, "sense") == {
        "coverage": 0.75,
        "captures": REQUESTS,
        "labelled": 30,
        "reason": "coverage",
        "window": {"start": "2026-01-02T01:00:00Z", "end": "2026-01-02T02:00:00Z"},
    }


@WAYS
def test_waits_for_labels_that_come_later(tmp_path: Path, run_dag: Run, way: dict[str, Any]) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, range(20))
    later = threading.Timer(
        0.7, write_labels, (tmp_path, range(20, 35)), {"collected": HOUR + timedelta(days=1), "name": "late"}
    )
    later.start()

    run = run_dag(sensing_dag(tmp_path, labels_days_after=7, **way), logical_date=RUN_AT)
    later.join()

    assert (xcom(run, "sense")["labelled"], xcom(run, "sense")["reason"]) == (35, "coverage")


@WAYS
def test_a_deadline_that_passes_while_waiting(tmp_path: Path, run_dag: Run, way: dict[str, Any]) -> None:
    write_captures(tmp_path)
    deadline = datetime.now(UTC) + timedelta(seconds=2) - RUN_AT

    run = run_dag(sensing_dag(tmp_path, deadline=deadline, **way), logical_date=RUN_AT)

    assert (xcom(run, "sense")["labelled"], xcom(run, "sense")["reason"]) == (0, "deadline")


@WAYS
@pytest.mark.parametrize(("on_deadline", "state"), [("succeed", "success"), ("skip", "skipped"), ("fail", "failed")])
@pytest.mark.parametrize("requests", [0, REQUESTS], ids=["no traffic", "few labels"])
def test_the_deadline_does_what_the_author_asked_for(
    tmp_path: Path, run_dag: Run, way: dict[str, Any], on_deadline: str, state: str, requests: int
) -> None:
    write_captures(tmp_path, requests=requests)
    write_labels(tmp_path, range(10))
    dag = sensing_dag(tmp_path, deadline=timedelta(hours=1), on_deadline=on_deadline, retries=2, **way)

    run = run_dag(dag, logical_date=RUN_AT)

    assert states(run) == {"sense": (state, 1)}


def test_soft_fail_makes_a_failure_a_skip(tmp_path: Path, run_dag: Run) -> None:
    write_captures(tmp_path)
    dag = sensing_dag(tmp_path, deadline=timedelta(0), on_deadline="fail", soft_fail=True, deferrable=True)

    run = run_dag(dag, logical_date=RUN_AT)

    assert states(run)["sense"][0] == "skipped"


def test_reschedule_mode_gives_its_worker_back(tmp_path: Path, run_dag: Run) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, range(10))
    operator = sensing_dag(tmp_path, mode="reschedule").get_task("sense")

    assert operator.reschedule
    write_labels(tmp_path, range(35))
    run = run_dag(operator.dag, logical_date=RUN_AT)
    assert xcom(run, "sense")["labelled"] == 35


def test_ids_are_counted_only_when_files_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_captures(tmp_path)
    counted = []
    count = merge_coverage.count_coverage
    monkeypatch.setattr(
        merge_coverage, "count_coverage", lambda *given, **named: counted.append(1) or count(*given, **named)
    )
    coverage = label_coverage(tmp_path)

    shares = [coverage.look().share, coverage.look().share]
    write_labels(tmp_path, range(10))
    shares += [coverage.look().share, coverage.look().share]

    assert shares == [0.0, 0.0, 0.25, 0.25]
    assert len(counted) == 2


def test_a_label_of_nobody_and_a_second_label_cover_nothing(tmp_path: Path) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, range(10))
    write_labels(tmp_path, [*range(10), REQUESTS + 1], name="again")

    assert label_coverage(tmp_path).look().labelled == 10


def test_a_folder_that_is_not_there_yet_covers_nothing(tmp_path: Path) -> None:
    assert label_coverage(tmp_path).look() == merge_coverage.Coverage(captures=0, labelled=0)


def label_coverage(root: Path) -> LabelCoverage:
    return trigger(root).wanted.coverage()


def trigger(root: Path, **arguments: Any) -> LabelsArrivedTrigger:
    window = {"window_start": HOUR.isoformat(), "window_end": RUN_AT.isoformat()}
    return LabelsArrivedTrigger(**{**window, **places(root), **arguments})


def test_a_slow_store_does_not_hold_up_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LabelCoverage, "look", lambda self: time.sleep(1))

    async def longest_pause_while_waiting() -> float:
        waiting = asyncio.ensure_future(anext(trigger(tmp_path).run()))
        pauses = []
        for _ in range(20):
            start = time.monotonic()
            await asyncio.sleep(0.005)
            pauses.append(time.monotonic() - start)
        waiting.cancel()
        return max(pauses)

    # A look in the loop itself would stop it for the whole second.
    assert asyncio.run(longest_pause_while_waiting()) < 0.7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"minimum_coverage": 1.5}, "minimum_coverage=1.5: expected a share"),
        ({"minimum_coverage": "0.5"}, "minimum_coverage"),
        ({"deadline": timedelta(days=-1)}, "deadline"),
        ({"deadline": 7}, "deadline=7: expected a timedelta"),
        ({"on_deadline": "wait"}, "on_deadline='wait': expected one of 'succeed', 'skip', 'fail'"),
        ({"endpoint_name": None}, "give endpoint_name"),
        ({"labels_days_after": "7"}, "labels_days_after='7'"),
        ({"end_time_offset": "tomorrow"}, "end_time_offset"),
        ({"window_end": "2026-01-02T03:00:00Z"}, "without window_start"),
    ],
)
def test_refuses_by_name_and_value(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sensing_dag(tmp_path, **arguments)


def test_the_time_out_leaves_the_deadline_its_time(tmp_path: Path) -> None:
    assert sensing_dag(tmp_path, deadline=timedelta(days=21)).get_task("sense").timeout > 21 * 86_400
    assert sensing_dag(tmp_path, deadline=timedelta(days=21), timeout=60).get_task("sense").timeout == 60
