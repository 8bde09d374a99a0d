"""An upload of labels on its way: every row checked, every problem named by its row, the lines of each hour on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from airflow_model_monitor.service.ground_truth_rows import LabelColumns, LabelRow

SHOWN_PROBLEMS = 20
_BUFFERED_BYTES = 1 << 23


class InvalidLabelsError(ValueError):
    """Rows that cannot be uploaded, so that nothing was.

    :param problems: one sentence each, beginning with the row, for the first of them
    :param count: how many there are
    :param rows: how many rows there were
    """

    def __init__(self, problems: tuple[str, ...], count: int, rows: int) -> None:
        self.problems, self.count, self.rows = problems, count, rows
        super().__init__(problems, count, rows)

    def __str__(self) -> str:
        more = f"\n  and {self.count - len(self.problems)} more" if self.count > len(self.problems) else ""
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        return (
            f"labels: {self.count} of {self.rows} rows have a problem, so nothing was uploaded. Mend the rows, or "
            f"leave them out of the query or dataset.{lines}{more}"
        )


@dataclass(slots=True)
class StagedLabels:
    """The lines of an upload by hour, on the local disk; a context manager that removes them.

    :param columns: where a row holds what
    :param hour: the hour of labels whose rows name none
    :param allow_duplicates: take several labels of one id; the last one counts when they are merged
    """

    columns: LabelColumns
    hour: datetime | None = None
    allow_duplicates: bool = False
    rows: int = 0
    _hours: set[datetime] = field(default_factory=set)
    _buffers: dict[datetime, list[bytes]] = field(default_factory=dict)
    _buffered: int = 0
    _folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="model-monitor-")
        return self

    def __exit__(self, *exc: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, rows: Iterable[LabelRow]) -> None:
        """Check and stage all rows, which are counted from 1.

        :raises InvalidLabelsError: naming the rows that cannot be uploaded
        """
        seen: dict[str, int] = {}
        problems: list[str] = []
        bad = 0
        for row in rows:
            self.rows += 1
            try:
                self._stage(row, seen)
            except ValueError as error:
                bad += 1
                if len(problems) < SHOWN_PROBLEMS:
                    problems.append(f"row {self.rows}: {error}")
        if bad:
            raise InvalidLabelsError(tuple(problems), bad, self.rows)

    def files(self) -> Iterator[tuple[datetime, Path]]:
        """The hours and their staged files, in order of time."""
        self._flush()
        for hour in sorted(self._hours):
            yield hour, self._path(hour)

    def _stage(self, row: LabelRow, seen: dict[str, int]) -> None:
        record, hour = self.columns.record(row), self.columns.hour(row, self.hour)
        first = seen.setdefault(record.event_id, self.rows)
        if first != self.rows and not self.allow_duplicates:
            raise ValueError(f"the id {record.event_id!r} already stands in row {first}; keep one, or allow duplicates")
        line = record.to_json_line().encode() + b"\n"
        self._buffers.setdefault(hour, []).append(line)
        self._buffered += len(line)
        if self._buffered > _BUFFERED_BYTES:
            self._flush()

    def _flush(self) -> None:
        # Not one open file per hour: a year of labels has more hours than a process may have files.
        for hour, lines in self._buffers.items():
            with self._path(hour).open("ab") as file:
                file.writelines(lines)
            self._hours.add(hour)
        self._buffers.clear()
        self._buffered = 0

    def _path(self, hour: datetime) -> Path:
        assert self._folder is not None, "staged labels are used as a context manager"
        return Path(self._folder.name) / f"{hour:%Y%m%d%H}.jsonl"
