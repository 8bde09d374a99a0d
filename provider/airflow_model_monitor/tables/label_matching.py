"""Which captures have a label among given label files: only ids are read, and compared as a merge compares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from airflow_model_monitor.tables.engine import DEFAULT_MEMORY_LIMIT, DEFAULT_THREADS, connect
from airflow_model_monitor.tables.json_lines import JsonLines
from airflow_model_monitor.tables.merge_captures import CaptureForm, CaptureKind, capture_form
from airflow_model_monitor.tables.merge_files import MergeFile
from airflow_model_monitor.tables.merge_labels import load_labels
from airflow_model_monitor.tables.read_failure import reading
from airflow_model_monitor.tables.source_files import SourceFile
from airflow_model_monitor.tables.staging import Staging

if TYPE_CHECKING:
    import duckdb

Group = TypeVar("Group")


def groups_with_labels(
    labels: Mapping[Group, Sequence[MergeFile]],
    captures_of: Callable[[Group], Sequence[SourceFile]],
    *,
    kind: CaptureKind = "endpoint",
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    threads: int = DEFAULT_THREADS,
    temp_directory: str | None = None,
) -> list[Group]:
    """The groups of captures that at least one label of their label files belongs to.

    Every label file is read once, however many groups look into it; the captures of one group are read at a time.

    :param labels: label files to look into, by group
    :param captures_of: the captured files of a group; none: no label belongs to it
    :param kind: what the captured files are
    :param memory_limit: DuckDB's memory limit; what does not fit is spilled
    :param threads: DuckDB's threads
    :param temp_directory: where to stage and spill; the system's temporary folder by default
    :raises ContractError: a label or a capture that cannot be read, naming file, line and field
    """
    form = capture_form(kind)
    staging = Staging(temp_directory)
    try:
        connection = connect(memory_limit=memory_limit, threads=threads, temp_directory=staging.folder)
        with closing(connection), reading():
            numbers = _load(labels, connection, staging)
            return [
                group
                for group, wanted in numbers.items()
                if wanted and _is_labelled(captures_of(group), wanted, form, connection)
            ]
    finally:
        staging.remove()


def _load(
    labels: Mapping[Group, Sequence[MergeFile]], connection: duckdb.DuckDBPyConnection, staging: Staging
) -> dict[Group, list[int]]:
    """Load the ids of all label files in sets that the same groups look into; the numbers of each group's sets."""
    readers: dict[str, list[int]] = {}
    files: dict[str, MergeFile] = {}
    for index, wanted in enumerate(labels.values()):
        for one in wanted:
            if one.file.size:
                files[one.path] = one
                readers.setdefault(one.path, []).append(index)
    sets: dict[tuple[int, ...], list[MergeFile]] = {}
    for path, indices in readers.items():
        sets.setdefault(tuple(indices), []).append(files[path])
    connection.execute("CREATE TABLE label_ids (key VARCHAR, number INTEGER)")
    numbers: list[list[int]] = [[] for _ in labels]
    for number, (owners, members) in enumerate(sets.items()):
        load_labels(members, connection, staging)
        connection.execute("INSERT INTO label_ids SELECT DISTINCT key, ? FROM labels", [number])
        connection.execute("DROP TABLE labels")
        for index in owners:
            numbers[index].append(number)
    return dict(zip(labels, numbers, strict=True))


def _is_labelled(
    captures: Sequence[SourceFile], wanted: Sequence[int], form: CaptureForm, connection: duckdb.DuckDBPyConnection
) -> bool:
    files = [file for file in captures if file.size]
    if not files:
        return False
    staging = Staging()  # of this group alone, so that copies of one after the other do not fill the disk
    try:
        lines = JsonLines(files, form.form, connection, staging)
        if not form.form.regular:
            lines.rewrite_all()
        lines.create_table("capture_ids", {"key": form.key}, checked=False)
        found = connection.execute(
            "SELECT 1 FROM capture_ids SEMI JOIN (SELECT key FROM label_ids WHERE list_contains(?, number)) USING (key)"
            " LIMIT 1",
            [list(wanted)],
        ).fetchone()
        connection.execute("DROP TABLE capture_ids")
        return found is not None
    finally:
        staging.remove()
