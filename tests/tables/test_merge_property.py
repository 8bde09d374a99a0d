"""No label is ever lost, whatever the order, the hour, the number of copies and the number of runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.contract.captured_data import CapturedRecord
from airflow_model_monitor.contract.ground_truth import GroundTruthRecord
from tests.tables.merging import World, capture, label, lines, merged_in_python

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
IDS = st.sampled_from(["a", "b", "ä", "\U0001f600", '"', "\\", "a\n", "\x1f", "a'b", "0"])
CAPTURES = st.lists(
    st.builds(capture, IDS, st.none() | IDS | st.just(""), TEXT, st.none() | TEXT), min_size=1, max_size=8
)
LABELS = st.lists(st.builds(label, IDS, TEXT, st.sampled_from(["CSV", "JSON"])), min_size=1, max_size=8)
HOURS = st.integers(5, 9)


def spread(
    world: World, root: str, hours: list[int], records: list[CapturedRecord] | list[GroundTruthRecord]
) -> list[int]:
    """Write each record into a file of its hour; return the positions in reading order."""
    order = sorted(range(len(records)), key=lambda index: hours[index])
    for number, index in enumerate(order):
        world.write(f"{root}/2026/01/01/{hours[index]:02d}/{number:03d}", lines(records[index]))
    return order


def joins(captures: list[CapturedRecord], labels: list[GroundTruthRecord]) -> bool:
    return merged_in_python(captures, labels)[1].merged_records > 0


@settings(max_examples=60)
@given(st.data(), CAPTURES, LABELS, st.sampled_from(["newest", "oldest", "all"]))
def test_the_same_as_a_join_in_plain_python(
    data: st.DataObject, captures: list[CapturedRecord], labels: list[GroundTruthRecord], choice: str
) -> None:
    if not joins(captures, labels):
        captures = [*captures, capture(labels[0].event_id)]
    capture_hours = data.draw(st.lists(HOURS, min_size=len(captures), max_size=len(captures)))
    label_hours = data.draw(st.lists(HOURS, min_size=len(labels), max_size=len(labels)))
    with tempfile.TemporaryDirectory() as root:
        world = World(Path(root))
        captures = [captures[index] for index in spread(world, "capture/ep/v", capture_hours, captures)]
        labels = [labels[index] for index in spread(world, "labels", label_hours, labels)]
        expected, counts = merged_in_python(captures, labels, choice)
        result = world.merge(label_choice=choice)
        assert result.text == "".join(f"{line}\n" for line in expected)
        assert result.counts == counts


@settings(max_examples=40)
@given(st.data(), CAPTURES, LABELS)
def test_labels_that_arrive_over_several_runs_end_like_one_merge_of_all(
    data: st.DataObject, captures: list[CapturedRecord], labels: list[GroundTruthRecord]
) -> None:
    captures = [*captures, capture(labels[0].event_id)]
    repeated = data.draw(st.lists(st.sampled_from(range(len(labels))), max_size=4))
    arriving = data.draw(st.permutations([*range(len(labels)), *repeated]))
    hours = data.draw(st.lists(HOURS, min_size=len(arriving), max_size=len(arriving)))
    runs = data.draw(st.integers(1, 4))
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as other:
        world, at_once = World(Path(root)), World(Path(other))
        for one in (world, at_once):
            one.write("capture/ep/v/2026/01/01/05/a", lines(*captures))
        last = None
        for run in range(runs):
            for number in range(run, len(arriving), runs):
                text = lines(labels[arriving[number]])
                for one in (world, at_once):
                    one.write(f"labels/2026/01/01/{hours[number]:02d}/{number:03d}", text)
            if joins(captures, [labels[arriving[number]] for number in range(len(arriving)) if number % runs <= run]):
                last = world.merge()
        assert last == at_once.merge()
