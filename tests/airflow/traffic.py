"""A small monitored endpoint: training data, and an hour of captured traffic of a chosen kind."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

MONITOR = "late-arrivals"
ENDPOINT = "flights"
CARRIERS = ("AA", "B6", "DL", "UA")


def write_training_data(path: Path, rows: int = 400) -> Path:
    """CSV with a header: the prediction, a delay, a carrier."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{number % 2},{delay(number)},{CARRIERS[number % 4]}" for number in range(rows)]
    path.write_text("late,dep_delay,carrier\n" + "\n".join(lines) + "\n")
    return path


def write_captured_hour(root: Path, hour: datetime, *, shift: float = 0.0, missing: int = 0, rows: int = 400) -> None:
    """Captured data of one hour; ``shift`` is added to every delay, the first ``missing`` delays are empty."""
    folder = root / ENDPOINT / "AllTraffic" / hour.strftime("%Y/%m/%d/%H")
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number in range(rows):
        delayed = "" if number < missing else delay(number) + shift
        lines.append(
            json.dumps(
                {
                    "captureData": {
                        "endpointInput": _side("INPUT", f"{delayed},{CARRIERS[number % 4]}"),
                        "endpointOutput": _side("OUTPUT", str(number % 2)),
                    },
                    "eventMetadata": {"eventId": str(number), "inferenceTime": hour.strftime("%Y-%m-%dT%H:%M:%SZ")},
                    "eventVersion": "0",
                },
                separators=(",", ":"),
            )
        )
    (folder / "00-00-000-captured.jsonl").write_text("\n".join(lines) + "\n")


def delay(number: int) -> float:
    """A delay in minutes with a fraction, spread over about an hour."""
    return (number * 37) % 101 / 2 + 0.25


def _side(mode: str, data: str) -> dict[str, str]:
    return {"observedContentType": "text/csv", "mode": mode, "data": data, "encoding": "CSV"}
