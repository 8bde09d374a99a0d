"""The DuckDB connection a relation lives on: bounded, offline, ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.read_failure import reading
from airflow_model_monitor.tables.relation import quote_literal

if TYPE_CHECKING:
    import duckdb

DEFAULT_MEMORY_LIMIT: Final = "512MB"
DEFAULT_THREADS: Final = 2

WIDE_COLUMNS: Final = 2_000
"""From here on one thread reads: every thread holds a vector of 2,048 rows for each column."""

WIDE_BYTES_PER_COLUMN: Final = 200_000
"""Measured need of a column of a wide file, vectors and conversion to Arrow included, rounded up."""


def connect(
    *, memory_limit: str = DEFAULT_MEMORY_LIMIT, threads: int = DEFAULT_THREADS, temp_directory: str
) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database that spills into ``temp_directory`` and never fetches an extension.

    :param memory_limit: DuckDB's buffer limit, such as ``512MB``
    :param threads: worker threads
    :param temp_directory: local folder for spilled data
    :raises ContractError: DuckDB cannot do with these limits
    """
    import duckdb

    try:
        connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": temp_directory,
                "preserve_insertion_order": True,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
    except duckdb.Error as error:
        raise ContractError(
            f"the engine does not start with memory_limit={memory_limit} and threads={threads} "
            f"({str(error).splitlines()[0]})",
            field="memory_limit",
            remedy="Write the memory as 512MB or 2GB, and leave it some.",
        ) from error
    # The bar goes to the standard output, even of a process without a terminal, after two seconds.
    connection.execute("SET enable_progress_bar = false")
    return connection


def make_room(connection: duckdb.DuckDBPyConnection, columns: int, longest_line: int = 0) -> None:
    """Raise the memory limit for what must be held at once: one vector of every column, one line of text.

    :param columns: number of columns read together
    :param longest_line: bytes of the longest line, 0 when unknown
    """
    needed = 4 * longest_line
    with reading():
        if columns >= WIDE_COLUMNS:
            connection.execute("SET threads = 1")
            needed += columns * WIDE_BYTES_PER_COLUMN
        row = connection.execute("SELECT current_setting('memory_limit')").fetchone()
        current = _bytes(str(row[0])) if row else 0
        if needed > current // 2:
            connection.execute(f"SET memory_limit = {quote_literal(f'{(current + needed) // 1_000_000 + 1}MB')}")


def _bytes(setting: str) -> int:
    number, unit = setting.split()
    scale = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
    return int(float(number) * scale[unit])
