"""A classifier of flights: what it is asked, what it answers, and the truth that comes for it.

It believes that flights from EWR are late, which is more often wrong than right when ``unfair``.
"""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from tests.jobs.model_server import Reply, Request

ENDPOINT = "flights"
HOUR = datetime(2026, 1, 2, 1, tzinfo=UTC)
RUN_AT = HOUR + timedelta(hours=1)
FEATURES = ["dep_delay", "distance", "origin"]
ORIGINS = ("EWR", "JFK", "LGA")
BIAS_CONFIG: dict[str, Any] = {"label_values_or_threshold": [1], "facet": [{"name_or_index": "origin"}]}
SHAP_CONFIG: dict[str, Any] = {"baseline": [[0, 500, "JFK"]], "seed": 1}

Flight = tuple[int, int, str]


def hourly_dag(dag_id: str) -> DAG:
    """A DAG whose runs cover one hour each; a run at ``RUN_AT`` covers ``HOUR``."""
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    return DAG(dag_id, schedule=timetable, start_date=HOUR, catchup=False)


def flights(count: int = 120) -> list[Flight]:
    """Delays, distances and airports that have nothing to do with each other."""
    return [(7 * n % 60 - 10, 200 + 37 * n % 2000, ORIGINS[n % 3]) for n in range(count)]


def late(flight: Flight) -> int:
    """The truth: who departs late arrives late."""
    return int(flight[0] > 15)


def answer(flight: Flight, *, unfair: bool = False) -> str:
    """What the endpoint said: class and probability."""
    predicted = int(flight[0] > 20 or (unfair and flight[2] == "EWR" and flight[0] > -5))
    return f"{predicted},{0.9 if predicted else 0.2}"


def score(request: Request, *, by_distance: bool = False) -> Reply | str:
    """The model behind HTTP: CSV in, a probability a line out."""
    scores = []
    for delay, distance, origin in csv.reader(request.body.decode().splitlines()):
        weight = 0.9 * float(distance) / 2200 if by_distance else 0.012 * float(delay) + 0.2
        scores.append(weight + 0.05 * (origin == "EWR"))
    return "\n".join(map(str, scores))


def score_json(request: Request) -> str:
    """The same model, asked and answering in JSON."""
    instances = [one["features"] for one in json.loads(request.body)["instances"]]
    body = "\n".join(",".join(map(str, features)) for features in instances)
    scores = str(score(Request(request.path, request.headers, body.encode()))).split("\n")
    return json.dumps({"predictions": [{"score": float(one)} for one in scores]})


def write_captures(root: Path, *, unfair: bool = False, hour: datetime = HOUR, as_json: bool = False) -> None:
    """An hour of captured requests and answers below ``root/traffic``."""

    def asked(flight: Flight) -> Any:
        return {"features": flight} if as_json else ",".join(map(str, flight))

    def answered(flight: Flight) -> Any:
        text = answer(flight, unfair=unfair)
        return {"class": int(text[0]), "score": float(text[2:])} if as_json else text

    _write(
        root / "traffic" / ENDPOINT / "AllTraffic",
        hour,
        [
            {
                "captureData": {
                    "endpointInput": _side("INPUT", asked(flight)),
                    "endpointOutput": _side("OUTPUT", answered(flight)),
                },
                "eventMetadata": {"eventId": f"{hour:%d%H}-{n}", "inferenceTime": f"{hour:%Y-%m-%dT%H:%M:%SZ}"},
                "eventVersion": "0",
            }
            for n, flight in enumerate(flights())
        ],
    )


def write_labels(root: Path, *, hour: datetime = HOUR, as_json: bool = False) -> None:
    """Its labels below ``root/labels``."""

    def truth(flight: Flight) -> dict[str, str]:
        if as_json:
            return {"data": json.dumps({"late": late(flight)}), "encoding": "JSON"}
        return {"data": str(late(flight)), "encoding": "CSV"}

    _write(
        root / "labels",
        hour,
        [
            {
                "groundTruthData": truth(flight),
                "eventMetadata": {"eventId": f"{hour:%d%H}-{n}"},
                "eventVersion": "0",
            }
            for n, flight in enumerate(flights())
        ],
    )


def write_dataset(path: Path) -> str:
    """Features, prediction and truth beside each other: CSV with a header."""
    rows = [[*flight, answer(flight).split(",")[0], late(flight)] for flight in flights()]
    return write_csv(path, [[*FEATURES, "predicted", "late"], *rows])


def write_csv(path: Path, rows: list[Any]) -> str:
    """A CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return str(path)


def _write(folder: Path, hour: datetime, lines: list[Any]) -> None:
    folder = folder / hour.strftime("%Y/%m/%d/%H")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "part-0.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _side(mode: str, data: Any) -> dict[str, str]:
    if isinstance(data, str):
        return {"observedContentType": "text/csv", "mode": mode, "data": data, "encoding": "CSV"}
    return {"observedContentType": "application/json", "mode": mode, "data": json.dumps(data), "encoding": "JSON"}
