"""Merged records, as files to publish."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.contract.merge_counts import MergeCounts
from airflow_model_monitor.service.merge_store import MergeKey
from airflow_model_monitor.service.windows import Window

START = datetime(2026, 1, 2, 2, tzinfo=UTC)
KEY = MergeKey("quality", Window(START, START + timedelta(hours=2)), "churn")
FIRST, SECOND = KEY.hour_folders
CAPTURES = 10


def line(event_id: str, label: str) -> str:
    side = {"data": "0.5", "encoding": "CSV", "mode": "OUTPUT", "observedContentType": "text/csv"}
    return json.dumps(
        {
            "eventVersion": "0",
            "groundTruthData": {"data": label, "encoding": "CSV"},
            "captureData": {"endpointOutput": side},
            "eventMetadata": {"eventId": event_id, "inferenceTime": "2026-01-02T02:00:00Z"},
        },
        separators=(",", ":"),
    )


def merged(folder: Path, hours: Mapping[str, Mapping[str, str]], part: str = "part-00000-a.c000.jsonl") -> Path:
    """A local folder with the merged records of some hour folders: label by event id."""
    folder.mkdir(parents=True, exist_ok=True)
    for hour, labels in hours.items():
        path = folder / hour / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(line(*one) + "\n" for one in labels.items()))
    return folder


def execution(records: int, **label_files: int) -> Execution:
    counts = MergeCounts(captures=CAPTURES, labelled_captures=records, merged_records=records, labels=records)
    return Execution(
        monitor_type="GroundTruthMerge",
        status="Completed",
        exit_message="",
        compatibility="corrected",
        coverage=counts.coverage,
        merge=counts,
        label_files=label_files,
    )
