"""Ground truth: labels of captured records, by the id the capture carries.

A file holds one record per line, an array of records on one line, or JSON documents laid out over several lines (one
record per file, pretty-printed). All three are seen in public runs of the original.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, cast

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_layout import quote
from airflow_model_monitor.contract.json_reader import JsonNode, decode, load

GroundTruthEncoding = Literal["CSV", "JSON"]
GROUND_TRUTH_ENCODINGS: Final[tuple[GroundTruthEncoding, ...]] = ("CSV", "JSON")
_EXAMPLE: Final = (
    '{"groundTruthData":{"data":"1","encoding":"CSV"},"eventMetadata":{"eventId":"<id>"},"eventVersion":"0"}'
)
_WHITE_SPACE: Final = " \t\r\n"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class GroundTruthRecord:
    """One label.

    :param event_id: the ``inferenceId`` of the captured record where it has one, else its ``eventId``
    :param data: the label: a value as CSV text, or a JSON document as text
    :param encoding: ``CSV`` or ``JSON``
    :param event_version: version of the record's form
    """

    event_id: str
    data: str
    encoding: GroundTruthEncoding = "CSV"
    event_version: str = "0"

    def to_json_line(self) -> str:
        """The record in the documented form, without the newline."""
        return (
            f'{{"groundTruthData":{{"data":{quote(self.data)},"encoding":{quote(self.encoding)}}},'
            f'"eventMetadata":{{"eventId":{quote(self.event_id)}}},"eventVersion":{quote(self.event_version)}}}'
        )


def parse_ground_truth_line(
    line: str | bytes, *, file: str | None = None, line_number: int | None = None
) -> list[GroundTruthRecord]:
    """The records in one line: one object, or an array of them.

    :raises ContractError: naming file, line and JSON path
    """
    try:
        return _read_document(load(line, file))
    except ContractError as error:
        raise _with_remedy(error, line_number) from None


def read_ground_truth(lines: Iterable[bytes], *, file: str | None = None) -> Iterator[tuple[int, GroundTruthRecord]]:
    """The records of a whole file in order, each with the 1-based line its document starts on.

    A file whose first line is a complete JSON document has one per line and is read line by line; in any other,
    documents may run over several lines, and the file is read at once.

    :param lines: the file's lines with their ends, as an open binary file gives them
    :param file: name for error messages
    :raises ContractError: naming file, line and JSON path
    """
    rest = iter(lines)
    per_line = False
    for number, line in enumerate(rest, 1):
        if not line.strip(_WHITE_SPACE.encode() + _BYTE_ORDER_MARK):
            continue
        if not per_line and not _complete(line):
            following = b"".join(rest)
            if following.strip():
                yield from _documents("\n" * (number - 1) + decode(line + following, file), file)
                return
        per_line = True
        for record in parse_ground_truth_line(line, file=file, line_number=number):
            yield number, record


def _documents(text: str, file: str | None) -> Iterator[tuple[int, GroundTruthRecord]]:
    decoder = json.JSONDecoder()
    position = _skip(text, 0)
    line = 1 + text.count("\n", 0, position)
    while position < len(text):
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = len(text)  # the strict reader below words the error
        try:
            records = _read_document(load(text[position:end], file))
        except ContractError as error:
            place = line + (error.line or 1) - 1
            raise _with_remedy(error, place) from None
        for record in records:
            yield line, record
        following = _skip(text, end)
        line += text.count("\n", position, following)
        position = following


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _WHITE_SPACE:
        position += 1
    return position


def _complete(line: bytes) -> bool:
    try:
        json.loads(line.removeprefix(_BYTE_ORDER_MARK))
    except (ValueError, RecursionError):
        return False
    return True


def _read_document(root: JsonNode) -> list[GroundTruthRecord]:
    if isinstance(root.value, list):
        return [_read_record(node) for node in root.items()]
    return [_read_record(root)]


def _read_record(node: JsonNode) -> GroundTruthRecord:
    truth = node.child("groundTruthData")
    event_id = node.child("eventMetadata").child("eventId")
    version = node.optional("eventVersion")
    data = truth.child("data")
    if isinstance(data.value, (int, float)):
        raise data.expected("a text", f'Write the label as text: "data": {json.dumps(json.dumps(data.value))}.')
    if not event_id.text():
        raise event_id.error("the id is empty, so that no capture can have it")
    return GroundTruthRecord(
        event_id=event_id.text(),
        data=data.text(),
        encoding=cast(GroundTruthEncoding, truth.child("encoding").one_of(*GROUND_TRUTH_ENCODINGS)),
        event_version="0" if version is None else version.text(),
    )


def _with_remedy(error: ContractError, line: int | None) -> ContractError:
    remedy = error.remedy or f"Write one record of ground truth per line: {_EXAMPLE}."
    return ContractError(error.message, file=error.file, line=line, field=error.field, remedy=remedy)
