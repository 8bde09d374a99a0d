"""The dataset the baseline is suggested from: prediction first, then the request's fields, as endpoints capture it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demo.departures import FEATURES

if TYPE_CHECKING:
    import numpy as np

    from demo.departures import Departures

PREDICTION = "predicted_late"


def write_baseline(path: Path, departures: Departures, predictions: np.ndarray) -> None:
    """A CSV file with a header, one line per departure."""
    header = ",".join((PREDICTION, *FEATURES))
    lines = (f"{prediction},{request}" for prediction, request in zip(predictions.tolist(), departures.requests()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *lines)) + "\n")
