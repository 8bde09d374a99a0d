"""Captures and labels in a folder, the merge of them, and the same merge in plain Python to compare with."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract.captured_data import CapturedRecord, EventData, EventMetadata
from airflow_model_monitor.contract.ground_truth import GroundTruthRecord
from airflow_model_monitor.contract.merge_counts import MergeCounts
from airflow_model_monitor.contract.merged_record import merge_endpoint
from airflow_model_monitor.tables.merge import merge
from airflow_model_monitor.tables.merge_files import MergeInput, captured_files, label_files

_folders = itertools.count()


def capture(
    event_id: str, inference_id: str | None = None, data: str = "1,2", answer: str | None = "0.5\n"
) -> CapturedRecord:
    return CapturedRecord(
        EventMetadata(event_id, "2026-01-01T05:03:35Z", inference_id),
        EventData(data, "CSV", "text/csv", "INPUT"),
        None if answer is None else EventData(answer, "CSV", "text/csv; charset=utf-8", "OUTPUT"),
    )


def label(event_id: str, data: str = "1", encoding: Any = "CSV") -> GroundTruthRecord:
    return GroundTruthRecord(event_id, data, encoding)


def lines(*records: CapturedRecord | GroundTruthRecord) -> str:
    return "".join(f"{record.to_json_line()}\n" for record in records)


@dataclass
class Merged:
    counts: MergeCounts
    files: dict[str, bytes]

    @property
    def text(self) -> str:
        """All merged lines, in the order of folders and parts."""
        return b"".join(self.files.values()).decode()

    @property
    def labels(self) -> list[tuple[str, str]]:
        """Event id of the capture and label of every merged record."""
        documents = [json.loads(line) for line in self.text.splitlines()]
        return [(one["eventMetadata"]["eventId"], one["groundTruthData"]["data"]) for one in documents]


class World:
    """A folder with ``capture`` and ``labels`` below it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, content: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def merge(self, **options: Any) -> Merged:
        output = self.root / f"merged-{next(_folders)}"
        captures = captured_files([MergeInput(str(self.root / "capture"))], manifests="kind" in options)
        labels = label_files([MergeInput(str(self.root / "labels"))])
        counts = merge(captures, labels, output, **{"part_seed": "seed", **options})
        paths = sorted(path for path in output.rglob("*") if path.is_file())
        return Merged(counts, {str(path.relative_to(output)): path.read_bytes() for path in paths})


def merged_in_python(
    captures: Sequence[CapturedRecord], labels: Sequence[GroundTruthRecord], label_choice: str = "newest"
) -> tuple[list[str], MergeCounts]:
    """The merged lines and the counts, by dictionaries; labels from oldest to newest."""
    of_id: dict[str, list[GroundTruthRecord]] = {}
    for one in labels:
        of_id.setdefault(one.event_id, []).append(one)
    keys = [one.event_metadata.inference_id or one.event_metadata.event_id for one in captures]
    chosen = {
        "newest": {key: found[-1:] for key, found in of_id.items()},
        "oldest": {key: found[:1] for key, found in of_id.items()},
        "all": of_id,
    }[label_choice]
    merged = [
        merge_endpoint(one, truth).to_json_line() for one, key in zip(captures, keys) for truth in chosen.get(key, [])
    ]
    first = {key: position for position, key in reversed(list(enumerate(keys)))}
    matched = [first[one.event_id] for one in labels if one.event_id in first]
    return merged, MergeCounts(
        captures=len(captures),
        labelled_captures=sum(key in of_id for key in keys),
        merged_records=len(merged),
        labels=len(labels),
        matched_labels=len(matched),
        unmatched_labels=len(labels) - len(matched),
        repeated_captures=len(keys) - len(set(keys)),
        duplicate_labels=len(labels) - len(of_id),
        out_of_order_labels=sum(place < max(matched[:index], default=-1) for index, place in enumerate(matched)),
    )
