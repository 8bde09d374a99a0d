"""Writes what a SageMaker endpoint with data capture leaves behind: one file per hour under the capture destination.

``<destination>/<endpoint>/<variant>/yyyy/mm/dd/hh/<mm-ss-mmm-uuid>.jsonl``, one request with its response per line.
"""

from __future__ import annotations

import uuid
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_model_monitor.contract.captured_data import CapturedRecord, EventData, EventMetadata
from demo.classifier import THRESHOLD

if TYPE_CHECKING:
    import numpy as np

    from demo.departures import Departures

ENDPOINT = "late-arrivals"
VARIANT = "AllTraffic"


def responses(probabilities: np.ndarray) -> list[str]:
    """What the endpoint answers: the class and its probability, such as ``1,0.8312``."""
    return [f"{int(probability > THRESHOLD)},{probability}" for probability in probabilities.tolist()]


def write_captures(destination: Path, departures: Departures, probabilities: np.ndarray) -> int:
    """Replay departures through the endpoint.

    :param destination: root of the captures
    :param departures: the requests, in order of time
    :param probabilities: what the classifier says, one per departure
    :returns: number of files written
    """
    times = departures.scheduled.astype("datetime64[s]").astype(str).tolist()
    rows = zip(departures.inference_ids(), times, departures.requests(), responses(probabilities))
    form = _form()
    files = 0
    for hour, records in groupby(rows, key=lambda row: row[1][:13]):
        lines = [form % _differing(*row) for row in records]
        folder = destination / ENDPOINT / VARIANT / hour.replace("-", "/").replace("T", "/")
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"00-00-000-{uuid.uuid5(uuid.NAMESPACE_OID, hour)}.jsonl"
        file.unlink(missing_ok=True)  # the name may be a link to what another model answered
        file.write_text("\n".join(lines) + "\n")
        files += 1
    return files


def _form() -> str:
    """A line as the contract writes it, with places for what differs from record to record.

    That is letters, digits and commas, which JSON leaves as they are: filling them in takes half the time of writing a
    third of a million records one by one.
    """
    return CapturedRecord(
        event_metadata=EventMetadata("%(event_id)s", "%(time)sZ", "%(inference_id)s"),
        endpoint_input=EventData("%(request)s", "CSV", "text/csv", "INPUT"),
        endpoint_output=EventData("%(response)s", "CSV", "text/csv; charset=utf-8", "OUTPUT"),
    ).to_json_line()


def _differing(inference_id: str, time: str, request: str, response: str) -> dict[str, str]:
    return {
        # Derived, so that replaying the year twice gives the same files.
        "event_id": str(uuid.uuid5(uuid.NAMESPACE_OID, inference_id)),
        "time": time,
        "inference_id": inference_id,
        "request": request,
        "response": response,
    }
