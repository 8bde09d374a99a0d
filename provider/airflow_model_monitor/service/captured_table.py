"""A table of requests, answers and outcomes made into what an endpoint's data capture leaves behind.

For a service whose requests are kept in a table and not by SageMaker: one row per request. Rows become one file per
hour, ``<endpoint>/<variant>/yyyy/mm/dd/hh/<name>.jsonl``. The name follows from the hour, so that the same table may
be written again; an hour's rows have to come from one table.
"""

from __future__ import annotations

import csv
import io
import tempfile
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from airflow_model_monitor.contract.captured_data import CapturedRecord, EventData, EventMetadata
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.service.folder import Folder

VARIANT: Final = "AllTraffic"


@dataclass(frozen=True, slots=True)
class RequestColumns:
    """Where a row holds what.

    :param id: the request's own id, which its label is found by
    :param time: when it was asked, such as ``2026-01-02T03:04:05Z``; without a time zone it is UTC
    :param features: what was asked, in the order of a request
    :param answers: what was answered, in the order of an answer: the class, then its probability
    """

    id: str
    time: str
    features: tuple[str, ...]
    answers: tuple[str, ...]


def read_table(path: Path, needed: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a CSV file with a header, their cells as they are spelt; a missing value is empty.

    :param needed: columns it must have
    :raises ContractError: a column is not there, a row has more or fewer cells than the header, or there is no row
    """
    with path.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        if absent := [name for name in needed if name not in header]:
            raise ContractError(
                f"has no column {', '.join(map(repr, absent))}",
                file=str(path),
                remedy=f"Its columns: {', '.join(header) or 'none'}",
            )
        rows = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                said = f"{len(cells)} cells, but the header has {len(header)}"
                raise ContractError(
                    said, file=str(path), line=reader.line_num, remedy="Quote cells with commas in them"
                )
            rows.append(dict(zip(header, cells)))
    if not rows:
        raise ContractError("holds no row", file=str(path))
    return rows


def instant(row: Mapping[str, str], column: str, number: int) -> datetime:
    """The point in time in a cell, in UTC.

    :param number: the row's number, for the error
    :raises ContractError: there is none
    """
    text = row[column].strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ContractError(
            f"row {number}: {text!r} is no point in time", field=column, remedy="Write it as 2026-01-02T03:04:05Z"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def csv_line(cells: Iterable[str]) -> str:
    """One line of CSV; cells with commas, quotes or line breaks are quoted."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def write_captures(rows: Iterable[Mapping[str, str]], captures: Folder, endpoint: str, columns: RequestColumns) -> int:
    """Write captured data; the number of files.

    :param rows: cells by column, in any order of time
    :param captures: where an endpoint's data capture would write
    :raises ContractError: a row without an id or a time, or an id that another row has; nothing was written
    """
    hours: dict[str, list[tuple[datetime, str]]] = {}
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        inference_id = row[columns.id].strip()
        if not inference_id:
            raise ContractError(f"row {number}: is empty", field=columns.id, remedy="Every request needs an id")
        if (first := seen.setdefault(inference_id, number)) != number:
            said = f"rows {first} and {number}: both are {inference_id!r}"
            raise ContractError(said, field=columns.id, remedy="A label is found by its request's id: make it unique")
        moment = instant(row, columns.time, number)
        record = CapturedRecord(
            event_metadata=EventMetadata(
                event_id=str(uuid.uuid5(uuid.NAMESPACE_OID, inference_id)),
                inference_time=f"{moment:%Y-%m-%dT%H:%M:%SZ}",
                inference_id=inference_id,
            ),
            endpoint_input=EventData(csv_line(row[name] for name in columns.features), "CSV", "text/csv", "INPUT"),
            endpoint_output=EventData(csv_line(row[name] for name in columns.answers), "CSV", "text/csv", "OUTPUT"),
        )
        hours.setdefault(f"{moment:%Y/%m/%d/%H}", []).append((moment, record.to_json_line()))
    for hour, lines in hours.items():
        name = f"00-00-000-{uuid.uuid5(uuid.NAMESPACE_OID, hour)}.jsonl"
        put(captures.child(endpoint, VARIANT, *hour.split("/")), name, [line for _, line in sorted(lines)])
    return len(hours)


def put(folder: Folder, name: str, lines: Iterable[str]) -> None:
    """Write a file of lines; readers see the old one or the new one, never a part."""
    with tempfile.NamedTemporaryFile() as local:
        local.write("".join(f"{line}\n" for line in lines).encode())
        local.flush()
        folder.upload(name, Path(local.name))
