"""What a CSV file looks like: widths, quotes, line ends, encoding, found at memory speed before it is parsed.

DuckDB must be told the width of the widest row beforehand and never guess a dialect; and a broken row should be
reported before anything is computed. So the bytes are looked at once with NumPy (1 to 2 GB/s a core), which decides
whether DuckDB can read the file as it is or :mod:`.csv_dialect` has to rewrite it.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from airflow_model_monitor.contract.errors import ContractError

BLOCK_BYTES: Final = 1 << 18  # stays in the second-level cache: twice as fast as 4 MiB
_BOM: Final = codecs.BOM_UTF8
_COMMA, _NEWLINE, _RETURN, _QUOTE = 44, 10, 13, 34


@dataclass(slots=True)
class CsvShape:
    """Findings about one or several files; ``a + b`` joins them.

    :param widest: most fields in a row, the header included; 0 without any row
    :param narrowest: fewest fields in a row
    :param rows: lines outside quotes that end in a line break (or in the end of the file)
    :param longest_line: bytes of the longest line
    :param quoted_newlines: whether a quoted field holds a line break
    :param doubled_quotes: whether a quoted field holds ``""``
    :param stray_quotes: whether a quote stands where RFC 4180 allows none
    :param backslashes: whether a backslash occurs beside quotes
    :param line_ends: the kinds of line end seen: ``\\n``, ``\\r\\n``, ``\\r``
    :param blank_lines: whether a line is empty although rows have one field, or the first line is empty
    :param empty_lines: whether any line is empty: ``rows`` then counts more than the rows read
    :param open_quote_line: line of a quote never closed, as RFC 4180 counts
    """

    widest: int = 0
    narrowest: int = 1 << 40
    rows: int = 0
    longest_line: int = 0
    quoted_newlines: bool = False
    doubled_quotes: bool = False
    stray_quotes: bool = False
    backslashes: bool = False
    line_ends: frozenset[str] = frozenset()
    blank_lines: bool = False
    empty_lines: bool = False
    open_quote_line: int | None = None

    def __add__(self, other: CsvShape) -> CsvShape:
        return CsvShape(
            max(self.widest, other.widest),
            min(self.narrowest, other.narrowest),
            self.rows + other.rows,
            max(self.longest_line, other.longest_line),
            self.quoted_newlines or other.quoted_newlines,
            self.doubled_quotes or other.doubled_quotes,
            self.stray_quotes or other.stray_quotes,
            self.backslashes or other.backslashes,
            self.line_ends | other.line_ends,
            self.blank_lines or other.blank_lines,
            self.empty_lines or other.empty_lines,
            self.open_quote_line or other.open_quote_line,
        )


@dataclass(slots=True)
class CsvInspection:
    """Feed the bytes of one file in blocks of :data:`BLOCK_BYTES`, then take :meth:`finish`.

    :param file: name for error messages
    """

    file: str
    _shape: CsvShape = field(default_factory=CsvShape)
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))
    _lines: int = 0
    _commas: int = 0
    _line_bytes: int = 0
    _inside: bool = False
    _last: int = _NEWLINE
    _held: bytes = b""
    _started: bool = False
    _has_quotes: bool = False
    _has_backslash: bool = False
    _open_line: int = 0

    def feed(self, block: bytes) -> None:
        """Look at the next bytes.

        :raises ContractError: the bytes are not UTF-8; names the line
        """
        block = self._held + block
        # What a quote or a carriage return means depends on the byte after it: never end a block in one.
        kept = len(block.rstrip(b'"\r'))
        if not self._started and kept < 3:
            kept = 0
        self._held, block = block[kept:], block[:kept]
        if block:
            self._look(block)

    def finish(self) -> CsvShape:
        """Look at the rest and return the findings."""
        block, self._held = self._held, b""
        if block:
            self._look(block)
        self._decode(b"", final=True)
        shape = self._shape
        if self._last != _NEWLINE or self._inside:  # the last line has no line break
            self._lengths(np.array([self._line_bytes]))
            self._widths(np.array([self._commas]))
        shape.backslashes = self._has_backslash and self._has_quotes
        shape.blank_lines |= shape.empty_lines and shape.widest == 1
        shape.open_quote_line = self._open_line if self._inside else None
        return shape

    def _look(self, block: bytes) -> None:
        self._decode(block)
        if not self._started:
            self._started = True
            block = block.removeprefix(_BOM)
            if block[:1] in (b"\n", b"\r"):
                self._shape.blank_lines = True
            if not block:
                return
        if b"\\" in block:
            self._has_backslash = True
        values = np.frombuffer(block, np.uint8)
        newlines = np.flatnonzero(values == _NEWLINE)
        if b"\r" in block:
            self._carriage_returns(values)
        elif newlines.size:
            self._shape.line_ends |= {"\n"}
        if newlines.size:
            gaps = np.diff(newlines)
            self._lengths(np.concatenate(([newlines[0] + self._line_bytes + 1], gaps)))
            empty = 2 if b"\r" in block else 1  # distance of the line break that ends an empty line
            if (gaps <= empty).any() or (self._last == _NEWLINE and newlines[0] < empty):
                self._shape.empty_lines = True
            self._line_bytes = int(values.size - newlines[-1] - 1)
        else:
            self._line_bytes += values.size
        if self._inside or b'"' in block:
            self._has_quotes = True
            self._quoted_block(values)
        else:
            self._plain_block(values, newlines)
        self._lines += int(newlines.size)
        self._last = int(values[-1])

    def _plain_block(self, values: npt.NDArray[np.uint8], newlines: npt.NDArray[np.intp]) -> None:
        commas = values == _COMMA
        if not newlines.size:
            self._commas += int(np.count_nonzero(commas))
            return
        sums = np.add.reduceat(commas, np.concatenate(([0], newlines)), dtype=np.int32)
        sums[0] += self._commas
        self._widths(sums[:-1])
        self._commas = int(sums[-1])

    def _quoted_block(self, values: npt.NDArray[np.uint8]) -> None:
        shape = self._shape
        marks = np.flatnonzero((values == _COMMA) | (values == _NEWLINE) | (values == _QUOTE))
        kinds = values[marks]
        quotes = kinds == _QUOTE
        inside = ((np.cumsum(quotes) + self._inside) & 1).astype(bool)  # state after each mark

        where = marks[quotes]
        opening = inside[quotes]
        before = np.where(where > 0, values[where - 1], self._last if self._last else 0)
        after = np.where(where + 1 < values.size, values[np.minimum(where + 1, values.size - 1)], _NEWLINE)
        opens_well = (before == _COMMA) | (before == _NEWLINE) | (before == _RETURN)
        doubled = opening & (before == _QUOTE)
        shape.doubled_quotes |= bool(doubled.any())
        closes_well = (after == _COMMA) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
        shape.stray_quotes |= bool((opening & ~opens_well & ~doubled).any() or (~opening & ~closes_well).any())
        if opening.any():
            last_open = int(where[opening][-1])
            self._open_line = self._lines + int(np.count_nonzero(values[:last_open] == _NEWLINE)) + 1

        shape.quoted_newlines |= bool((inside & (kinds == _NEWLINE)).any())
        outer = kinds[~inside & ~quotes]
        ends = np.flatnonzero(outer == _NEWLINE)
        if ends.size:
            counts = np.diff(ends, prepend=-1) - 1
            counts[0] += self._commas
            self._widths(counts)
            self._commas = int(outer.size - ends[-1] - 1)
        else:
            self._commas += int(outer.size)
        self._inside = bool(inside[-1]) if inside.size else self._inside

    def _carriage_returns(self, values: npt.NDArray[np.uint8]) -> None:
        returns = np.flatnonzero(values == _RETURN)
        paired = int(np.count_nonzero(values[np.minimum(returns + 1, values.size - 1)] == _NEWLINE))
        newlines = int(np.count_nonzero(values == _NEWLINE))
        found = set()
        if paired:
            found.add("\r\n")
        if paired < returns.size:
            found.add("\r")
        if newlines > paired:
            found.add("\n")
        self._shape.line_ends |= found

    def _widths(self, commas: npt.NDArray[np.integer]) -> None:
        shape = self._shape
        shape.widest = max(shape.widest, int(commas.max()) + 1)
        shape.narrowest = min(shape.narrowest, int(commas.min()) + 1)
        shape.rows += int(commas.size)

    def _lengths(self, lengths: npt.NDArray[np.integer]) -> None:
        self._shape.longest_line = max(self._shape.longest_line, int(lengths.max()))

    def _decode(self, block: bytes, *, final: bool = False) -> None:
        if not final and block.isascii() and not self._decoder.getstate()[0]:
            return
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError as error:
            line = self._lines + bytes(error.object[: error.start]).count(b"\n") + 1
            raise ContractError(
                f"the byte 0x{error.object[error.start]:02X} is not UTF-8",
                file=self.file,
                line=line,
                remedy="Save the file as UTF-8 (it looks like Latin-1 or Windows-1252).",
            ) from error
