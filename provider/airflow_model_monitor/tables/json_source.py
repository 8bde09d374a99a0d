"""JSON Lines and JSON documents as a relation with its columns sorted by name."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.record_table import RecordTable
from airflow_model_monitor.tables.relation import Relation
from airflow_model_monitor.tables.source_files import SourceFile

if TYPE_CHECKING:
    import duckdb

    from airflow_model_monitor.tables.staging import Staging

_BLOCK_BYTES: Final = 1 << 20
_SPACE: Final = re.compile(r"[ \t\r\n]*")


def json_relation(
    files: Sequence[SourceFile], *, lines: bool, connection: duckdb.DuckDBPyConnection, staging: Staging
) -> Relation:
    """Read JSON records; a record is an object of plain values.

    :param files: the files in order
    :param lines: one record (or list of records) per line, or one document per file: a list of records or a single one
    :param connection: where the query will run
    :param staging: folder for the flattened rows
    :raises ContractError: not JSON, not a record, a nested value, no records
    """
    table = RecordTable(staging)
    try:
        for file in files:
            with file.open() as stream:
                for line, value in _values_of_lines(stream, file.name) if lines else _values(stream, file.name):
                    for record in value if isinstance(value, list) else [value]:
                        if not isinstance(record, dict):
                            raise ContractError(
                                f"expected a JSON object, got {json.dumps(record)[:40]}",
                                file=file.name,
                                line=line,
                                remedy="Each record is an object with the column names as keys.",
                            )
                        table.add({(0, name): cell for name, cell in record.items()}, file=file.name, line=line)
    finally:
        table.close()
    if not table.rows:
        raise ContractError("Job inputs had no data", file=files[0].name, remedy="The files hold no record.")
    return table.relation(connection)


def _values_of_lines(stream: BinaryIO, file: str) -> Iterator[tuple[int, Any]]:
    for line, text in enumerate(stream, 1):
        if line == 1:
            text = text.removeprefix(codecs.BOM_UTF8)
        if not text.strip():
            continue
        try:
            yield line, json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _not_json(file, line, str(error), torn=not text.endswith(b"\n")) from error


def _values(stream: BinaryIO, file: str) -> Iterator[tuple[int, Any]]:
    """Items of the document's top-level list, or the values of the document, without holding all of it."""
    scan = json.JSONDecoder().raw_decode
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    buffer, position, line, end, inside = "", 0, 1, False, False
    size = _BLOCK_BYTES

    def failure(message: str) -> ContractError:
        return _not_json(file, line, message, torn=end and position >= len(buffer))

    while True:
        blank = _SPACE.match(buffer, position)
        assert blank is not None
        line += buffer.count("\n", position, blank.end())
        position = blank.end()
        if position < len(buffer):
            mark = buffer[position]
            if mark == "[" and not inside:
                inside, position = True, position + 1
                continue
            if inside and mark == "]":
                inside, position = False, position + 1
                continue
            if mark == ",":
                position += 1
                continue
            try:
                value, after = scan(buffer, position)
                # A number may go on behind the end of the buffer.
                if after < len(buffer) or end:
                    yield line, value
                    line += buffer.count("\n", position, after)
                    position = after
                    continue
            except RecursionError as error:
                raise failure(str(error)) from error
            except ValueError as error:
                if end:
                    raise failure(str(error)) from error
        elif end:
            if inside:
                raise failure("the list is not closed")
            return
        try:
            block = stream.read(size)
            end = not block
            buffer, position = buffer[position:] + decoder.decode(block, end), 0
        except UnicodeDecodeError as error:
            raise failure(str(error)) from error
        size = max(_BLOCK_BYTES, len(buffer))  # doubles, so that a long value is not read again and again


def _not_json(file: str, line: int, message: str, *, torn: bool) -> ContractError:
    return ContractError(
        f"not JSON ({message})",
        file=file,
        line=line,
        remedy="The last line is torn: write the file again."
        if torn
        else 'Check the dataset format: {"json": {"lines": true}} is one record per line.',
    )
