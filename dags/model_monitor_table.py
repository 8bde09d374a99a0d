"""Lays out a table of requests, their answers and what came true as the DAGs read it: one CSV file, a row per request.

::

    python my-dags/model_monitor_table.py loans.csv --id loan_id --time asked_at --known known_at

Features, answers and label are the columns that ``model_monitor.toml`` names. Rows from before ``start`` in it become
training data, rows from then on captured data, and their labels ground truth, in the hour in which they became known.
It may be repeated with the same table, or with one that goes on where the last one ended.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.service.captured_table import (
    RequestColumns,
    csv_line,
    instant,
    put,
    read_table,
    write_captures,
)
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.ground_truth_rows import LabelColumns
from airflow_model_monitor.service.ground_truth_upload import upload_ground_truth


def lay_out(table: Path, id_column: str, time: str, known: str) -> str:
    """Write ``training/``, ``captures/`` and ``labels/``; what was written, in words.

    :param id_column: the request's id
    :param time: when it was asked
    :param known: when its label became known; the same as ``time`` where that was at once
    :raises ValueError: a column or a cell is wrong; named
    """
    features, label = S.request.features, S.label.name
    answers = (S.answer.prediction, S.answer.probability)
    rows = read_table(table, (id_column, time, known, label, *features, *answers))
    before, after = [], []
    for number, row in enumerate(rows, 1):
        (before if instant(row, time, number) < S.windows.start else after).append(row)
    # What was not known when monitoring began was not there to learn from.
    learned = [row for row in before if row[label] and instant(row, known, 0) < S.windows.start]
    if learned:
        _put_table("requests.csv", (*features, *answers), before)
        _put_table("rows.csv", (*features, *answers, label), learned)
    columns = RequestColumns(id_column, time, tuple(features), answers)
    files = write_captures(after, _folder(S.captures), S.endpoint, columns)
    labelled = [row for row in after if row[label]]
    if labelled:
        places = LabelColumns(id=id_column, label=label, time=known)
        upload_ground_truth(labelled, S.labels, columns=places, storage_options=_options(S.labels))
    return (
        f"{len(learned)} rows to learn from, {len(after)} requests in {files} hours, {len(labelled)} labels: {S.root}"
    )


def _put_table(name: str, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    lines = [csv_line(columns), *(csv_line(row[column] for column in columns) for row in rows)]
    put(_folder(S.training), name, lines)


def _folder(url: str) -> Folder:
    return Folder(url, _options(url))


def _options(url: str) -> dict[str, Any]:
    if "://" not in url:
        return {}
    # Airflow takes seconds to import, and a local folder needs no connection.
    from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook

    return ModelMonitorHook(S.connection).storage_options(url)


def main() -> None:
    """What the shell starts."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("table", type=Path, help="CSV file with a header")
    parser.add_argument("--id", required=True, help="column of the request's id")
    parser.add_argument("--time", required=True, help="column of the time it was asked, such as 2026-01-02T03:04:05Z")
    parser.add_argument("--known", help="column of the time its label became known; default: when it was asked")
    given = parser.parse_args()
    try:
        print(lay_out(given.table, given.id, given.time, given.known or given.time))
    except (ValueError, OSError) as error:
        sys.exit(f"{parser.prog}: {error}")


if __name__ == "__main__":
    main()
