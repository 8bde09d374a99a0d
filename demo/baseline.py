"""The datasets the baselines are suggested from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from demo.departures import FEATURES
from demo.traffic import responses

if TYPE_CHECKING:
    import numpy as np

    from demo.departures import Departures

PREDICTION = "predicted_late"
PROBABILITY = "probability"
LABEL = "late"


def write_data_baseline(path: Path, departures: Departures, probabilities: np.ndarray) -> None:
    """Responses first, then the requests' fields, as endpoints capture them: CSV with a header, one line each."""
    header = ",".join((PREDICTION, PROBABILITY, *FEATURES))
    _write(path, header, map(",".join, zip(responses(probabilities), departures.requests())))


def write_quality_baseline(path: Path, departures: Departures, probabilities: np.ndarray) -> None:
    """What came true beside what was predicted; departures that never arrived have no truth and are left out."""
    arrived = departures.arrived
    labels = map(str, departures[arrived].late.astype(int).tolist())
    header = f"{LABEL},{PREDICTION},{PROBABILITY}"
    _write(path, header, map(",".join, zip(labels, responses(probabilities[arrived]))))


def write_bias_baseline(path: Path, departures: Departures, probabilities: np.ndarray) -> None:
    """The requests' fields, what was predicted, and what came true; what never arrived is left out."""
    arrived = departures.arrived
    known = departures[arrived]
    header = ",".join((*FEATURES, PREDICTION, LABEL))
    predicted = (answer.split(",", 1)[0] for answer in responses(probabilities[arrived]))
    _write(path, header, map(",".join, zip(known.requests(), predicted, map(str, known.late.astype(int).tolist()))))


def write_requests(path: Path, departures: Departures) -> None:
    """The requests' fields alone, of every tenth departure: a model is asked thirty times about each."""
    _write(path, ",".join(FEATURES), departures[::10].requests())


def _write(path: Path, header: str, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *lines)) + "\n")
