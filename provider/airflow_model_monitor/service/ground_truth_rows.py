"""Rows of labels made into ground-truth records: what a row must hold, and in which hour its label was collected."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from airflow_model_monitor.contract.ground_truth import GROUND_TRUTH_ENCODINGS, GroundTruthEncoding, GroundTruthRecord

LABEL_KEY = "label"

LabelRow = Mapping[str, Any] | GroundTruthRecord


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """Where a row holds what.

    :param id: the inference id the capture carries, else its event id
    :param label: the label
    :param time: when the label was collected, which names its hour folder; None: the upload's hour for all
    :param encoding: ``CSV`` writes the label as a value of CSV, ``JSON`` as the document ``{"label": value}`` (or the
        value itself when it is an object or a list)
    :raises ValueError: an encoding that is none
    """

    id: str = "id"
    label: str = LABEL_KEY
    time: str | None = None
    encoding: GroundTruthEncoding = "CSV"

    def __post_init__(self) -> None:
        if self.encoding not in GROUND_TRUTH_ENCODINGS:
            allowed = ", ".join(map(repr, GROUND_TRUTH_ENCODINGS))
            raise ValueError(f"encoding: {self.encoding!r}; allowed are {allowed}")

    def record(self, row: LabelRow) -> GroundTruthRecord:
        """The record of one row.

        :raises ValueError: what is wrong with it, without the row's number
        """
        if isinstance(row, GroundTruthRecord):
            _check_id(row.event_id, "event_id")
            return row
        return GroundTruthRecord(
            _check_id(self._cell(row, self.id), self.id), self._data(self._cell(row, self.label)), self.encoding
        )

    def hour(self, row: LabelRow, default: datetime | None) -> datetime:
        """Start of the UTC hour the row's label was collected in.

        :raises ValueError: there is no such time
        """
        if self.time is None or isinstance(row, GroundTruthRecord):
            if default is None:
                raise ValueError("nothing says when it was collected; name a time column, or give hour=")
            return default
        value = self._cell(row, self.time)
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value.strip())
            except ValueError:
                raise ValueError(f"{self.time} is {value!r}, no point in time such as 2026-01-02T03:04:05Z") from None
        if not isinstance(value, datetime):
            day = " (a date names no hour)" if isinstance(value, date) else ""
            raise ValueError(f"{self.time} is {value!r}, no point in time such as 2026-01-02T03:04:05Z{day}")
        utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return utc.replace(minute=0, second=0, microsecond=0)

    def _cell(self, row: Mapping[str, Any], name: str) -> Any:
        if name not in row:
            raise ValueError(f"{name} is missing; the row has {', '.join(map(str, row)) or 'no columns'}")
        return row[name]

    def _data(self, value: Any) -> str:
        if isinstance(value, (dict, list)) and self.encoding == "JSON":
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
        value = _plain(value, self.label)
        if self.encoding == "JSON":
            return json.dumps({LABEL_KEY: value}, ensure_ascii=False)
        if isinstance(value, bool):
            return "true" if value else "false"
        text = str(value)
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n\r') else text


def _check_id(value: Any, name: str) -> str:
    value = _present(value, name)
    if isinstance(value, UUID) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    if not isinstance(value, str):
        hint = "; a number with a fraction is no id: cast the column to text" if isinstance(value, float) else ""
        raise ValueError(f"{name} is {value!r}, not a text or a whole number{hint}")
    _encodable(value, name)
    return value


def _plain(value: Any, name: str) -> str | int | float | bool:
    value = _present(value, name)
    if isinstance(value, Decimal) and value.is_finite():
        # Databases give whole numbers as decimals: "1.0" would be another class than "1".
        exponent = value.as_tuple().exponent
        value = int(value) if isinstance(exponent, int) and exponent >= 0 else float(value)
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"{name} is {value!r}, not a text, a number or a boolean")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} is {value!r}, not a finite number")
    if isinstance(value, str):
        _encodable(value, name)
    return value


def _present(value: Any, name: str) -> Any:
    """The value, a NumPy scalar as Python's own.

    :raises ValueError: there is none: null, NaN, empty or blank
    """
    if hasattr(value, "item") and not isinstance(value, Mapping):
        value = value.item()
    missing = value is None
    missing = missing or (isinstance(value, str) and not value.strip())
    missing = missing or (isinstance(value, float) and math.isnan(value))
    if missing:
        raise ValueError(f"{name} is missing")
    return value


def _encodable(text: str, name: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} is {text!r}, which holds an unpaired surrogate: no Unicode character") from None
