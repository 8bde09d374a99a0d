"""When the truth about a departure becomes known: most of it the morning after, one tenth up to three weeks later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.service.ground_truth_rows import LabelColumns
from airflow_model_monitor.service.ground_truth_upload import upload_ground_truth

if TYPE_CHECKING:
    import numpy as np

    from demo.departures import Departures

LATE_SHARE = 0.1
LATE_DAYS = 21
"""No label comes later than this after its departure."""

_COLLECTED_AT = 6  # o'clock UTC; by then the day's last flights have landed


def punctual(departures: Departures) -> np.ndarray:
    """Which labels come the morning after their departure (bool, one per departure); the same ones every time."""
    import numpy as np

    return np.random.default_rng(2013).random(len(departures)) >= LATE_SHARE


def deliver(destination: Path, departures: Departures, punctual: np.ndarray) -> int:
    """Upload the labels: 1 where a flight arrived more than a quarter of an hour late, 0 where it did not.

    A departure that never arrived anywhere never gets one.

    :param destination: root of the labels
    :param departures: what the labels are about
    :param punctual: of which departures the label comes the morning after; the others wait for one to three weeks
    :returns: number of labels
    """
    import numpy as np

    delays = np.random.default_rng(21).integers(7, LATE_DAYS, len(departures), endpoint=False)
    days = departures.scheduled.astype("datetime64[D]") + np.where(punctual, 1, delays)
    collected = days.astype("datetime64[h]") + np.timedelta64(_COLLECTED_AT, "h")
    known = departures.arrived
    columns = LabelColumns(id="inference_id", label="late", time="collected")
    done = upload_ground_truth(_rows(departures[known], collected[known]), str(destination), columns=columns)
    return done.labels


def _rows(departures: Departures, collected: np.ndarray) -> Iterator[dict[str, Any]]:
    for inference_id, late, time in zip(
        departures.inference_ids(), departures.late.astype(int).tolist(), collected.astype(object).tolist()
    ):
        yield {"inference_id": inference_id, "late": late, "collected": time}
