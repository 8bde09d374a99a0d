"""Merged records of a real run, from the captures and labels they must have been made of."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from airflow_model_monitor.jobs import merge
from tests.golden_folder import golden_folder

EXPECTED = "model-quality/idea-2023-02-13/merged_records.jsonl"
LABELS = "model-quality/idea-2023-02-13/ground_truth_sample.jsonl"


def captured(line: str) -> str:
    """The captured record as data capture writes it: without the label, in its own key order."""
    document = json.loads(line)
    sides = {
        name: {key: side[key] for key in ("observedContentType", "mode", "data", "encoding")}
        for name, side in document["captureData"].items()
    }
    record = {"captureData": sides, "eventMetadata": document["eventMetadata"], "eventVersion": "0"}
    return json.dumps(record, separators=(",", ":"))


@pytest.mark.parametrize("seed", range(3))
def test_the_merge_of_a_real_hour(tmp_path: Path, seed: int) -> None:
    expected = (golden_folder() / EXPECTED).read_text().splitlines()
    labels = (golden_folder() / LABELS).read_text().splitlines()
    random.Random(seed).shuffle(labels)
    hour = "from-idea-to-prod-endpoint-13-15-39-04/AllTraffic/2023/02/13/21"
    (tmp_path / "capture" / hour).mkdir(parents=True)
    (tmp_path / "capture" / hour / "03-35.jsonl").write_text("\n".join(map(captured, expected)) + "\n")
    (tmp_path / "labels/2023/02/13/21").mkdir(parents=True)
    (tmp_path / "labels/2023/02/13/21/labels.jsonl").write_text("\n".join(labels))
    env = {
        "dataset_source": str(tmp_path / "capture"),
        "ground_truth_source": str(tmp_path / "labels"),
        "output_path": str(tmp_path / "merged"),
    }
    result = merge.run(env)
    assert (result.exit_code, result.message) == (0, "")
    (part,) = (tmp_path / "merged" / hour).iterdir()
    assert part.read_bytes() == (golden_folder() / EXPECTED).read_bytes().rstrip(b"\n") + b"\n"
    assert result.execution is not None
    assert result.execution.merge is not None
    assert result.execution.merge.unmatched_labels == len(labels) - len(expected)
