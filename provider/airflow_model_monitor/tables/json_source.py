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
                for line, value in json_values(stream, file.name, lines=lines):
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


def json_values(stream: BinaryIO, file: str, *, lines: bool) -> Iterator[tuple[int, Any]]:
    """The JSON values of a file, each with the line it begins at: one a line, or the items of the document's list.

    :raises ContractError: not JSON
    """
    return _values_of_lines(stream, file) if lines else _values(stream, file)


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
    text = _Text(stream)
    inside = False
    try:
        while mark := text.peek():
            if mark == "[" and not inside:
                inside = True
                text.advance(1)
            elif mark == "]" and inside:
                inside = False
                text.advance(1)
            elif mark == ",":
                text.advance(1)
            else:
                line = text.line
                yield line, text.value()
    except (ValueError, RecursionError) as error:
        raise _not_json(file, text.line, str(error), torn=text.exhausted) from error
    if inside:
        raise _not_json(file, text.line, "the list is not closed", torn=True)


class _Text:
    """The decoded text of a stream behind a position, read as far as needed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = json.JSONDecoder().raw_decode
        self._buffer, self._position = "", 0
        self.line = 1
        self.exhausted = False

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            blank = _SPACE.match(self._buffer, self._position)
            assert blank is not None  # it matches the empty string
            self.advance(len(blank.group()))
            if self._position < len(self._buffer) or not self._more():
                return self._buffer[self._position : self._position + 1]

    def value(self) -> Any:
        """The JSON value at the position.

        :raises ValueError: there is none
        """
        while True:
            try:
                value, after = self._scan(self._buffer, self._position)
                # A number may go on behind the end of the buffer.
                if after < len(self._buffer) or not self._more():
                    self.advance(after - self._position)
                    return value
            except json.JSONDecodeError:
                if not self._more():
                    raise

    def advance(self, count: int) -> None:
        """Pass over some characters."""
        self.line += self._buffer.count("\n", self._position, self._position + count)
        self._position += count

    def _more(self) -> bool:
        if self.exhausted:
            return False
        # Doubles, so that a long value is not read again and again.
        block = self._stream.read(max(_BLOCK_BYTES, len(self._buffer) - self._position))
        self.exhausted = not block
        self._buffer = self._buffer[self._position :] + self._decoder.decode(block, self.exhausted)
        self._position = 0
        return True


def _not_json(file: str, line: int, message: str, *, torn: bool) -> ContractError:
    return ContractError(
        f"not JSON ({message})",
        file=file,
        line=line,
        remedy="The last line is torn: write the file again."
        if torn
        else 'Check the dataset format: {"json": {"lines": true}} is one record per line.',
    )
