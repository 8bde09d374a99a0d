"""Where the labels of a window are looked for: which hour folders of the ground truth, and back again.

The original reads labels from the very hours the captured data comes from, so a label that arrives later is lost. Here
the rule is stated: the window moved by two offsets, and some days more for labels that come late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.service.offsets import format_offset, parse_offset
from airflow_model_monitor.service.windows import DAY, HOUR, Window

_NONE = timedelta(0)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class LabelWindow:
    """The window rule for labels: those collected in ``[start + start_offset, end + end_offset + days_after)``.

    Labels lie in one folder per UTC hour in which they were *collected*; an hour that the interval only touches counts
    whole, so that no label is passed over. The defaults are the original's rule: the window's own hours.

    :param start_offset: moves the beginning; an API duration such as ``-PT6H``, or a timedelta
    :param end_offset: moves the end
    :param days_after: days beyond that end in which late labels are still looked for
    :raises ValueError: an offset that is none, a number of days that is negative or not whole
    """

    start_offset: timedelta | str = _NONE
    end_offset: timedelta | str = _NONE
    days_after: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "start_offset", parse_offset(self.start_offset, argument="start_offset"))
        object.__setattr__(self, "end_offset", parse_offset(self.end_offset, argument="end_offset"))
        if isinstance(self.days_after, bool) or not isinstance(self.days_after, int) or self.days_after < 0:
            raise ValueError(f"days_after: {self.days_after!r}; allowed are whole numbers from 0; 30 looks for a month")

    def labels_of(self, window: Window) -> Window:
        """The whole UTC hours in which labels of ``window`` are looked for.

        :raises ValueError: the offsets leave no time at all
        """
        start, end = window.start + self._start, window.end + self._end
        if end <= start:
            raise ValueError(
                f"end_offset: {format_offset(self._end)} after start_offset {format_offset(self._start)} leaves no "
                f"time for labels of the window {format_utc(window.start)} to {format_utc(window.end)}; give a later "
                "end_offset, or days_after"
            )
        return Window(_whole_hour(start), _whole_hour(end + HOUR - _INSTANT))

    def label_prefixes(self, window: Window) -> tuple[str, ...]:
        """The fewest folders below the ground-truth root that hold these hours: ``yyyy/mm/dd`` for a whole UTC day,
        else ``yyyy/mm/dd/hh``; in order of time.
        """
        return self.labels_of(window).covering_prefixes()

    def touches(self, window: Window, label_hour: datetime) -> bool:
        """Whether labels collected in the hour from ``label_hour`` on are looked for when ``window`` is merged."""
        labels, hour = self.labels_of(window), Window(label_hour, label_hour + HOUR)
        return labels.start < hour.end and hour.start < labels.end

    def windows_touched(self, label_hour: datetime, grid: WindowGrid) -> tuple[Window, ...]:
        """The windows of a grid for which labels collected in the hour from ``label_hour`` on are looked for."""
        hour = Window(label_hour, label_hour + HOUR)
        # A window is touched when it ends after `first` and starts before `last`.
        first, last = hour.start - self._end, hour.end - self._start
        candidates = grid.windows(min(first, last) - grid.length, max(first, last) + grid.length)
        return tuple(window for window in candidates if self.touches(window, label_hour))

    @property
    def _start(self) -> timedelta:
        assert isinstance(self.start_offset, timedelta)
        return self.start_offset

    @property
    def _end(self) -> timedelta:
        """How far behind a window's end labels are looked for."""
        assert isinstance(self.end_offset, timedelta)
        return self.end_offset + self.days_after * DAY


@dataclass(frozen=True, slots=True)
class WindowGrid:
    """Windows of one length, one after the other: the data intervals of a schedule's runs.

    :param length: length of a window, whole hours
    :param anchor: where one of the windows begins, timezone-aware; a whole UTC hour
    :raises ValueError: a length or an anchor that is not made of whole hours
    """

    length: timedelta
    anchor: datetime

    def __post_init__(self) -> None:
        if self.length <= _NONE or self.length % HOUR:
            raise ValueError(f"length: {self.length}; allowed are whole hours from 1 on, e.g. timedelta(hours=1)")
        hour = Window(self.anchor, self.anchor + HOUR)
        # Hours of a window are its folders: an anchor beside a whole hour fails here, with the words for it.
        hour.hours()
        # In UTC, because arithmetic in a zone with daylight saving counts hours of the wall clock.
        object.__setattr__(self, "anchor", hour.start)

    def windows(self, start: datetime, end: datetime) -> Iterator[Window]:
        """The windows that lie wholly in ``[start, end)``, in order."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        first = -((self.anchor - start) // self.length)
        begin = self.anchor + first * self.length
        while begin + self.length <= end:
            yield Window(begin, begin + self.length)
            begin += self.length


def prefix_holds(prefix: str, path: str) -> bool:
    """Whether a file's path below the ground-truth root lies in the folder ``prefix``."""
    return path.startswith(f"{prefix}/")


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
