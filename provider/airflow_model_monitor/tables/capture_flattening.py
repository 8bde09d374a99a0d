"""Captured records, one by one, as rows: output columns first, then input columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.contract.captured_data import ENCODINGS, CapturedRecord, EventData, parse_captured_line
from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.csv_dialect import CsvDialect
from airflow_model_monitor.tables.payload import PayloadRow, payload_rows
from airflow_model_monitor.tables.record_table import ColumnKey, RecordTable
from airflow_model_monitor.tables.source_files import SourceFile

Preprocessor = Callable[[Iterable[CapturedRecord]], Iterable[list[dict[str, Any]]]]
"""Maps records to the rows that stand for each of them, in order; an empty list drops a record."""

SIDE_ORDER: Final = ("endpointOutput", "batchTransformOutput", "endpointInput")
"""Columns of outputs stand before those of inputs (observed: Packt's Boston run, aim362)."""


@dataclass(slots=True)
class CaptureFlattening:
    """Writes the rows of captured files into a :class:`RecordTable`.

    :param table: where rows go
    :param sides: the sides to read, in column order
    :param compatibility: ``sagemaker`` refuses sides of different encodings, ``corrected`` reads each as labelled
    """

    table: RecordTable
    sides: Sequence[str]
    compatibility: Compatibility
    alike: bool = True
    """Whether the other behaviour would have made the same rows of the records so far."""
    _encodings: tuple[tuple[str, str], ...] = ()

    def flatten(self, files: Iterable[SourceFile]) -> None:
        """Append the rows of every record of ``files``.

        A record of several lines gives as many rows, its sides paired line by line. In ``corrected`` a single
        output line with as many values as the input has lines gives each line its value (XGBoost answers so).

        :raises ContractError: a line is no captured record, its payload is not what its label says, the sides
            cannot be paired, or encodings change from record to record
        """
        dialect: CsvDialect = "spark" if self.compatibility == SAGEMAKER else "rfc4180"
        for file in files:
            for line, text in record_lines(file):
                sides = self._sides(text, file.name, line)
                rows = [
                    payload_rows(side, name=name, dialect=dialect, file=file.name, line=line) for name, side in sides
                ]
                if self.alike and any(_dialects_differ(side) for _, side in sides):
                    self.alike = False
                for row in self._paired(sides, rows, file.name, line):
                    self.table.add(row, file=file.name, line=line)

    def preprocess(self, files: Iterable[SourceFile], preprocessor: Preprocessor) -> None:
        """Append the rows that ``preprocessor`` makes of every record of ``files``; their keys are the columns.

        :raises ContractError: a line is no captured record, or the preprocessor failed; names the record's line
        """
        file_name, line_number = "", 0

        def records() -> Iterator[CapturedRecord]:
            nonlocal file_name, line_number
            for file in files:
                for line, text in record_lines(file):
                    file_name, line_number = file.name, line
                    yield _record(text, file_name, line_number)

        try:
            for rows in preprocessor(records()):
                for row in rows:
                    keyed: dict[ColumnKey, Any] = {(0, str(name)): value for name, value in row.items()}
                    self.table.add(keyed, file=file_name, line=line_number)
        except ContractError as error:
            if error.file is not None or not file_name:
                raise
            raise ContractError(
                error.message, file=file_name, line=line_number, field=error.field, remedy=error.remedy
            ) from error

    def _sides(self, text: bytes, file: str, line: int) -> list[tuple[str, EventData]]:
        sides = _quickly_read(text, self.sides)
        if sides is None:
            record = _record(text, file, line)
            sides = [(name, side) for name in self.sides if (side := record.side(name)) is not None]
        encodings = tuple((name, side.encoding) for name, side in sides)
        if not encodings or encodings != self._encodings:
            self._check_encodings(encodings, file, line)
        return sides

    def _check_encodings(self, encodings: tuple[tuple[str, str], ...], file: str, line: int) -> None:
        """Compare with the record before; sets the encodings at the first record."""
        if not encodings:
            raise ContractError(
                f"the record has none of {', '.join(self.sides)}",
                file=file,
                line=line,
                field="captureData",
                remedy="Name the captured sides in captureIndexNames.",
            )
        labels = dict(encodings)
        if self.compatibility == SAGEMAKER and len(set(labels.values())) > 1:
            told = f"{', '.join(f'{label} for {name}' for name, label in encodings)}."
            if "endpointInput" in labels:
                output = next(name for name in labels if name != "endpointInput")
                told = (
                    f"Encoding is {labels['endpointInput']} for endpointInput, but Encoding is {labels[output]} for "
                    f"{output}. We currently only support the same type of input and output encoding at the moment."
                )
            # The original's text comes first, since tools look for it; the place follows.
            raise ContractError(
                f"Encoding mismatch: {told}",
                remedy=f"Seen in file {file}, line {line}, field captureData.",
            )
        self.alike = self.alike and len(set(labels.values())) == 1
        if self._encodings:
            raise ContractError(
                f"the record holds {_told(encodings)}, but those before hold {_told(self._encodings)}",
                file=file,
                line=line,
                field="captureData",
                remedy="Bring the records into one form with a record preprocessor script.",
            )
        self._encodings = encodings

    def _paired(
        self, sides: list[tuple[str, EventData]], rows: list[list[PayloadRow]], file: str, line: int
    ) -> Iterator[dict[ColumnKey, Any]]:
        if len(rows) == 2 and len(rows[0]) == 1 == len(rows[1]):  # nearly always
            yield {(0, name): value for name, value in rows[0][0].items()} | {
                (1, name): value for name, value in rows[1][0].items()
            }
            return
        counts = {len(one) for one in rows}
        if len(counts) > 1 and self.compatibility != SAGEMAKER:
            self.alike = False
            most = max(counts)
            rows = [_spread(one, most) for one in rows]
            counts = {len(one) for one in rows}
        if len(counts) > 1 or 0 in counts:
            told = ", ".join(f"{name} holds {len(one)}" for (name, _), one in zip(sides, rows, strict=True))
            raise ContractError(
                f"the sides of the record cannot be paired row by row: {told} rows",
                file=file,
                line=line,
                field="captureData",
                remedy="Pair them with a record preprocessor script.",
            )
        for parts in zip(*rows, strict=True):
            yield {(side, name): value for side, part in enumerate(parts) for name, value in part.items()}


def _spread(rows: list[PayloadRow], count: int) -> list[PayloadRow]:
    """One row of ``count`` values without names as ``count`` rows of one value."""
    if len(rows) == 1 and len(rows[0]) == count and 0 in rows[0]:
        return [{0: value} for value in rows[0].values()]
    return rows


def _dialects_differ(side: EventData) -> bool:
    """Whether a payload that was read has quotes the dialects of CSV may read differently."""
    if side.encoding == "JSON":
        return False
    payload = side.data if side.encoding == "CSV" else side.payload().decode()
    return '"' in payload and ('""' in payload or "\\" in payload)


def _told(encodings: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name} as {label}" for name, label in encodings)


def record_lines(file: SourceFile) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that hold something, each with its number, from 1."""
    with file.open() as stream:
        for line, text in enumerate(stream, 1):
            if text.strip():
                yield line, text


def _record(text: bytes, file: str, line: int) -> CapturedRecord:
    try:
        return parse_captured_line(text, file=file, line_number=line)
    except RecursionError as error:
        raise ContractError(
            "the JSON is nested too deeply", file=file, line=line, remedy="Write one record of captured data per line."
        ) from error
    except ContractError as error:
        if error.remedy is not None:
            raise
        remedy = (
            "Write one JSON record of captured data per line."
            if text.endswith(b"\n")
            else "The last line has no end: it is torn, or still being written. Write the file again, or wait for it."
        )
        raise ContractError(error.message, file=file, line=line, field=error.field, remedy=remedy) from error


def _quickly_read(text: bytes, names: Sequence[str]) -> list[tuple[str, EventData]] | None:
    """The sides of a regular record; ``None`` leaves the verdict, and the message, to the contract."""
    try:
        document = json.loads(text)
        capture = document["captureData"]
        if not isinstance(document["eventMetadata"]["eventId"], str):
            return None
        sides = []
        for name in names:
            side = capture.get(name)
            if side is None:
                continue
            data, encoding, content_type = side["data"], side["encoding"], side.get("observedContentType")
            if (
                encoding not in ENCODINGS
                or not isinstance(data, str)
                or not isinstance(content_type, (str, type(None)))
            ):
                return None
            sides.append((name, EventData(data, encoding, content_type)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return sides or None
