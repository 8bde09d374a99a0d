"""A table of requests becomes captured data that reads back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_model_monitor.contract.captured_data import CapturedRecord, parse_captured_line
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.service.captured_table import RequestColumns, read_table, write_captures
from airflow_model_monitor.service.folder import Folder

COLUMNS = RequestColumns("id", "asked", ("income", "purpose"), ("class", "score"))
HEADER = "id,asked,income,purpose,class,score\n"


def written(tmp_path: Path, text: str) -> dict[str, list[CapturedRecord]]:
    """What the table's rows became: records by the hour folder they lie in."""
    table = tmp_path / "table.csv"
    table.write_text(text)
    rows = read_table(table, (COLUMNS.id, COLUMNS.time, *COLUMNS.features, *COLUMNS.answers))
    root = tmp_path / "captures"
    write_captures(rows, Folder(str(root)), "loans", COLUMNS)
    return {
        str(file.parent.relative_to(root)): [parse_captured_line(line) for line in file.read_text().splitlines()]
        for file in root.rglob("*.jsonl")
    }


def test_rows_lie_in_the_utc_hour_they_were_asked_in(tmp_path: Path) -> None:
    times = {"b": "2026-01-02T00:59:59Z", "a": "2026-01-02 00:10:00", "c": "2026-01-02T01:00:00+02:00"}
    rows = "".join(f"{name},{time},1,car,0,0.1\n" for name, time in times.items())

    found = written(tmp_path, HEADER + rows)

    assert {hour: [one.event_metadata.inference_id for one in records] for hour, records in found.items()} == {
        "loans/AllTraffic/2026/01/02/00": ["a", "b"],
        "loans/AllTraffic/2026/01/01/23": ["c"],
    }


def test_cells_keep_their_spelling_and_awkward_ones_are_quoted(tmp_path: Path) -> None:
    ((record,),) = written(tmp_path, HEADER + 'a,2026-01-02T00:00:00Z,,"a ""bridge"", so to say",1,0.50\n').values()

    assert record.endpoint_input is not None
    assert record.endpoint_output is not None
    assert record.endpoint_input.data == ',"a ""bridge"", so to say"'
    assert record.endpoint_output.data == "1,0.50"


def test_the_same_table_again_changes_nothing(tmp_path: Path) -> None:
    text = HEADER + "a,2026-01-02T00:00:00Z,1,car,0,0.1\nb,2026-01-02T03:00:00Z,1,car,0,0.1\n"

    assert written(tmp_path, text) == written(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,asked\na,b\n", "table.csv: has no column 'income', 'purpose', 'class', 'score'. Its columns: id, asked"),
        (HEADER, "table.csv: holds no row"),
        (HEADER + "a,2026-01-02T00:00:00Z,1,house, land,0,0.1\n", "line 2: 7 cells, but the header has 6"),
        (HEADER + "a,02/01/2026,1,car,0,0.1\n", "field asked: row 1: '02/01/2026' is no point in time"),
        (HEADER + ",2026-01-02T00:00:00Z,1,car,0,0.1\n", "field id: row 1: is empty"),
        (HEADER + "a,2026-01-02,1,car,0,0.1\n" * 2, "field id: rows 1 and 2: both are 'a'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ContractError) as raised:
        written(tmp_path, text)

    assert message in str(raised.value)
