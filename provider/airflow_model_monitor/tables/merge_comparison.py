"""What lies between two merges of the same captures: records that came, went, or have another label now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.tables.engine import DEFAULT_MEMORY_LIMIT, DEFAULT_THREADS, connect
from airflow_model_monitor.tables.read_failure import reading
from airflow_model_monitor.tables.relation import quote_literal
from airflow_model_monitor.tables.source_files import SourceFile, on_local_disk
from airflow_model_monitor.tables.staging import Staging

if TYPE_CHECKING:
    import duckdb

_MAX_LINE_BYTES: Final = 1 << 25
"""Two payloads of an endpoint's largest size, escaped, and some more."""


@dataclass(frozen=True, slots=True)
class MergeDifference:
    """Numbers of merged records.

    :param added: captures that have a record now and had none
    :param removed: captures that had a record and have none now
    :param relabelled: captures whose record has another label
    """

    added: int = 0
    removed: int = 0
    relabelled: int = 0


def compare_merges(
    old: Sequence[SourceFile],
    new: Sequence[SourceFile],
    *,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    threads: int = DEFAULT_THREADS,
    temp_directory: str | None = None,
) -> MergeDifference:
    """Compare merged records, each told by everything in it but its label. Where captures repeat, or ids have several
    labels, the numbers are those of records.

    :param old: part files of the earlier merge; files both merges have may be left out of both
    :param new: part files of the later one
    :param memory_limit: DuckDB's memory limit; what does not fit is spilled
    :param threads: DuckDB's threads
    :param temp_directory: where to stage and spill; the system's temporary folder by default
    :raises ContractError: a file that is gone or is no merged data
    """
    if not old and not new:
        return MergeDifference()
    staging = Staging(temp_directory)
    try:
        names: dict[str, str] = {}
        with connect(memory_limit=memory_limit, threads=threads, temp_directory=staging.folder) as connection:
            rows = " UNION ALL ".join(
                f"SELECT *, {int(files is old)} AS old, {int(files is new)} AS new FROM {_scan(files, staging, names)}"
                for files in (old, new)
                if files
            )
            return _compare(connection, rows, names)
    finally:
        staging.remove()


def _compare(connection: duckdb.DuckDBPyConnection, rows: str, names: dict[str, str]) -> MergeDifference:
    with reading(names):
        found = connection.execute(
            f"""
            WITH labels AS (
                SELECT capture, label, sum(old) AS old, sum(new) AS new FROM ({rows}) GROUP BY capture, label
            ), captures AS (
                SELECT sum(old) AS old, sum(new) AS new, sum(least(old, new)) AS same FROM labels GROUP BY capture
            )
            SELECT sum(greatest(new - old, 0)), sum(greatest(old - new, 0)), sum(least(old, new) - same) FROM captures
            """
        ).fetchone()
    added, removed, relabelled = (int(number or 0) for number in found or (0, 0, 0))
    return MergeDifference(added, removed, relabelled)


def _scan(files: Sequence[SourceFile], staging: Staging, names: dict[str, str]) -> str:
    local = on_local_disk(files, staging)
    names |= {copy.path: file.name for copy, file in zip(local, files, strict=True)}
    listed = ", ".join(quote_literal(file.path) for file in local)
    columns = "{captureData: 'JSON', eventMetadata: 'JSON', groundTruthData: 'JSON'}"
    # Sixteen bytes stand for a record: payloads are long, and memory is bounded.
    return f"""(
        SELECT md5_number(concat(captureData, eventMetadata)) AS capture, md5_number(groundTruthData::VARCHAR) AS label
        FROM read_json([{listed}], columns = {columns}, format = 'newline_delimited',
                       maximum_object_size = {_MAX_LINE_BYTES}, hive_partitioning = false)
    )"""
