"""A classifier's endpoint: hours of captured answers, and the labels that come for them sooner or later."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

MONITOR = "late-arrivals-quality"
ENDPOINT = "flights"
HOUR = datetime(2026, 1, 2, 1, tzinfo=UTC)
RUN_AT = HOUR + timedelta(hours=1)
REQUESTS = 40


def hourly_dag(dag_id: str) -> DAG:
    """A DAG whose runs cover one hour each; a run at ``RUN_AT`` covers ``HOUR``."""
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    return DAG(dag_id, schedule=timetable, start_date=HOUR, catchup=False)


def event_id(hour: datetime, number: int) -> str:
    """What a request was captured with."""
    return f"{hour:%Y%m%d%H}-{number}"


def truth(number: int) -> int:
    """The label of a request: one in four is positive, and the model finds most of them."""
    return int(number % 4 == 0)


def answer(number: int) -> str:
    """What the model said: predicted class and probability. It is wrong about one request in ten."""
    predicted = truth(number) if number % 10 else 1 - truth(number)
    return f"{predicted},{0.5 + (0.4 if predicted else -0.4) * (1 - number / 1000):.4f}"


def write_captures(root: Path, hour: datetime = HOUR, requests: int = REQUESTS) -> None:
    """Captured data of one hour below ``root/traffic``."""
    folder = root / "traffic" / ENDPOINT / "AllTraffic" / hour.strftime("%Y/%m/%d/%H")
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        {
            "captureData": {
                "endpointInput": _side("INPUT", f"{number},AA"),
                "endpointOutput": _side("OUTPUT", answer(number)),
            },
            "eventMetadata": {"eventId": event_id(hour, number), "inferenceTime": f"{hour:%Y-%m-%dT%H:%M:%SZ}"},
            "eventVersion": "0",
        }
        for number in range(requests)
    ]
    (folder / "00-00-000-captured.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def write_labels(
    root: Path, numbers: Iterable[int], hour: datetime = HOUR, collected: datetime | None = None, name: str = "labels"
) -> None:
    """Labels of an hour's requests below ``root/labels``, in the folder of the hour they were collected in."""
    folder = root / "labels" / (collected or hour).strftime("%Y/%m/%d/%H")
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        {
            "groundTruthData": {"data": str(truth(number)), "encoding": "CSV"},
            "eventMetadata": {"eventId": event_id(hour, number)},
            "eventVersion": "0",
        }
        for number in numbers
    ]
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def places(root: Path) -> dict[str, Any]:
    """Where captures and labels are: arguments that most operators share."""
    return {
        "endpoint_name": ENDPOINT,
        "captured_data_uri": str(root / "traffic"),
        "ground_truth_uri": str(root / "labels"),
    }


def write_quality_dataset(path: Path, rows: int = 400) -> Path:
    """Labels beside predictions, as a baseline is made of: CSV with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{truth(number)},{answer(number)}" for number in range(rows)]
    path.write_text("label,prediction,probability\n" + "\n".join(lines) + "\n")
    return path


def _side(mode: str, data: str) -> dict[str, str]:
    return {"observedContentType": "text/csv", "mode": mode, "data": data, "encoding": "CSV"}
