"""How many captured records have a label by now: ids alone are read, nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.engine import connect
from airflow_model_monitor.tables.json_lines import JsonLines
from airflow_model_monitor.tables.merge_captures import CaptureKind, capture_form
from airflow_model_monitor.tables.merge_files import MergeFile, MergeInput, captured_files
from airflow_model_monitor.tables.merge_labels import load_labels
from airflow_model_monitor.tables.read_failure import reading
from airflow_model_monitor.tables.source_files import MissingLocationError, files_at, path_below
from airflow_model_monitor.tables.staging import Staging

#: A sensor's share of a machine on which other things run.
COUNTING_MEMORY: Final = "256MB"
COUNTING_THREADS: Final = 1
_NO_DATA: Final = "Job inputs had no data"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Captured records, and those of them that have a label."""

    captures: int
    labelled: int

    @property
    def share(self) -> float:
        """Labelled share of the captures; 0.0 without captures."""
        return self.labelled / self.captures if self.captures else 0.0


def captures_so_far(
    inputs: Sequence[MergeInput], kind: CaptureKind, *, storage_options: Mapping[str, Any] | None = None
) -> list[MergeFile]:
    """The captured files that are there now, as a merge would read them; none when there is no folder yet.

    :raises ContractError: a store that cannot be listed
    """
    try:
        return captured_files(inputs, storage_options=storage_options, manifests=kind != "endpoint")
    except ContractError as error:
        if error.message != _NO_DATA:
            raise
        return []


def labels_so_far(inputs: Sequence[MergeInput], *, storage_options: Mapping[str, Any] | None = None) -> list[MergeFile]:
    """The files of ground truth that are there now; none when there is no folder yet.

    :raises ContractError: a store that cannot be listed
    """
    found: dict[str, MergeFile] = {}
    for one in inputs:
        try:
            files = files_at(one.location, storage_options=storage_options)
        except MissingLocationError:
            continue
        for file in files:
            below = path_below(file, one.location, storage_options=storage_options)
            if file.size:
                found.setdefault(file.name, MergeFile(file, f"{one.folder}/{below}".strip("/")))
    return sorted(found.values(), key=lambda one: (one.hour, one.path))


def count_coverage(
    captures: Sequence[MergeFile],
    labels: Sequence[MergeFile],
    *,
    kind: CaptureKind = "endpoint",
    memory_limit: str = COUNTING_MEMORY,
    threads: int = COUNTING_THREADS,
) -> Coverage:
    """What a merge of these files would call its coverage, for the price of reading their ids.

    The engine holds the ids, and spills them to disk beyond ``memory_limit``; payloads are parsed over and dropped.

    :param captures: captured files
    :param labels: files of ground truth; none means that no label has arrived
    :param kind: what the captured files are
    :raises ContractError: a record cannot be read, naming file, line and field
    """
    staging = Staging()
    try:
        connection = connect(memory_limit=memory_limit, threads=threads, temp_directory=staging.folder)
        with closing(connection), reading():
            form = capture_form(kind)
            lines = JsonLines([one.file for one in captures], form.form, connection, staging)
            if not form.form.regular:
                lines.rewrite_all()
            lines.create_table("captures", {"key": form.key}, checked=False)
            if labels:
                load_labels(labels, connection, staging)
                query = "SELECT count(*), count(*) FILTER (WHERE key IN (SELECT key FROM labels)) FROM captures"
            else:
                query = "SELECT count(*), 0 FROM captures"
            captured, labelled = connection.execute(query).fetchall()[0]
            return Coverage(int(captured), int(labelled))
    finally:
        staging.remove()
