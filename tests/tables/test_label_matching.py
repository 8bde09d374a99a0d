from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.ground_truth import GroundTruthRecord
from airflow_model_monitor.tables.label_matching import groups_with_labels
from airflow_model_monitor.tables.merge_files import MergeFile
from airflow_model_monitor.tables.source_files import SourceFile, source_files


def label_file(path: Path, ids: list[str]) -> MergeFile:
    path.write_text("".join(GroundTruthRecord(one, "1").to_json_line() + "\n" for one in ids))
    return MergeFile(source_files(str(path))[0] if ids else SourceFile(str(path), str(path), 0), path.name)


def captures(path: Path, ids: list[str], key: str = "inferenceId") -> list[SourceFile]:
    side = {"data": "1", "encoding": "CSV", "mode": "INPUT", "observedContentType": "text/csv"}
    lines = [
        {
            "captureData": {"endpointInput": side},
            "eventMetadata": {"eventId": f"event-{number}", key: one, "inferenceTime": "2026-01-02T02:00:00Z"},
            "eventVersion": "0",
        }
        for number, one in enumerate(ids)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return source_files(str(path)) if ids else []


def test_a_group_with_a_label_is_named(tmp_path: Path) -> None:
    labels = [label_file(tmp_path / name, ids) for name, ids in (("1", ["a", "x"]), ("2", ["c"]))]
    groups = {
        "first": captures(tmp_path / "first.jsonl", ["a", "b"]),
        "second": captures(tmp_path / "second.jsonl", ["c"]),
        "third": captures(tmp_path / "third.jsonl", ["d"]),
        "empty": [],
    }
    wanted = dict.fromkeys(groups, labels)
    assert groups_with_labels(wanted, groups.__getitem__) == ["first", "second"]


def test_a_group_looks_into_its_own_label_files_only(tmp_path: Path) -> None:
    labels = label_file(tmp_path / "1", ["a"])
    groups = {name: captures(tmp_path / f"{name}.jsonl", ["a"]) for name in ("one", "two")}
    assert groups_with_labels({"one": [], "two": [labels]}, groups.__getitem__) == ["two"]


def test_the_event_id_counts_where_there_is_no_inference_id(tmp_path: Path) -> None:
    labels = [label_file(tmp_path / "1", ["event-0"])]
    with_id, without = captures(tmp_path / "a.jsonl", ["a"]), captures(tmp_path / "b.jsonl", ["a"], key="other")
    assert groups_with_labels({0: labels, 1: labels}, [with_id, without].__getitem__) == [1]


ids = st.lists(st.sampled_from(["a", "b", "c", '"', "ü", " a"]), max_size=3)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ids, max_size=4), st.lists(st.tuples(ids, st.sets(st.integers(0, 3))), max_size=4))
def test_groups_are_those_of_a_search_by_hand(
    tmp_path: Path, label_ids: list[list[str]], groups: list[tuple[list[str], set[int]]]
) -> None:
    labels = [label_file(tmp_path / f"labels-{number}", one) for number, one in enumerate(label_ids)]
    files = [captures(tmp_path / f"{number}.jsonl", one) for number, (one, _) in enumerate(groups)]
    wanted = {
        number: [labels[index] for index in sorted(chosen) if index < len(labels)]
        for number, (_, chosen) in enumerate(groups)
    }
    expected = [
        number
        for number, (one, chosen) in enumerate(groups)
        if any(set(one) & set(label_ids[index]) for index in chosen if index < len(label_ids))
    ]
    assert groups_with_labels(wanted, files.__getitem__) == expected


def test_a_label_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "1").write_text('{"groundTruthData": {}}\n')
    broken = MergeFile(source_files(str(tmp_path / "1"))[0], "1")
    with pytest.raises(ContractError, match=r"line 1, field \$\.eventMetadata: is missing"):
        groups_with_labels({0: [broken]}, lambda group: [])
