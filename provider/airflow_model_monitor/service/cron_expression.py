"""When a monitor runs: the schedule expressions SageMaker knows, and the times they stand for.

The documented forms, all in UTC and on whole hours: ``cron(0 * ? * * *)`` every hour, ``cron(0 [00-23] ? * * *)`` once
a day, ``cron(0 [00-23]/[01-24] ? * * *)`` every so many hours from an hour on, and ``NOW`` once. An execution may start
up to 20 minutes late.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from airflow_model_monitor.service.windows import DAY, HOUR, Window

NOW: Final = "NOW"

_CRON: Final = re.compile(r"cron\(0 (?:\*|(?P<start>[01]?\d|2[0-3])(?:/(?P<every>0?[1-9]|1\d|2[0-4]))?) \? \* \* \*\)")
_ALLOWED: Final = (
    "'cron(0 * ? * * *)' every hour, 'cron(0 H ? * * *)' daily at hour H (00 to 23) of UTC, 'cron(0 H/N ? * * *)' "
    "every N (01 to 24) hours from H on, 'NOW' once"
)


@dataclass(frozen=True, slots=True)
class CronExpression:
    """A schedule expression, sent as it was written.

    :param text: one of the documented forms
    :raises ValueError: it is none of them

    ``hours`` are the hours of the day, in UTC, at which it is due; none for ``NOW``. ``period`` is how often it runs;
    zero for ``NOW``.
    """

    text: str
    hours: tuple[int, ...] = field(init=False, compare=False, repr=False)
    period: timedelta = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        hours, period = _meaning(self.text)
        object.__setattr__(self, "hours", hours)
        object.__setattr__(self, "period", period)

    @classmethod
    def hourly(cls) -> CronExpression:
        """Every hour."""
        return cls("cron(0 * ? * * *)")

    @classmethod
    def daily(cls, hour: int = 0) -> CronExpression:
        """Once a day at an hour of UTC, 0 to 23.

        :raises ValueError: there is no such hour
        """
        return cls(f"cron(0 {_whole('hour', hour, 0, 23)} ? * * *)")

    @classmethod
    def daily_every_x_hours(cls, hour_interval: int, starting_hour: int = 0) -> CronExpression:
        """Every ``hour_interval`` (1 to 24) hours of a day, from ``starting_hour`` (0 to 23, UTC) on.

        :raises ValueError: an interval or hour that is not
        """
        start = _whole("starting_hour", starting_hour, 0, 23)
        return cls(f"cron(0 {start}/{_whole('hour_interval', hour_interval, 1, 24)} ? * * *)")

    @classmethod
    def now(cls) -> CronExpression:
        """Once, at once."""
        return cls(NOW)

    @property
    def is_now(self) -> bool:
        """Whether it runs once instead of again and again."""
        return not self.hours

    def is_due(self, moment: datetime) -> bool:
        """Whether an execution is due at a moment (timezone-aware)."""
        there = Window(moment, moment + HOUR).start
        return there.hour in self.hours and there == _whole_hour(there)

    def next_after(self, moment: datetime) -> datetime:
        """The first time it is due later than a moment (timezone-aware), in UTC.

        :raises ValueError: ``NOW`` is due once only
        """
        there = _whole_hour(self._recurring(moment)) + HOUR
        return next(due for due in (there + i * HOUR for i in range(24)) if due.hour in self.hours)

    def last_before(self, moment: datetime) -> datetime:
        """The last time it was due earlier than a moment (timezone-aware), in UTC.

        :raises ValueError: ``NOW`` is due once only
        """
        there = self._recurring(moment)
        latest = _whole_hour(there) if there != _whole_hour(there) else there - HOUR
        return next(due for due in (latest - i * HOUR for i in range(24)) if due.hour in self.hours)

    def due_in(self, interval: Window) -> tuple[datetime, ...]:
        """The times it is due after an interval's start, up to and including its end.

        These are the executions to start when the interval is over, each once however time is cut into intervals.
        """
        due = []
        there = _whole_hour(interval.start) + HOUR
        while there <= interval.end:
            if there.hour in self.hours:
                due.append(there)
            there += HOUR
        return tuple(due)

    def _recurring(self, moment: datetime) -> datetime:
        if self.is_now:
            raise ValueError(
                "schedule_expression: 'NOW' is due once, when the schedule is made; there is no other time"
            )
        return Window(moment, moment + HOUR).start


def _meaning(text: str) -> tuple[tuple[int, ...], timedelta]:
    if text == NOW:
        return (), timedelta(0)
    match = _CRON.fullmatch(text)
    if match is None:
        raise ValueError(
            f"schedule_expression: {text!r} is none that SageMaker knows; allowed are {_ALLOWED}{_hint(text)}"
        )
    if match["start"] is None:
        return tuple(range(24)), HOUR
    start = int(match["start"])
    if match["every"] is None:
        return (start,), DAY
    every = int(match["every"])
    return tuple(range(start, 24, every)), every * HOUR


def _hint(text: str) -> str:
    words = text.strip().removeprefix("cron(").removesuffix(")").split()
    if text.strip().upper() == NOW:
        return "; write 'NOW'"
    if len(words) not in (5, 6) or not set(words[2:]) <= {"*", "?"}:
        return ""
    if words[0] != "0":
        return "; executions start on whole hours: the first field is 0"
    hour = f"0{words[1][1:]}" if words[1].startswith("*/") else words[1]
    meant = f"cron(0 {hour} ? * * *)"
    return f"; did you mean {meant!r}?" if _CRON.fullmatch(meant) and text != meant else ""


def _whole(argument: str, value: int, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{argument}: {value!r}; allowed are whole numbers from {least} to {most}")
    return value


def _whole_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
