"""Coverage counted from ids alone is what a merge of the same files finds."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.merge import merge
from airflow_model_monitor.tables.merge_coverage import Coverage, captures_so_far, count_coverage, labels_so_far
from airflow_model_monitor.tables.merge_files import MergeFile, MergeInput

IDS = st.lists(st.sampled_from(["a", "b", "c", "ä\n", '"', ""]), max_size=8)


def capture(event_id: str, inference_id: str | None) -> str:
    metadata = {"eventId": event_id, **({} if inference_id is None else {"inferenceId": inference_id})}
    side = {"observedContentType": "text/csv", "mode": "OUTPUT", "data": "1", "encoding": "CSV"}
    return json.dumps({"captureData": {"endpointOutput": side}, "eventMetadata": metadata, "eventVersion": "0"})


def label(event_id: str) -> str:
    truth = {"data": "1", "encoding": "CSV"}
    return json.dumps({"groundTruthData": truth, "eventMetadata": {"eventId": event_id}, "eventVersion": "0"})


def files(root: Path, captures: list[str], labels: list[str]) -> tuple[list[MergeFile], list[MergeFile]]:
    for name, lines in (("captures.jsonl", captures), ("labels.jsonl", labels)):
        (root / name).write_text("".join(f"{line}\n" for line in lines))
    return (
        captures_so_far([MergeInput(str(root / "captures.jsonl"))], "endpoint"),
        labels_so_far([MergeInput(str(root / "labels.jsonl"))]),
    )


@settings(max_examples=25)  # every example starts two engines
@given(captured=st.lists(st.tuples(st.sampled_from("xyz"), st.none() | st.sampled_from("abcx")), max_size=8), ids=IDS)
def test_is_the_merges_own(captured: list[tuple[str, str | None]], ids: list[str]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        captures, labels = files(root, [capture(*one) for one in captured], [label(one) for one in ids if one])
        if not captures:
            return
        try:
            counts = merge(captures, labels, root / "out", part_seed="") if labels else None
        except ContractError:  # nothing joins
            counts = None

        found = count_coverage(captures, labels)

        assert found == Coverage(len(captured), counts.labelled_captures if counts else 0)


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    assert captures_so_far([MergeInput(str(tmp_path / "2026/01/02/03"))], "endpoint") == []
    assert labels_so_far([MergeInput(str(tmp_path / "2026/01/02/03"))]) == []
    assert Coverage(0, 0).share == 0.0


def test_a_label_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    captures, labels = files(tmp_path, [capture("a", None)], ['{"eventMetadata":{"eventId":"a"}}'])

    with pytest.raises(ContractError, match=r"labels\.jsonl"):
        count_coverage(captures, labels)
