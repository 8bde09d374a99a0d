"""Reading a dataset whole, for tests that compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.captured_data import CapturedRecord, EventData, EventMetadata
from airflow_model_monitor.tables.dataset import open_dataset


@dataclass
class Table:
    names: list[str]
    kinds: list[str]
    rows: list[tuple[Any, ...]]
    named: bool


def read_table(location: Any, dataset_format: Any, **options: Any) -> Table:
    with open_dataset(location, dataset_format, **options) as relation:
        rows = relation.connection.execute(relation.sql).fetchall()
        assert relation.rows in (None, len(rows))
        return Table(
            [column.name for column in relation.columns],
            [column.kind for column in relation.columns],
            rows,
            relation.named,
        )


@pytest.fixture(name="read_table")
def read_table_fixture() -> Callable[..., Table]:
    return read_table


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes | str], str]:
    """Write a file below the test's folder and return its path."""

    def write_file(name: str, content: bytes | str) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write_file


@pytest.fixture
def record() -> Callable[..., str]:
    """One line of captured data: record(input, output), CSV unless told otherwise; ``None`` leaves a side out."""

    def line(
        endpoint_input: str | None,
        endpoint_output: str | None = None,
        *,
        encodings: tuple[Any, Any] = ("CSV", "CSV"),
        content_types: tuple[str, str] = ("text/csv", "text/csv"),
    ) -> str:
        sides = [
            None if data is None else EventData(data, encoding, content_type, mode)  # type: ignore[arg-type]
            for data, encoding, content_type, mode in zip(
                (endpoint_input, endpoint_output), encodings, content_types, ("INPUT", "OUTPUT"), strict=True
            )
        ]
        metadata = EventMetadata("1e4cf25e-310d-4d6e-b9fa-5aea6b9a1f82", "2020-02-04T20:33:57Z")
        return CapturedRecord(metadata, *sides).to_json_line() + "\n"

    return line
