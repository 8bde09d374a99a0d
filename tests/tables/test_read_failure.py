"""The engine quotes what it cannot read, and may cut its quotation in the middle of a character."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_model_monitor.contract.dataset_format import CaptureJson
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.read_failure import is_read_failure, read_failure
from tests.tables.labelled import read
from tests.tables.merging import World, capture, label, lines

# Somewhere within so many bytes the quotation is cut, whatever stands before them.
PADDINGS = range(12)


@pytest.mark.parametrize("padding", PADDINGS)
def test_labels_in_arrays(tmp_path: Path, padding: int) -> None:
    world = World(tmp_path)
    world.write("capture/2026/01/01/05/a.jsonl", lines(capture("a")))
    truth = json.dumps(["x" * padding + "é日😀" * 100, json.loads(label("a").to_json_line())], ensure_ascii=False)
    world.write("labels/2026/01/01/05/a.jsonl", truth + "\n")
    with pytest.raises(ContractError, match=r"labels.*a\.jsonl, line 1, field \$\[0\]"):
        world.merge()


@pytest.mark.parametrize("padding", PADDINGS)
def test_merged_records(write: Callable[..., str], padding: int) -> None:
    line = {"groundTruthData": "x" * padding + "é日😀" * 100, "captureData": {}, "eventMetadata": {"eventId": "e"}}
    path = write("merged.jsonl", json.dumps(line, ensure_ascii=False) + "\n")
    with pytest.raises(ContractError, match=r"merged\.jsonl, line 1, field \$\.groundTruthData"):
        read(path, inference="0")


@pytest.mark.parametrize("padding", PADDINGS)
def test_captured_records(write: Callable[..., str], read_table: Callable[..., object], padding: int) -> None:
    line = {"captureData": {"endpointInput": "x" * padding + "é日😀" * 100}, "eventMetadata": {"eventId": "e"}}
    path = write("capture.jsonl", json.dumps(line, ensure_ascii=False) + "\n")
    with pytest.raises(ContractError, match=r"capture\.jsonl, line 1, field \$\.captureData\.endpointInput"):
        read_table(path, CaptureJson())


def test_the_quotation_is_told(write: Callable[..., str]) -> None:
    path = write("a.jsonl", "")
    cut = f'Invalid Input Error: JSON transform error in file "{path}": "é'.encode()[:-1]
    error = UnicodeDecodeError("utf-8", cut, len(cut) - 1, len(cut), "unexpected end of data")
    assert is_read_failure(error)
    told = read_failure(error, {path: "s3://bucket/a.jsonl"})
    assert told.file == "s3://bucket/a.jsonl"
    assert "JSON transform error" in told.message
