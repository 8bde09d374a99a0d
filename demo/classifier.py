"""A small, real classifier: will this departure arrive more than 15 minutes late?

It is asked when the aircraft leaves, so it knows the delay at departure. The first one learns from January and
February; what it meets in summer is what a monitor is for. Trained and kept as the example DAGs train and keep theirs:
an ONNX file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demo.departures import FEATURES

if TYPE_CHECKING:
    import numpy as np

    from demo.departures import Departures

THRESHOLD = 0.5
"""A probability above it is a late arrival."""
LABEL = "late"


def write_rows(path: Path, departures: Departures) -> None:
    """Labelled rows to learn from: the fields of a request, and what came true; what never arrived teaches nothing."""
    known = departures[departures.arrived]
    labels = map(str, known.late.astype(int).tolist())
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = map(",".join, zip(known.requests(), labels))
    path.write_text("\n".join((",".join((*FEATURES, LABEL)), *lines)) + "\n")


def write_requests(path: Path, departures: Departures) -> None:
    """The fields of every request, of flights that never arrived too."""
    path.write_text("\n".join((",".join(FEATURES), *departures.requests())) + "\n")


def train(rows: Path) -> bytes:
    """The ONNX file that the example DAGs' own training makes of labelled rows."""
    from demo import home

    home.dags_on_path()
    import model_monitor_training

    return bytes(model_monitor_training.train(str(rows), LABEL))


def probabilities(model: bytes, departures: Departures) -> np.ndarray:
    """How likely a late arrival is, 0 to 1, to four decimals as the endpoint answers (one per departure)."""
    import numpy as np

    from airflow_model_monitor.analysis.feature_table import FeatureTable
    from airflow_model_monitor.jobs.predictors.onnx_model import OnnxModel

    columns = tuple(np.asarray(getattr(departures, name)) for name in FEATURES)
    table = FeatureTable(FEATURES, tuple(c.astype(object) if c.dtype.kind in "UT" else c for c in columns))
    with OnnxModel(model, name="late-arrivals") as asked:
        return np.round(asked.predict(table)[:, 0], 4)
