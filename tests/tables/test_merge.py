"""What joins with what, what is written where, and what is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.merge_counts import MergeCounts
from airflow_model_monitor.tables import part_files
from tests.tables.merging import World, capture, label, lines, merged_in_python


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_merged_record_to_the_byte(world: World) -> None:
    world.write("capture/ep/AllTraffic/2026/01/01/05/a.jsonl", lines(capture("e", "i")))
    world.write("labels/2026/01/01/05/a.jsonl", lines(label("i", "0")))
    result = world.merge()
    (name,) = result.files
    assert name.startswith("ep/AllTraffic/2026/01/01/05/part-00000-")
    assert name.endswith(".c000.jsonl")
    assert result.text == (
        '{"eventVersion":"0","groundTruthData":{"data":"0","encoding":"CSV"},"captureData":{"endpointInput":{'
        '"data":"1,2","encoding":"CSV","mode":"INPUT","observedContentType":"text/csv"},"endpointOutput":{'
        '"data":"0.5\\n","encoding":"CSV","mode":"OUTPUT","observedContentType":"text/csv; charset=utf-8"}},'
        '"eventMetadata":{"eventId":"e","inferenceId":"i","inferenceTime":"2026-01-01T05:03:35Z"}}\n'
    )


def test_the_id_is_the_inference_id_record_by_record(world: World) -> None:
    world.write("capture/a", lines(capture("e1", "i1"), capture("e2"), capture("e3", ""), capture("e4", "i4")))
    world.write("labels/a", lines(label("i1"), label("e1"), label("e2"), label("e3"), label("e4")))
    assert [event_id for event_id, _ in world.merge().labels] == ["e1", "e2", "e3"]


def test_captures_that_share_an_id_all_stay_in_their_order(world: World) -> None:
    world.write("capture/b", lines(capture("e3", "1"), capture("e4", "2")))
    world.write("capture/a", lines(capture("e1", "1"), capture("e2", "2")))
    world.write("labels/a", lines(label("2", "two"), label("1", "one"), label("5")))
    result = world.merge()
    assert result.labels == [("e1", "one"), ("e2", "two"), ("e3", "one"), ("e4", "two")]
    assert result.counts == MergeCounts(
        captures=4, labelled_captures=4, merged_records=4, labels=3, matched_labels=2, unmatched_labels=1,
        repeated_captures=2, out_of_order_labels=1,
    )  # fmt: skip


def test_every_hour_gets_a_folder_of_its_own(world: World) -> None:
    for hour in ("06", "05"):
        world.write(f"capture/ep/v/2026/01/01/{hour}/a.jsonl", lines(capture(hour)))
    world.write("capture/ep/v/2026/01/01/07/a.jsonl", lines(capture("unlabelled")))
    world.write("labels/2026/01/31/23/late.jsonl", lines(label("05"), label("06")))
    folders = [str(Path(name).parent) for name in world.merge().files]
    assert folders == ["ep/v/2026/01/01/05", "ep/v/2026/01/01/06"]


def test_a_repeat_is_identical_and_the_seed_names_the_parts(world: World) -> None:
    world.write("capture/ep/v/2026/01/01/05/a.jsonl", lines(*(capture(str(i)) for i in range(100))))
    world.write("labels/a", lines(*(label(str(i)) for i in range(99, -1, -1))))
    first, second, other = world.merge(), world.merge(threads=1), world.merge(part_seed="other")
    assert first.files == second.files
    assert list(first.files.values()) == list(other.files.values())
    assert list(first.files) != list(other.files)


def test_a_large_hour_has_several_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_files.PartFiles.__init__, "__kwdefaults__", {"largest": 1 << 20})
    world.write("capture/a", lines(*(capture(str(i)) for i in range(20_000))))
    world.write("labels/a", lines(*(label(str(i)) for i in range(20_000))))
    result = world.merge()
    assert [name[:10] for name in result.files] == [f"part-0000{i}" for i in range(len(result.files))]
    assert len(result.files) > 1
    assert [event_id for event_id, _ in result.labels] == [str(i) for i in range(20_000)]


class TestSeveralLabelsOfOneId:
    @pytest.fixture(autouse=True)
    def _files(self, world: World) -> None:
        world.write("capture/a", lines(capture("e"), capture("f")))
        world.write("labels/z/2026/01/01/05/a", lines(label("e", "1"), label("f", "only")))
        world.write("labels/a/2026/01/01/07/a", lines(label("e", "4")))
        world.write("labels/a/2026/01/01/06/b", lines(label("e", "2"), label("e", "3")))
        world.write("labels/a/2026/01/01/06/a", lines(label("e", "1.5")))

    def test_the_newest_is_of_the_latest_hour_whatever_its_root(self, world: World) -> None:
        assert world.merge().labels == [("e", "4"), ("f", "only")]

    def test_the_oldest(self, world: World) -> None:
        assert world.merge(label_choice="oldest").labels == [("e", "1"), ("f", "only")]

    def test_all_in_the_order_of_hour_path_and_line(self, world: World) -> None:
        result = world.merge(label_choice="all")
        assert [data for _, data in result.labels] == ["1", "1.5", "2", "3", "4", "only"]
        assert (result.counts.labelled_captures, result.counts.merged_records) == (2, 6)

    def test_refused(self, world: World) -> None:
        with pytest.raises(
            ContractError, match=r"a second label for 'e': the first stands in .*05/a, line 1"
        ) as caught:
            world.merge(label_choice="refuse")
        assert (caught.value.file, caught.value.line) == (str(world.root / "labels/a/2026/01/01/06/a"), 1)

    def test_the_counts_do_not_depend_on_the_rule(self, world: World) -> None:
        newest, oldest = world.merge().counts, world.merge(label_choice="oldest").counts
        assert newest == oldest
        assert (newest.labels, newest.matched_labels, newest.duplicate_labels) == (6, 6, 4)
        assert newest.out_of_order_labels == 4  # the labels of e that stand after the one of f

    def test_without_repeats_nothing_is_refused(self, world: World) -> None:
        world.write("labels/a/2026/01/01/06/b", "")
        world.write("labels/a/2026/01/01/06/a", "")
        world.write("labels/a/2026/01/01/07/a", lines(label("g")))
        assert world.merge(label_choice="refuse").labels == [("e", "1"), ("f", "only")]


def test_nothing_joins(world: World) -> None:
    world.write("capture/a", lines(*(capture(f"e{i}", f"i{i}") for i in range(5))))
    world.write("labels/a", lines(label("e1"), label("e2")))
    with pytest.raises(ContractError) as caught:
        world.merge()
    assert "5 captures in" in str(caught.value)
    assert "ids such as 'i0', 'i1', 'i2'; 2 labels in" in str(caught.value)
    assert "ids such as 'e1', 'e2'. Give a label the inferenceId" in str(caught.value)


def test_many_shuffled_records_over_many_files(world: World) -> None:
    captures = [capture(f"e{i}", None if i % 3 else f"i{i % 7000}", data=f"{i}") for i in range(12_000)]
    ids = [one.event_metadata.inference_id or one.event_metadata.event_id for one in captures]
    labels = [label(ids[(i * 7919) % 12_000], str(i)) for i in range(9_000)] + [label(f"none{i}") for i in range(50)]
    for start in range(0, 12_000, 500):
        world.write(f"capture/{start:06d}", lines(*captures[start : start + 500]))
    for start in range(0, len(labels), 700):
        world.write(f"labels/{start:06d}", lines(*labels[start : start + 700]))
    for choice in ("newest", "oldest", "all"):
        expected, counts = merged_in_python(captures, labels, choice)
        result = world.merge(label_choice=choice)
        assert result.text.splitlines() == expected
        assert result.counts == counts
