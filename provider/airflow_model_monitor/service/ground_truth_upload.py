"""Labels written into the ground-truth layout, ``yyyy/mm/dd/hh/`` below a root, where merges look for them.

An upload puts one file into each hour folder it has labels for::

    2026/01/02/03/upload-000001-7f83b1657ff1fc53.jsonl    the labels; the number rises from upload to upload
    _uploads/2026/01/02/03/000001                         which upload the number belongs to

*A number is claimed* before its file is written, so that a later upload always sorts after an earlier one, and its
labels win where an id has several. The file appears whole or not at all. *A retry of the same upload* finds its claim
and writes the same file, or finds the file and changes nothing. The claims stand outside the hour folders, which hold
labels only: they are what a merge, ours or SageMaker's, is given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow_model_monitor.service.folder import Folder, sha256_of
from airflow_model_monitor.service.ground_truth_rows import LabelColumns, LabelRow
from airflow_model_monitor.service.staged_labels import StagedLabels
from airflow_model_monitor.service.windows import HOUR, Window

CLAIMS = "_uploads"
_DIGITS = 16
_DEFAULT_COLUMNS = LabelColumns()


class NoLabelsError(ValueError):
    """There are no rows at all, so that nothing was uploaded."""


@dataclass(frozen=True, slots=True)
class UploadedLabels:
    """What an upload has put into the layout.

    :param labels: number of labels
    :param files: addresses of the files that hold them, in order of their hours
    :param written: how many of the files were not there before
    """

    labels: int
    files: tuple[str, ...]
    written: int

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-able values, small enough for an XCom."""
        return {"labels": self.labels, "files": list(self.files), "written": self.written}


def upload_ground_truth(
    rows: Iterable[LabelRow],
    ground_truth_uri: str,
    *,
    hour: datetime | None = None,
    columns: LabelColumns = _DEFAULT_COLUMNS,
    allow_duplicates: bool = False,
    upload_id: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> UploadedLabels:
    """Check all rows, then upload them, one file per hour folder.

    :param rows: mappings from column to value, or ready :class:`.GroundTruthRecord`\\ s; read once
    :param ground_truth_uri: root of the layout, a local path or fsspec URL
    :param hour: when the labels were collected (any instant of the hour), timezone-aware; for rows that do not say
    :param columns: which column holds the id, the label and the time, and how labels are encoded
    :param allow_duplicates: take several labels of one id; the last row counts
    :param upload_id: what makes this upload this upload, e.g. the DAG run and task, so that a retry is known for one.
        By default its content: the very same labels uploaded again are then one upload
    :param storage_options: keyword arguments of the file system
    :raises InvalidLabelsError: rows without an id or a label, and the like, by their numbers; nothing was uploaded
    :raises NoLabelsError: no rows at all
    :raises ValueError: an hour without a time zone
    """
    default = None if hour is None else _hour_of(hour)
    root = Folder(ground_truth_uri, storage_options)
    with StagedLabels(columns, default, allow_duplicates) as staged:
        staged.add(rows)
        if not staged.rows:
            raise NoLabelsError("labels: there are no rows, so nothing was uploaded; check the dataset or query")
        found = [_place(root, at, path, upload_id) for at, path in staged.files()]
    return UploadedLabels(staged.rows, tuple(url for url, _ in found), sum(new for _, new in found))


def _place(root: Folder, hour: datetime, labels: Path, upload_id: str | None) -> tuple[str, bool]:
    """Put one hour's file where it belongs; its address, and whether it was not there before."""
    parts = hour.strftime("%Y/%m/%d/%H").split("/")
    content = sha256_of(labels)
    identity = hashlib.sha256(f"{upload_id or ''}\n{content}".encode()).hexdigest()[:_DIGITS]
    claim = (json.dumps({"upload": upload_id, "content": content}) + "\n").encode()
    name = f"upload-{_claim(root.child(CLAIMS, *parts), claim):06d}-{identity}.jsonl"
    folder = root.child(*parts)
    new = name not in folder.names()
    if new:
        folder.upload(name, labels)
    return folder.url_of(name), new


def _claim(claims: Folder, claim: bytes) -> int:
    """The number that belongs, or now belongs, to this upload."""
    numbers = sorted(int(name) for name in claims.names() if name.isdigit())
    for number in numbers:
        if claims.read_if_there(f"{number:06d}") == claim:
            return number
    number = numbers[-1] if numbers else 0
    while True:
        number += 1
        if claims.create(f"{number:06d}", claim):
            return number


def _hour_of(moment: datetime) -> datetime:
    # A window refuses a moment without a time zone, and says so.
    start = Window(moment, moment + HOUR).start
    return start.replace(minute=0, second=0, microsecond=0)
