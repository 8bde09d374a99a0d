"""The window of data that one execution looks at: a half-open interval of time, and the folders that hold it.

Captured traffic lies in one folder per UTC hour, ``yyyy/mm/dd/hh``, so a window over captured traffic is made of whole
UTC hours. Windows are inputs (a DAG run's data interval): nothing here reads a clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from airflow_model_monitor.contract.timestamps import format_utc

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_FOLDER = re.compile(r"(\d{8}T\d{6}(?:\.\d{6})?Z)-(\d{8}T\d{6}(?:\.\d{6})?Z)")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open interval ``[start, end)``, held in UTC.

    Two windows of the same instants are equal whatever time zones they were given in, so a daylight-saving change
    neither drops nor doubles an hour.

    :param start: first instant of the window, timezone-aware
    :param end: first instant after the window, timezone-aware
    :raises ValueError: a naive datetime, or an end that does not lie after the start
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _utc("start", self.start))
        object.__setattr__(self, "end", _utc("end", self.end))
        if self.end <= self.start:
            raise ValueError(
                f"end: {format_utc(self.end)} is not after start {format_utc(self.start)}, so the window is empty. "
                "Give the DAG a timetable whose runs cover an interval: "
                'schedule=CronDataIntervalTimetable("@hourly", timezone="UTC"); a plain cron string does not.'
            )

    @property
    def folder(self) -> str:
        """Name of the window as one folder: ``20260102T020000Z-20260102T030000Z`` (sorts by time, safe everywhere)."""
        return f"{_compact(self.start)}-{_compact(self.end)}"

    @staticmethod
    def is_folder(name: str) -> bool:
        """Whether :meth:`from_folder` reads this name."""
        return _FOLDER.fullmatch(name) is not None

    @classmethod
    def from_folder(cls, name: str) -> Window:
        """The window that :attr:`folder` named.

        :raises ValueError: not such a name
        """
        match = _FOLDER.fullmatch(name)
        if match is None:
            raise ValueError(
                f"name: {name!r} is not the folder of a window; expected 20260102T020000Z-20260102T030000Z"
            )
        return cls(_from_compact(match[1]), _from_compact(match[2]))

    @property
    def execution_prefix(self) -> str:
        """``yyyy/mm/dd/hh`` of the window's end: where SageMaker's output layout puts the execution.

        A run at 23:00 over 22:00-23:00 is written under hour 23 (seen in the service's own requests).
        """
        return self.end.strftime("%Y/%m/%d/%H")

    def hours(self) -> tuple[datetime, ...]:
        """Starts of the UTC hours that make up the window, in order.

        :raises ValueError: the window does not begin and end on whole UTC hours
        """
        for argument, moment in (("start", self.start), ("end", self.end)):
            if moment.replace(minute=0, second=0, microsecond=0) != moment:
                raise ValueError(
                    f"{argument}: {format_utc(moment)} is not a whole UTC hour, but captured data lies in one folder "
                    "per UTC hour (yyyy/mm/dd/hh), so part of a folder cannot be chosen. Align the DAG's timetable to "
                    'whole hours of UTC, e.g. CronDataIntervalTimetable("0 * * * *", timezone="UTC").'
                )
        count = (self.end - self.start) // HOUR
        return tuple(self.start + i * HOUR for i in range(count))

    def hour_prefixes(self) -> tuple[str, ...]:
        """The ``yyyy/mm/dd/hh`` folders of captured data in the window, in order.

        :raises ValueError: the window does not begin and end on whole UTC hours
        """
        return tuple(hour.strftime("%Y/%m/%d/%H") for hour in self.hours())

    def covering_prefixes(self) -> tuple[str, ...]:
        """The fewest prefixes holding exactly the window's hours: ``yyyy/mm/dd`` for a full UTC day, else the hours.

        A week is seven inputs instead of 168, which is what fits into a CreateProcessingJob request (ten at most).

        :raises ValueError: the window does not begin and end on whole UTC hours
        """
        prefixes: list[str] = []
        hours = self.hours()
        position = 0
        while position < len(hours):
            hour = hours[position]
            if hour.hour == 0 and hour + DAY <= self.end:
                prefixes.append(hour.strftime("%Y/%m/%d"))
                position += 24
            else:
                prefixes.append(hour.strftime("%Y/%m/%d/%H"))
                position += 1
        return tuple(prefixes)


def iso(moment: datetime) -> str:
    """The instant as the job environment spells it: ``2026-01-02T02:00:00Z``.

    :raises ValueError: a naive datetime
    """
    return format_utc(moment)


def _utc(argument: str, moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(
            f"{argument}: {moment.isoformat()} has no time zone. Give an aware datetime, "
            "e.g. datetime(2026, 1, 2, tzinfo=timezone.utc)."
        )
    # Arithmetic in UTC: on aware datetimes of one DST zone Python adds wall-clock time.
    utc = moment.astimezone(UTC)
    return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=UTC)


def _compact(moment: datetime) -> str:
    fraction = f".{moment.microsecond:06d}" if moment.microsecond else ""
    return f"{moment:%Y%m%dT%H%M%S}{fraction}Z"


def _from_compact(text: str) -> datetime:
    shape = "%Y%m%dT%H%M%S.%fZ" if "." in text else "%Y%m%dT%H%M%SZ"
    return datetime.strptime(text, shape).replace(tzinfo=UTC)
