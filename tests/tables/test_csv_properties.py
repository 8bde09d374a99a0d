"""Any table written by Python's csv module comes back, whatever its text, shape and line ends."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.tables.csv_inspection import CsvInspection

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=12)
PLAIN = st.text("ab1.,- ü\n", max_size=6)
LINE_ENDS = st.sampled_from(["\n", "\r\n"])


def tables(cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    return st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=1, max_size=width), min_size=1, max_size=12)
    )


def written(rows: list[list[str]], folder: str, line_end: str, **dialect: object) -> str:
    path = Path(folder) / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator=line_end, **dialect).writerows(rows)  # type: ignore[arg-type]
    return str(path)


def padded(rows: list[list[str]]) -> list[tuple[str | None, ...]]:
    width = max(map(len, rows))
    return [tuple(cell or None for cell in row) + (None,) * (width - len(row)) for row in rows]


@SETTINGS
@given(tables(TEXT), LINE_ENDS)
def test_rfc_4180_round_trip(read_table, rows, line_end):
    with tempfile.TemporaryDirectory() as folder:
        path = written(rows, folder, line_end)

        table = read_table(path, Csv(header=False), compatibility="corrected")

    assert table.rows == padded(rows)


@SETTINGS
@given(tables(TEXT), LINE_ENDS)
def test_spark_round_trip(read_table, rows, line_end):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        lines = [
            ",".join('"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"' if cell else "" for cell in row)
            if row != [""]
            else '""'
            for row in rows
        ]
        path.write_bytes((line_end.join(lines) + line_end).encode())

        table = read_table(str(path), Csv(header=False), compatibility="sagemaker")

    assert table.rows == padded(rows)


@SETTINGS
@given(tables(PLAIN), LINE_ENDS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_dialects_agree_without_quotes_and_backslashes_in_values(read_table, rows, line_end, quoting):
    with tempfile.TemporaryDirectory() as folder:
        path = written(rows, folder, line_end, quoting=quoting)

        results = [
            read_table(path, Csv(header=False), compatibility=compatibility).rows
            for compatibility in ("sagemaker", "corrected")
        ]

    assert results == [padded(rows)] * 2


@SETTINGS
@given(tables(TEXT), st.data())
def test_inspection_does_not_depend_on_how_the_bytes_are_cut(rows, data):
    with tempfile.TemporaryDirectory() as folder:
        content = Path(written(rows, folder, "\n")).read_bytes()
    whole = CsvInspection("a.csv")
    whole.feed(content)
    pieces = CsvInspection("a.csv")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
    for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
        pieces.feed(content[start:end])

    assert pieces.finish() == whole.finish()
