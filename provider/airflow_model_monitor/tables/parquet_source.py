"""Parquet files as a relation that keeps their column order and types."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.engine import make_room
from airflow_model_monitor.tables.read_failure import reading
from airflow_model_monitor.tables.relation import Column, ColumnKind, Relation, quote_literal
from airflow_model_monitor.tables.source_files import GLOB_CHARACTERS, SourceFile, on_local_disk

if TYPE_CHECKING:
    import duckdb

    from airflow_model_monitor.tables.staging import Staging

_INTEGERS: Final = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_FRACTIONS: Final = {"FLOAT", "DOUBLE", "HUGEINT", "UHUGEINT", "UBIGINT"}


def parquet_relation(
    files: Sequence[SourceFile], *, connection: duckdb.DuckDBPyConnection, staging: Staging
) -> Relation:
    """Read Parquet files with the first file's columns, one file below the other.

    Fractions and decimals become ``double``, integers of up to 64 bits ``integer``, booleans ``boolean``; everything
    else (dates, times, nested values, bytes) is text as DuckDB prints it.

    :param files: the files in order; remote ones are read in place through fsspec
    :param connection: where the query will run; their file system is registered with it
    :param staging: folder for links to files, and copies of remote ones, that DuckDB would take for a pattern
    :raises ContractError: no Parquet file, schemas that differ, no rows
    """
    # DuckDB would take these for a pattern, and a pattern may well match other files.
    files = [on_local_disk([file], staging)[0] if GLOB_CHARACTERS.search(file.path) else file for file in files]
    for filesystem in {id(file.filesystem): file.filesystem for file in files if not file.local}.values():
        connection.register_filesystem(filesystem)
    paths = [_path(file, staging) for file in files]
    listed = ", ".join(quote_literal(path) for path in paths)
    scan = f"read_parquet([{listed}], hive_partitioning = false)"
    with reading({path: file.name for path, file in zip(paths, files, strict=True)}):
        types = [str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()]
        if len(files) > 1:
            # Left to the first file's types DuckDB rounds another file's 1.5 to an integer without a word.
            widened = scan[:-1] + ", union_by_name = true)"
            wide = [str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {widened}").fetchall()]
            if len(wide) == len(types) and wide != types:
                scan, types = widened, wide
        names = _names(connection, paths[0])
        if len(names) != len(types):
            names = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()]
        make_room(connection, len(types))
        if connection.execute(f"SELECT 1 FROM {scan} LIMIT 1").fetchone() is None:
            raise ContractError("Job inputs had no data", file=files[0].name, remedy="The Parquet file has no rows.")
    columns = tuple(
        Column(name, _kind(type_name), f"c{i}") for i, (name, type_name) in enumerate(zip(names, types, strict=True))
    )
    selected = ", ".join(
        f"{_cast(column.expression, column.kind, type_name)} AS {column.expression}"
        for column, type_name in zip(columns, types, strict=True)
    )
    aliases = ", ".join(column.expression for column in columns)
    sql = f"SELECT {selected} FROM {scan} AS source({aliases})"
    return Relation(connection, sql, columns, named=True, columnar=True)


def _path(file: SourceFile, staging: Staging) -> str:
    if not file.local:
        return str(file.filesystem.unstrip_protocol(file.path))
    if not GLOB_CHARACTERS.search(file.path):
        return file.path
    link = staging.new_path(".parquet")
    os.symlink(os.path.abspath(file.path), link)
    return link


def _names(connection: duckdb.DuckDBPyConnection, path: str) -> list[str]:
    """Top-level names as the file spells them: DuckDB itself renames those that differ in case only."""
    rows = connection.execute(f"SELECT name, num_children FROM parquet_schema({quote_literal(path)})").fetchall()
    names: list[str] = []
    skip = 0
    for name, children in rows[1:]:
        if skip:
            skip += int(children or 0) - 1
        else:
            names.append(str(name))
            skip = int(children or 0)
    return names


def _kind(type_name: str) -> ColumnKind:
    if type_name in _INTEGERS:
        return "integer"
    if type_name in _FRACTIONS or type_name.startswith("DECIMAL"):
        return "double"
    return "boolean" if type_name == "BOOLEAN" else "text"


def _cast(expression: str, kind: ColumnKind, type_name: str) -> str:
    target = {"integer": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "text": "VARCHAR"}[kind]
    return expression if type_name == target else f"CAST({expression} AS {target})"
