"""The benchmark's table: 30 columns, 2 % of the values missing."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

FLOATS = 15
INTEGERS = 5
CATEGORIES = 7
IDENTIFIERS = 2
MISSING = 0.02


def select(rows: int) -> str:
    """SQL of the table: 15 floats, 5 integers, 7 texts of 5 to 65 values, 2 of a million and more, 1 boolean."""
    columns = [f"random() * 1000 * {i + 1} AS f{i}" for i in range(FLOATS)]
    columns += [f"(random() * {10 ** (i + 1)})::BIGINT AS i{i}" for i in range(INTEGERS)]
    columns += [f"'cat' || (random() * {5 + 10 * i})::INT AS s{i}" for i in range(CATEGORIES)]
    columns += [f"uuid()::VARCHAR AS u{i}" for i in range(IDENTIFIERS)]
    columns += ["random() < 0.5 AS b0"]
    pairs = (column.rsplit(" AS ", 1) for column in columns)
    listed = ", ".join(f"CASE WHEN random() >= {MISSING} THEN {value} END AS {name}" for value, name in pairs)
    return f"SELECT {listed} FROM range({rows})"


def write(folder: Path, rows: int) -> dict[str, Path]:
    """Write the table as Parquet and as CSV with a header, unless it is there; return the two paths by format."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"{rows}.{kind}" for kind in ("parquet", "csv")}
    connection = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder)})
    for kind, path in paths.items():
        if path.exists():
            continue
        source = select(rows) if kind == "parquet" else f"SELECT * FROM read_parquet('{paths['parquet']}')"
        partial = folder / f"partial.{kind}"
        connection.execute(f"COPY ({source}) TO '{partial}' (FORMAT {kind})")
        os.replace(partial, path)
        # What the system still writes to disk would be measured otherwise.
        os.sync()
    return paths
