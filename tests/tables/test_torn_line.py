from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_model_monitor.contract.dataset_format import CaptureJson
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.torn_line import is_torn


@pytest.mark.parametrize(
    ("content", "torn"),
    [
        ("", False),
        ("\n", False),
        ('{"a":1}', False),
        ('{"a":1}\n', False),
        ('{"a":1}\n{"a":', True),
        ('{"a":1}\n{"a":\n', False),  # whole lines are DuckDB's to refuse
        ("{", True),
        ("5", True),
        ('{"a":1}\n{"a":"' + "x" * 100_000 + '"}', False),
        ('{"a":1}\n{"a":"' + "x" * 100_000, True),
        ('{"a":"' + "é" * 5_000, True),
        ('{"a":1}\n\x00\x00', True),
    ],
)
def test_a_last_line_without_its_end(tmp_path: Path, content: str, torn: bool) -> None:
    (tmp_path / "a").write_text(content)
    assert is_torn(str(tmp_path / "a")) is torn


def test_no_file(tmp_path: Path) -> None:
    assert not is_torn(str(tmp_path / "none"))


def test_a_torn_capture_among_others_is_told_every_time(
    write: Callable[..., str], record: Callable[..., str], read_table: Callable[..., object]
) -> None:
    for number in range(4):
        path = write(f"capture/{number}.jsonl", record("1", "2") + (record("3", "4")[:60] if number == 1 else ""))
    for _ in range(20):
        with pytest.raises(ContractError, match=r"1\.jsonl, line 2: not valid JSON: the file ends in the middle"):
            read_table(os.path.dirname(path), CaptureJson())
