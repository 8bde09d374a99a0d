"""Writes what a SageMaker endpoint with data capture leaves behind: one file per hour under the capture destination.

``<destination>/<endpoint>/<variant>/yyyy/mm/dd/hh/<mm-ss-mmm-uuid>.jsonl``, one request with its response per line.
"""

from __future__ import annotations

import uuid
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_model_monitor.contract.captured_data import CapturedRecord, EventData, EventMetadata

if TYPE_CHECKING:
    import numpy as np

    from demo.departures import Departures

ENDPOINT = "late-arrivals"
VARIANT = "AllTraffic"


def write_captures(destination: Path, departures: Departures, predictions: np.ndarray) -> int:
    """Replay departures through the endpoint.

    :param destination: root of the captures
    :param departures: the requests, in order of time
    :param predictions: the responses, one per departure
    :returns: number of files written
    """
    times = departures.scheduled.astype("datetime64[s]").astype(str).tolist()
    rows = zip(times, departures.requests(), predictions.tolist())
    files = 0
    for hour, records in groupby(enumerate(rows), key=lambda numbered: numbered[1][0][:13]):
        lines = [_line(number, *row) for number, row in records]
        folder = destination / ENDPOINT / VARIANT / hour.replace("-", "/").replace("T", "/")
        folder.mkdir(parents=True, exist_ok=True)
        name = f"00-00-000-{uuid.uuid5(uuid.NAMESPACE_OID, hour)}.jsonl"
        (folder / name).write_text("\n".join(lines) + "\n")
        files += 1
    return files


def _line(number: int, time: str, request: str, prediction: int) -> str:
    # Event ids come from the row, so that replaying the year twice gives the same files.
    event_id = str(uuid.UUID(int=(2013 << 96) | number))
    return CapturedRecord(
        event_metadata=EventMetadata(event_id=event_id, inference_time=f"{time}Z"),
        endpoint_input=EventData(request, "CSV", "text/csv", "INPUT"),
        endpoint_output=EventData(str(prediction), "CSV", "text/csv; charset=utf-8", "OUTPUT"),
    ).to_json_line()
