"""The time the local SageMaker lives in: this machine's, or a simulated one that stands still until it is moved."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.local.errors import validation_error
from airflow_model_monitor.local.section import Section


class Clock(Protocol):
    """What tells the time; all timestamps of our resources come from here."""

    simulated: bool

    def now(self) -> datetime:
        """The present, in UTC."""


class RealClock:
    """This machine's clock."""

    simulated = False

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.now(UTC)


class SimulatedClock:
    """A clock that stands still until it is moved; where it stands is durable.

    :param section: of the journal; a time in it wins over ``start``
    :param start: where a new clock stands (timezone-aware)
    """

    simulated = True

    def __init__(self, section: Section, start: datetime | None = None) -> None:
        self._section = section
        self._lock = threading.Lock()
        stored = section.get("now")
        if stored is not None:
            self._now = datetime.fromisoformat(stored)
        else:
            self._now = (start or datetime.now(UTC)).astimezone(UTC)
            section.put("now", self._now.isoformat())

    def now(self) -> datetime:
        """Where the clock stands, in UTC."""
        with self._lock:
            return self._now

    def move(self, to: datetime) -> None:
        """Set the clock.

        :raises ServiceError: that would be backwards
        """
        with self._lock:
            if to < self._now:
                raise validation_error(
                    f"The simulated clock stands at {format_utc(self._now)} and never goes back to {format_utc(to)}; "
                    "start another local SageMaker for an earlier time."
                )
            self._now = to
            self._section.put("now", to.isoformat())


def open_clock(section: Section, start: datetime | None) -> Clock:
    """The simulated clock when a start is given or one is stored, else this machine's."""
    if start is None and section.get("now") is None:
        return RealClock()
    return SimulatedClock(section, start)


class Stopwatch:
    """The time of something that happens from ``start`` on.

    A simulated clock may have been moved far ahead before a job that was due in between comes to run: its own times are
    then those it would have had, its start plus the seconds it really took, and never later than the clock.
    """

    def __init__(self, clock: Clock, start: datetime) -> None:
        self._clock, self._start, self._began = clock, start, time.monotonic()

    def now(self) -> datetime:
        """The present of what is timed, in UTC."""
        present = self._clock.now()
        if not self._clock.simulated:
            return present
        passed = datetime.fromtimestamp(self._start.timestamp() + time.monotonic() - self._began, UTC)
        return min(passed, max(self._start, present))
