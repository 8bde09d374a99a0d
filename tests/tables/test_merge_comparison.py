from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.merge_comparison import MergeDifference, compare_merges
from airflow_model_monitor.tables.source_files import SourceFile, source_files


def files(path: Path, records: list[tuple[str, str]]) -> list[SourceFile]:
    """One part file with records of a capture and its label."""
    path.write_text("".join(json.dumps(record(*one)) + "\n" for one in records))
    return source_files(str(path)) if records else []


def record(capture: str, label: str) -> dict[str, object]:
    return {
        "eventVersion": "0",
        "groundTruthData": {"data": label, "encoding": "CSV"},
        "captureData": {"endpointOutput": {"data": "0.5", "encoding": "CSV"}},
        "eventMetadata": {"eventId": capture},
    }


def test_records_come_go_and_change(tmp_path: Path) -> None:
    old = files(tmp_path / "old.jsonl", [("a", "1"), ("b", "0"), ("c", "1")])
    new = files(tmp_path / "new.jsonl", [("a", "1"), ("b", "1"), ("d", "1"), ("e", "1")])
    assert compare_merges(old, new) == MergeDifference(added=2, removed=1, relabelled=1)


@pytest.mark.parametrize(("old", "new", "expected"), [([], [("a", "1")], (1, 0, 0)), ([("a", "1")], [], (0, 1, 0))])
def test_one_side_may_be_empty(old: list, new: list, expected: tuple[int, int, int], tmp_path: Path) -> None:  # type: ignore[type-arg]
    result = compare_merges(files(tmp_path / "old.jsonl", old), files(tmp_path / "new.jsonl", new))
    assert result == MergeDifference(*expected)


records = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("01")), max_size=8)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records, records)
def test_numbers_are_those_of_a_count_by_hand(
    tmp_path: Path, old: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    expected = [0, 0, 0]
    for capture in "abc":
        before, after = (Counter(label for one, label in side if one == capture) for side in (old, new))
        expected[0] += max(after.total() - before.total(), 0)
        expected[1] += max(before.total() - after.total(), 0)
        expected[2] += min(before.total(), after.total()) - (before & after).total()
    result = compare_merges(files(tmp_path / "old.jsonl", old), files(tmp_path / "new.jsonl", new))
    assert result == MergeDifference(*expected)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_text('{"captureData": {"endp')
    with pytest.raises(ContractError, match=r"old\.jsonl"):
        compare_merges(source_files(str(tmp_path / "old.jsonl")), [])
