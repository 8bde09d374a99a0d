"""A careful CSV reader for what DuckDB cannot read as the original reads it; slow, used only for such files.

Two dialects. ``rfc4180`` is what spreadsheets, pandas and Python's csv module write: ``""`` inside quotes is one quote.
``spark`` is what Spark 3.3 reads with its defaults (comma, double quote, backslash as escape): inside quotes ``\\"`` is
a quote and ``\\\\`` a backslash, and a quote followed by anything but a delimiter makes the whole field literal, its
opening quote included, up to the next comma or line break, so ``"a ""b"", c"`` is the two fields ``"a ""b""`` and
`` c"``. Compared with PySpark 3.3.0 on some 4,500 random lines; what differs is a backslash straight behind a closing
quote, and an unclosed quote, which Spark reads to the end of the file and we refuse.
In both an empty field, quoted or not, is null, and blank lines are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, Literal, TextIO

from airflow_model_monitor.contract.errors import ContractError

CsvDialect = Literal["spark", "rfc4180"]
Row = list[str | None]

MAX_ROW_CHARACTERS: Final = 1 << 28
"""A row that needs more than this is taken for an unclosed quote: memory stays bounded."""

_BLOCK_CHARACTERS: Final = 1 << 20
_PLAIN: Final = re.compile(r"[^,\n]*")
_SPARK_BODY: Final = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SPARK_ESCAPE: Final = re.compile(r'\\(["\\])')
_RFC_BODY: Final = re.compile(r'(?:[^"]++|"")*+')
_QUOTES: Final = re.compile(r'"+')
_BLANKS: Final = re.compile(r"[\x01-\x09\x0b-\x20]*")


class _IncompleteError(Exception):
    """The row goes on behind the end of the buffer."""


def rows_of_text(text: str, dialect: CsvDialect, *, file: str, line: int) -> Iterator[Row]:
    """Yield the rows of a payload that stands in one line of a captured-data file.

    :param text: CSV text; ``\\n`` and ``\\r\\n`` both end a row
    :param dialect: how quotes are read
    :param file: file for error messages
    :param line: line for error messages
    :raises ContractError: a quote is not closed
    """
    text = text.replace("\r\n", "\n")
    if '"' not in text:
        for part in text.split("\n"):
            if part:
                yield [value or None for value in part.split(",")]
        return
    position = 0
    while position < len(text):
        try:
            row, position = _row(text, position, dialect, end=True)
        except _IncompleteError:
            raise _unclosed(file, line) from None
        except _MalformedError as error:
            raise error.located(file, line) from None
        if row is not None:
            yield row


def rows_of_file(stream: BinaryIO, dialect: CsvDialect, *, file: str) -> Iterator[tuple[int, Row]]:
    """Yield line number (of the row's first line, from 1) and fields of every row.

    :param stream: UTF-8 bytes, with or without a byte-order mark
    :param dialect: how quotes are read
    :param file: name for error messages
    :raises ContractError: a quote is not closed, or (``rfc4180``) text follows a closing quote
    """
    import io

    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield from _rows(text, dialect, file)
    finally:
        text.detach()


def _rows(text: TextIO, dialect: CsvDialect, file: str) -> Iterator[tuple[int, Row]]:
    buffer, position, line, end = "", 0, 1, False
    universal: bool | None = None
    size = _BLOCK_CHARACTERS
    while True:
        try:
            row, after = _row(buffer, position, dialect, end=end)
        except _MalformedError as error:
            raise error.located(file, line) from None
        except _IncompleteError:
            if end or len(buffer) - position > MAX_ROW_CHARACTERS:
                raise _unclosed(file, line) from None
            block = text.read(size)
            end = not block
            if block.endswith("\r"):
                block += text.read(1)
            if universal is None and (first := re.search(r"[\r\n]", block)):
                # As Spark does, the first line end of a file decides; a later stray \r\n still ends a row.
                universal = first.group() == "\r"
            if universal:
                block = block.replace("\r\n", "\n").replace("\r", "\n")
            buffer, position = buffer[position:] + block, 0
            size = max(_BLOCK_CHARACTERS, len(buffer))  # doubles, so that a long row is not read again and again
            continue
        if row is not None:
            yield line, row
        line += buffer.count("\n", position, after)
        position = after
        if end and position >= len(buffer):
            return


class _MalformedError(Exception):
    def __init__(self, column: int, text: str) -> None:
        self.column, self.text = column, text

    def located(self, file: str, line: int) -> ContractError:
        return ContractError(
            f"the text {self.text!r} follows a closing quote",
            file=file,
            line=line,
            field=f"column {self.column}",
            remedy='Double the quotes that belong to the value ("").',
        )


def _row(text: str, position: int, dialect: CsvDialect, *, end: bool) -> tuple[Row | None, int]:
    """One row from ``position``; ``None`` for a blank line. ``end``: nothing follows ``text``."""
    start = position
    line_end = text.find("\n", position)
    if line_end >= 0 and text.find('"', position, line_end) < 0:
        plain = text[position:line_end].removesuffix("\r")
        return ([value or None for value in plain.split(",")] if plain else None), line_end + 1
    row: Row = []
    quoted = False
    while True:
        if text.startswith('"', position):
            quoted = True
            value, position = (_spark_field if dialect == "spark" else _rfc_field)(text, position, len(row), end)
        else:
            match = _PLAIN.match(text, position)
            assert match is not None  # it matches the empty string
            value, position = match.group(), match.end()
        if position >= len(text):
            if not end:
                raise _IncompleteError
            row.append(value.removesuffix("\r") or None)
            return (row if position > start else None), position
        if text[position] == ",":
            row.append(value or None)
            position += 1
            continue
        value = value.removesuffix("\r")
        row.append(value or None)
        blank = len(row) == 1 and not value and not quoted
        return (None if blank else row), position + 1


def _rfc_field(text: str, position: int, column: int, end: bool) -> tuple[str, int]:
    match = _RFC_BODY.match(text, position + 1)
    assert match is not None
    after = match.end() + 1
    if after > len(text) or (after == len(text) and not end):
        raise _IncompleteError
    if text.startswith("\r\n", after):
        after += 1
    elif after < len(text) and text[after] not in ",\n":
        if text[after] == "\r" and after + 1 == len(text):
            return match.group().replace('""', '"'), after + 1
        raise _MalformedError(column, text[after : after + 20])
    return match.group().replace('""', '"'), after


def _spark_field(text: str, position: int, column: int, end: bool) -> tuple[str, int]:
    body = _SPARK_BODY.match(text, position + 1)
    assert body is not None
    quotes = _QUOTES.match(text, body.end())
    if quotes is None:
        raise _IncompleteError
    # A run of quotes stands for itself without its last one, which closes the field if a delimiter follows.
    value = _SPARK_ESCAPE.sub(r"\1", body.group()) + quotes.group()[1:]
    blanks = _BLANKS.match(text, quotes.end())
    assert blanks is not None
    after = blanks.end()
    if after == len(text) and not end:
        raise _IncompleteError
    if after == len(text) or text[after] in ",\n":
        return value, after
    rest = _PLAIN.match(text, quotes.end())
    assert rest is not None
    if rest.end() == len(text) and not end:
        raise _IncompleteError
    return f'"{value}"{rest.group()}', rest.end()


def _unclosed(file: str, line: int) -> ContractError:
    return ContractError(
        "a quoted field is not closed before the end of the file",
        file=file,
        line=line,
        remedy="The file is torn or a quote is missing: write it again.",
    )
