"""Backfills of hourly merges: exactly the windows asked for are merged, and merged again when labels came late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from airflow_model_monitor.service.merge_store import MergeKey, MergeStore
from airflow_model_monitor.service.windows import Window
from tests.airflow.labelled import ENDPOINT, HOUR, MONITOR, write_captures, write_labels
from tests.system.stack import Stack

pytestmark = pytest.mark.system

DAG = "hourly_quality"
AN_HOUR = timedelta(hours=1)
HOURS = [HOUR + number * AN_HOUR for number in range(8)]


@pytest.fixture(scope="module")
def root(stack: Stack) -> Path:
    """Eight hours of traffic with the labels that came in time; the second to the sixth are backfilled."""
    home = stack.demo / "hourly"
    for hour in HOURS:
        write_captures(home, hour)
        write_labels(home, range(30), hour)
    stack.unpause(DAG)
    stack.backfill(DAG, HOURS[1], HOURS[5])
    return home


def coverages(root: Path) -> list[list[float | None]]:
    """The coverage of every revision of each hour."""
    store = MergeStore(str(root / "out"))
    keys = [MergeKey(MONITOR, Window(hour, hour + AN_HOUR), ENDPOINT) for hour in HOURS]
    return [[revision.execution.coverage for revision in store.revisions(key)] for key in keys]


def test_exactly_the_windows_asked_for_are_merged_and_merged_again(stack: Stack, root: Path) -> None:
    merged = coverages(root)
    for hour in (HOURS[2], HOURS[3], HOURS[5], HOURS[7]):
        write_labels(root, range(30, 36), hour, collected=HOURS[7] + AN_HOUR, name=f"late-{hour:%H}")

    stack.backfill(DAG, HOURS[2], HOURS[4], reprocess="completed")

    assert merged == [[], [0.75], [0.75], [0.75], [0.75], [0.75], [], []]
    # The fifth hour was asked for and no label of its own came: it has looked through the others' and stays what it
    # was. The sixth and the eighth had labels and were not asked for.
    assert coverages(root) == [[], [0.75], [0.75, 0.9], [0.75, 0.9], [0.75, 0.75], [0.75], [], []]


def test_sagemakers_layout_holds_the_merged_hours_alone(root: Path) -> None:
    layout = root / "out" / "merge" / ENDPOINT / "AllTraffic" / "2026/01/02"

    assert sorted(folder.name for folder in layout.iterdir()) == [f"{hour:%H}" for hour in HOURS[1:6]]
