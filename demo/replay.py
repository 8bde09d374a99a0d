"""The endpoint's past and future: departures put to the model that serves, and what it answers captured."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from demo import departures as flights
from demo import traffic
from demo.classifier import THRESHOLD, probabilities, train, write_requests, write_rows

if TYPE_CHECKING:
    import numpy as np

    from demo.departures import Departures

FIRST_WEEK = datetime.fromisoformat("2012-12-31T00:00:00+00:00")


@dataclass(frozen=True)
class Replayed:
    """What the demonstration works on: the departures that were put to the first model, and that model's file."""

    departures: Departures
    model: bytes


def prepare(root: Path, terminal: TextIO, *, since: datetime = FIRST_WEEK, until: datetime | None = None) -> Replayed:
    """Training data, the first model, and the traffic captured at its endpoint.

    :param root: where to write ``training/`` and ``captures/``
    :param terminal: for a line per step
    :param since: replay departures scheduled from this instant
    :param until: and before this one; default: to the end of the year
    """
    root.mkdir(parents=True, exist_ok=True)
    year = flights.load(root)
    rows = root / "training" / "rows.csv"
    write_rows(rows, year[year.month <= 2])
    write_requests(rows.with_name("requests.csv"), year[year.month <= 2])
    model = train(rows)
    (root / "training" / "model.onnx").write_bytes(model)
    said = probabilities(model, year)
    right = float((year.late == (said > THRESHOLD))[year.arrived].mean())
    print(f"{len(year):,} departures; the classifier is right about {right:.0%} of the arrivals", file=terminal)
    replayed = between(year, since, until)
    year, said = year[replayed], said[replayed]
    files = traffic.write_captures(root / "captures", year, said)
    print(f"{len(year):,} requests captured in {files:,} files under {root / 'captures'}", file=terminal)
    return Replayed(year, model)


def between(departures: Departures, since: datetime, until: datetime | None) -> np.ndarray:
    """Which departures were scheduled from one instant to another (bool, one per departure)."""
    import numpy as np

    chosen = departures.scheduled >= np.datetime64(since.replace(tzinfo=None))
    if until is not None:
        chosen &= departures.scheduled < np.datetime64(until.replace(tzinfo=None))
    return chosen


def answer_anew(root: Path, departures: Departures, model: bytes, since: datetime) -> None:
    """Another model serves from an instant on: what was captured later is its answers."""
    later = departures[between(departures, since, None)]
    traffic.write_captures(root / "captures", later, probabilities(model, later))


def parallel_world(root: Path, other: Path) -> None:
    """The same traffic, labels, model and baselines for a world in which nobody ever retrains."""
    shutil.copytree(root / "captures", other / "captures", copy_function=os.link)
    (other / "labels").symlink_to(root / "labels")
    for name in ("baselines", "models"):
        shutil.copytree(root / name, other / name)
