"""CSV files as a relation of text columns."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.csv_dialect import CsvDialect, Row, rows_of_file
from airflow_model_monitor.tables.csv_inspection import BLOCK_BYTES, CsvInspection, CsvShape
from airflow_model_monitor.tables.engine import make_room
from airflow_model_monitor.tables.relation import Column, Relation, quote_literal
from airflow_model_monitor.tables.source_files import GLOB_CHARACTERS, SourceFile

if TYPE_CHECKING:
    import duckdb

    from airflow_model_monitor.tables.staging import Staging

MAX_COLUMNS: Final = 100_000
"""More are taken for data without line breaks."""

_DUCKDB_LINE_BYTES: Final = 2_097_152


@dataclass(frozen=True, slots=True)
class _LocalCsv:
    """A file DuckDB can read as it is.

    :param dialects_differ: whether its quotes may mean another thing in the other dialect
    """

    source: SourceFile
    path: str
    shape: CsvShape
    dialects_differ: bool = False


def csv_relation(
    files: Sequence[SourceFile],
    *,
    header: bool,
    compatibility: Compatibility,
    connection: duckdb.DuckDBPyConnection,
    staging: Staging,
) -> Relation:
    """Read CSV files, one below the other.

    Every column is text; an empty field is null; rows shorter than the widest are padded with nulls. With a header the
    first file's header names the columns: longer rows lose their further fields in ``sagemaker`` (as Spark reads
    them) and are refused in ``corrected`` unless these are empty. Without one the widest row decides and the names are
    ``_c0``, ``_c1``, ... An empty header cell is ``_c<i>``; names that differ in case at most get their position
    appended, as Spark does (``a,b,a`` is ``a0,b,a2``).

    :param files: the files in order; gzip and remote files are unpacked into ``staging``
    :param header: whether the first row of each file holds names
    :param compatibility: ``sagemaker`` reads quotes as Spark does, ``corrected`` as RFC 4180 has them
    :param connection: where the query will run
    :param staging: folder for files that must be rewritten first
    :raises ContractError: not UTF-8, an unclosed quote, headers that differ, a row too long, no rows
    """
    dialect: CsvDialect = "spark" if compatibility == SAGEMAKER else "rfc4180"
    local = [_localise(file, dialect, staging) for file in files]
    if len(frozenset().union(*(file.shape.line_ends for file in local))) > 1:
        local = [_rewrite(one, dialect, staging) if "\r\n" in one.shape.line_ends else one for one in local]
    local = [file for file in local if file.shape.widest]
    shape = sum((file.shape for file in local), CsvShape())
    width = shape.widest
    names: Sequence[str] = [f"_c{i}" for i in range(width)]
    if header and local:
        first = _header(local[0], dialect)
        names = _column_names(first)
        width = len(names)
        if compatibility != SAGEMAKER:
            for other in local[1:]:
                _require_same_header(local[0], first, other, _header(other, dialect))
            for one in local:
                if one.shape.widest > width:
                    _refuse_longer_rows(one, width, dialect)
    if not local or (header and all(file.shape.rows < 2 for file in local)):
        raise ContractError(
            "Job inputs had no data",
            file=files[0].name,
            remedy="The file has no row" + (" below its header." if header else "."),
        )
    if shape.widest > MAX_COLUMNS:
        one = next(file for file in local if file.shape.widest > MAX_COLUMNS)
        raise ContractError(
            f"a row has {one.shape.widest:,} fields; at most {MAX_COLUMNS:,} can be read",
            file=one.source.name,
            remedy="Check that the file has line breaks and is CSV.",
        )
    make_room(connection, max(width, shape.widest), shape.longest_line)
    columns = tuple(Column(name, "text", f"c{i}") for i, name in enumerate(names))
    scan = csv_scan([file.path for file in local], shape, header=header)
    sql = f"SELECT {', '.join(column.expression for column in columns)} FROM {scan}"
    rows = None if shape.empty_lines else shape.rows - len(local) * header
    alike = not any(file.dialects_differ for file in local)
    return Relation(connection, sql, columns, named=header, rows=rows, alike=alike)


def csv_scan(paths: Sequence[str], shape: CsvShape, *, header: bool, null_text: str | None = None) -> str:
    """DuckDB's table function over local files, with nothing left for it to guess.

    :param paths: local paths without glob characters
    :param shape: what the files look like together; columns are ``c0`` to ``c<widest - 1>``
    :param header: skip the first row of each file
    :param null_text: the unquoted text that is null; ``None``: the empty field, quoted or not
    """
    ragged = shape.narrowest < shape.widest
    options = {
        "auto_detect": "false",
        "delim": "','",
        "quote": "'\"'",
        "escape": "'\"'",
        "header": str(header).lower(),
        "strict_mode": "true",
        "hive_partitioning": "false",
        "compression": "'none'",
        "null_padding": str(ragged).lower(),
        # DuckDB refuses to pad in parallel when a quoted field holds a line break.
        "parallel": str(not (ragged and shape.quoted_newlines)).lower(),
    }
    if "\r\n" not in shape.line_ends:
        # DuckDB finds \r\n by itself; told so, it takes the \n for a field (2.0.0).
        options |= {"new_line": r"'\n'"}
    if null_text is not None:
        options |= {"nullstr": quote_literal(null_text), "allow_quoted_nulls": "false"}
    if shape.longest_line >= _DUCKDB_LINE_BYTES:
        options |= {"max_line_size": str(shape.longest_line + 1)}
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(shape.widest))
    listed = ", ".join(quote_literal(path) for path in paths)
    named = ", ".join(f"{name} = {value}" for name, value in options.items())
    return f"read_csv([{listed}], columns = {{{columns}}}, {named})"


def _localise(file: SourceFile, dialect: CsvDialect, staging: Staging) -> _LocalCsv:
    """Look at every byte once, on the way to the local disk if it is elsewhere, and rewrite what needs it."""
    inspection = CsvInspection(file.name)
    spool = not file.local or file.is_gzip() or bool(GLOB_CHARACTERS.search(file.path))
    path = staging.new_path(".csv") if spool else file.path
    with file.open() as stream:
        if spool:
            with open(path, "wb") as copy:
                while block := stream.read(BLOCK_BYTES):
                    inspection.feed(block)
                    copy.write(block)
        else:
            while block := stream.read(BLOCK_BYTES):
                inspection.feed(block)
    shape = inspection.finish()
    one = _LocalCsv(file, path, shape, shape.doubled_quotes or shape.backslashes or shape.stray_quotes)
    irregular = (
        shape.stray_quotes
        or shape.blank_lines
        or "\r" in shape.line_ends
        or len(shape.line_ends) > 1
        or (shape.quoted_newlines and shape.line_ends != {"\n"})
        or (dialect == "spark" and (shape.doubled_quotes or shape.backslashes))
    )
    if irregular:
        return _rewrite(one, dialect, staging)
    if shape.open_quote_line is not None:
        raise ContractError(
            "a quoted field is not closed before the end of the file",
            file=file.name,
            line=shape.open_quote_line,
            remedy="The file is torn or a quote is missing: write it again.",
        )
    return one


def _rewrite(one: _LocalCsv, dialect: CsvDialect, staging: Staging) -> _LocalCsv:
    path = staging.new_path(".csv")
    shape = CsvShape(line_ends=frozenset({"\n"}))
    with (
        replace(one.source, path=one.path, filesystem=None).open() as stream,
        open(path, "w", encoding="utf-8", newline="") as copy,
    ):
        write = csv.writer(copy, lineterminator="\n").writerow
        for _, row in rows_of_file(stream, dialect, file=one.source.name):
            write(row)
            shape.rows += 1
            shape.widest = max(shape.widest, len(row))
            shape.narrowest = min(shape.narrowest, len(row))
            shape.longest_line = max(shape.longest_line, sum(len(value) for value in row if value) * 4 + len(row))
            shape.quoted_newlines |= any("\n" in value or "\r" in value for value in row if value)
    return _LocalCsv(one.source, path, shape, one.dialects_differ)


def _rows_again(one: _LocalCsv, dialect: CsvDialect) -> tuple[SourceFile, CsvDialect]:
    """The file the job was given, or the rewritten one, which is RFC 4180."""
    if one.path != one.source.path:
        return replace(one.source, path=one.path, filesystem=None), "rfc4180"
    return one.source, dialect


def _header(one: _LocalCsv, dialect: CsvDialect) -> Row:
    source, dialect = _rows_again(one, dialect)
    with source.open() as stream:
        return next((row for _, row in rows_of_file(stream, dialect, file=one.source.name)), [])


def _column_names(header: Row) -> list[str]:
    counts = Counter(name.lower() for name in header if name)
    return [
        f"_c{i}" if not name else f"{name}{i}" if counts[name.lower()] > 1 else name for i, name in enumerate(header)
    ]


def _require_same_header(first: _LocalCsv, expected: Row, other: _LocalCsv, header: Row) -> None:
    for i in range(max(len(expected), len(header))):
        wanted = expected[i] if i < len(expected) else None
        found = header[i] if i < len(header) else None
        if wanted != found:
            raise ContractError(
                f"the header's column {i} is {found!r}, but {wanted!r} in {first.source.name}",
                file=other.source.name,
                line=1,
                field=wanted or found,
                remedy="Give all files of a data set the same header, or say header = false.",
            )


def _refuse_longer_rows(one: _LocalCsv, width: int, dialect: CsvDialect) -> None:
    source, dialect = _rows_again(one, dialect)
    with source.open() as stream:
        for line, row in rows_of_file(stream, dialect, file=one.source.name):
            if any(value is not None for value in row[width:]):
                raise ContractError(
                    f"the row has {len(row)} fields, but the header has {width}",
                    file=one.source.name,
                    line=line,
                    field=f"column {width}",
                    remedy="Quote fields that contain a comma, or complete the header.",
                )
