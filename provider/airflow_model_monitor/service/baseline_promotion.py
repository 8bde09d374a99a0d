"""Which version of its baseline a monitor uses, from which window on, and since what.

Stands as ``promotion.json`` beside the contract files of a baseline that was promoted, in the published revision and in
the plain copy. A revision without one counts for every window.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.timestamps import format_utc, parse_utc

FILE_NAME: Final = "promotion.json"


@dataclass(frozen=True, slots=True)
class Promotion:
    """Why a revision of a baseline counts, and from when on.

    :param monitor: name of the monitoring schedule that uses it
    :param version: content address of the contract files: what ``resolve().version`` says
    :param effective_from: windows that begin at this instant or later are judged by it; None: all of them
    :param source: address of the revision it was copied from
    :param previous: version that counted before; None for the first
    :param reason: a sentence for people
    """

    monitor: str
    version: str
    effective_from: datetime | None
    source: str
    previous: str | None
    reason: str

    def to_json(self) -> str:
        """The file's text."""
        document = dataclasses.asdict(self)
        document["effective_from"] = None if self.effective_from is None else format_utc(self.effective_from)
        return json.dumps(document, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, file: str) -> Promotion:
        """What a file says.

        :raises ContractError: it is no such file
        """
        try:
            document: dict[str, Any] = json.loads(text)
            start = document["effective_from"]
            return cls(
                **{
                    **document,
                    "effective_from": None if start is None else parse_utc(start, field="effective_from", file=file),
                }
            )
        except (ValueError, TypeError, KeyError) as error:
            raise ContractError(
                f"says no promotion of a baseline ({error})",
                file=file,
                remedy="Promote a version again, or restore the file: it is written by PromoteBaselineOperator.",
            ) from error
