"""Labels thrown at uploads and merges in any order end as one merge of everything would have ended."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.runtimes.base import MonitoringJobFailed
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.merge_store import MergeKey
from airflow_model_monitor.service.revisable_windows import find_revisable_windows
from airflow_model_monitor.service.windows import HOUR, Window
from tests.runtimes.merge_world import START, MergeWorld, labels_of

RULE = LabelWindow("-PT1H", "PT1H", days_after=1)
WINDOWS = tuple(Window(START + number * HOUR, START + (number + 1) * HOUR) for number in range(3))
CAPTURED = {0: ["a", "b", "twice", "twice"], 1: ["c", "d"], 2: ["e"]}
IDS = ["a", "b", "c", "d", "e", "twice", "of nobody"]


@dataclass(frozen=True)
class Upload:
    """Labels, an id perhaps twice, uploaded into the folder of so many hours after the first window's."""

    labels: tuple[tuple[str, int], ...]
    hour: int


@dataclass(frozen=True)
class Merge:
    """One window merged."""

    number: int


@dataclass(frozen=True)
class Revise:
    """The windows that new labels touch found, and merged."""


uploads = st.builds(
    Upload,
    st.lists(st.tuples(st.sampled_from(IDS), st.integers(0, 3)), min_size=1, max_size=4).map(tuple),
    st.sampled_from([-1, 0, 1, 2, 12, 24, 26]),
)
steps = st.lists(st.one_of(uploads, uploads, st.builds(Merge, st.integers(0, 2)), st.builds(Revise)), max_size=10)


def revise(world: MergeWorld) -> None:
    found = find_revisable_windows(
        monitor="quality",
        endpoint="churn",
        output_uri=f"{world.url}/reports",
        captured_data_uri=f"{world.url}/capture",
        ground_truth_uri=f"{world.url}/labels",
        windows=WINDOWS,
        labels=RULE,
    )
    for window in found:
        world.merge(window, labels=RULE)


def merge_or_nothing_to_merge(world: MergeWorld, number: int) -> None:
    try:
        world.merge(WINDOWS[number], labels=RULE)
    except MonitoringJobFailed as error:
        assert "No S3 objects found" in str(error) or "no label belongs" in str(error)  # noqa: PT017


def state(world: MergeWorld) -> list[list[tuple[str | None, str]]]:
    revisions = [world.store.read(MergeKey("quality", window, "churn")) for window in WINDOWS]
    return [[] if revision is None else labels_of(revision) for revision in revisions]


def world_at(folder: str) -> MergeWorld:
    world = MergeWorld(folder)
    for number, ids in CAPTURED.items():
        world.capture(WINDOWS[number].start, ids)
    return world


@settings(max_examples=25)
@given(steps)
def test_no_label_is_lost(taken: list[Upload | Merge | Revise]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world, everything = world_at(f"{folder}/by-and-by"), world_at(f"{folder}/at-once")
        for step in taken:
            match step:
                case Upload(labels, hour):
                    world.label(labels, hour=START + hour * HOUR, allow_duplicates=True)
                case Merge(number):
                    merge_or_nothing_to_merge(world, number)
                case Revise():
                    revise(world)
        revise(world)
        for name, content in world.files("labels").items():
            everything.write(f"labels/{name}", content.decode())
        for number in range(len(WINDOWS)):
            merge_or_nothing_to_merge(everything, number)
        assert state(world) == state(everything)
        assert state(world) == by_hand(taken)
        assert layout(world) == layout(everything)


def by_hand(taken: list[Upload | Merge | Revise]) -> list[list[tuple[str | None, str]]]:
    """Of every capture the label from the latest hour, of one hour from the latest upload that is another one."""
    newest: list[dict[str, str]] = []
    sent = list(dict.fromkeys(step for step in taken if isinstance(step, Upload)))
    for window in WINDOWS:
        hours = RULE.labels_of(window)
        labels: dict[str, str] = {}
        for upload in sorted(sent, key=lambda one: one.hour):
            if hours.start <= START + upload.hour * HOUR < hours.end:
                labels |= {one: str(value) for one, value in upload.labels}
        newest.append(labels)
    return [[(one, labels[one]) for one in CAPTURED[number] if one in labels] for number, labels in enumerate(newest)]


def layout(world: MergeWorld) -> dict[str, bytes]:
    """The content of every hour folder in SageMaker's layout; parts are named after the labels that were read."""
    root = Path(world.url) / "reports" / "merge"
    hours = sorted({path.parent for path in root.rglob("part-*")})
    return {
        hour.relative_to(root).as_posix(): b"".join(path.read_bytes() for path in sorted(hour.iterdir()))
        for hour in hours
    }
