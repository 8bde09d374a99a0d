"""One side of a monitor's record taken apart: rows of CSV, or JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.contract.captured_data import EventData
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.csv_dialect import rows_of_text
from airflow_model_monitor.tables.payload import decoded_payload, is_json_container, json_documents
from airflow_model_monitor.tables.record_attribute import RecordAttribute

_OUTPUT_KEY: Final = "SageMakerOutput"


@dataclass(frozen=True, slots=True)
class RecordPayload:
    """One side of a record.

    :param name: ``endpointInput`` and so on
    :param file: it stands in
    :param line: there
    :param rows: of CSV; ``None`` where it is JSON
    :param documents: of JSON
    """

    name: str
    file: str
    line: int
    rows: Sequence[Sequence[str | None]] | None
    documents: Sequence[Any] = ()

    @classmethod
    def of(cls, side: EventData | None, name: str, file: str, line: int) -> RecordPayload:
        """Take apart what was captured.

        :raises ContractError: there is nothing, or it is not what its label says
        """
        if side is None:
            raise ContractError(
                f"the record has no {name}",
                file=file,
                line=line,
                field=f"$.captureData.{name}",
                remedy="Capture requests and answers both"
                if name != "groundTruthData"
                else "Merge the captured data with its ground truth first",
            )
        text, encoding, place = side.data, side.encoding, f"captureData.{name}.data"
        if encoding == "BASE64":
            text = decoded_payload(side, place, file, line)
            encoding = "JSON" if "json" in (side.observed_content_type or "").lower() else "CSV"
        if encoding != "CSV":
            return cls(name, file, line, None, json_documents(text, place, file, line))
        if is_json_container(text):
            raise ContractError(
                "the payload is labelled CSV, but holds JSON",
                file=file,
                line=line,
                field=place,
                remedy="List its content type among JsonContentTypes in the endpoint's CaptureContentTypeHeader.",
            )
        return cls(name, file, line, list(rows_of_text(text, "rfc4180", file=file, line=line)))

    def output(self) -> RecordPayload:
        """The model's answer in a batch transform's joined record."""
        if self.rows is not None:
            return self
        answers = [one.get(_OUTPUT_KEY, one) if isinstance(one, dict) else one for one in self.documents]
        return RecordPayload(self.name, self.file, self.line, None, answers)

    def values(self, attribute: RecordAttribute) -> list[Any]:
        """What stands at a place, one value for each row of the payload."""
        if self.rows is not None:
            return [value for row in self.rows for value in attribute.in_row(row)]
        return [value for document in self.documents for value in attribute.in_json(document)]

    def error(self, message: str, field: str, remedy: str | None = None) -> ContractError:
        """The error to raise about it."""
        return ContractError(f"{self.name}: {message}", file=self.file, line=self.line, field=field, remedy=remedy)
