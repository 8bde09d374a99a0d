"""Offsets of a monitoring window as the SageMaker API writes them: ISO 8601 durations such as ``-PT6H`` and ``-P8D``.

The API's ``StartTimeOffset`` and ``EndTimeOffset`` match ``.?P.*`` and have 1 to 15 characters. Both count from the
scheduled time: ``-P8D`` and ``-P1D`` at 2020-01-09T13:00 mean 2020-01-01T13:00 to 2020-01-08T13:00 (developer guide).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from airflow_model_monitor.service.windows import Window

MAX_LENGTH = 15
_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_LENGTH_UNKNOWN = re.compile(r"[+-]?P[^T]*\d[YM]")


def parse_offset(value: str | timedelta, *, argument: str) -> timedelta:
    """The length an offset stands for; a :class:`~datetime.timedelta` is taken as it is.

    :param argument: what the caller calls it, for the message
    :raises ValueError: no duration, longer than 15 characters, or one of years or months, whose length varies
    """
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if len(value) <= MAX_LENGTH else None
    found = {unit: match[unit] for unit in _UNITS if match[unit] is not None} if match else {}
    if match is None or not found or value.endswith("T"):
        hint = "write years and months as days" if _LENGTH_UNKNOWN.match(value) else "e.g. '-PT6H' or '-P1D'"
        raise ValueError(
            f"{argument}: {value!r} is not an offset; allowed are ISO 8601 durations of weeks, days, hours, minutes "
            f"and seconds with at most {MAX_LENGTH} characters; {hint}"
        )
    try:
        length = timedelta(**{unit: int(number) for unit, number in found.items()})
    except OverflowError:
        raise ValueError(f"{argument}: {value!r} is longer than time itself here; allowed are up to P999D") from None
    return -length if match["sign"] == "-" else length


def format_offset(offset: timedelta) -> str:
    """The offset as the API writes it: ``-P1D``, ``-PT6H``, ``P1DT30M``; ``PT0H`` for none.

    :raises ValueError: fractions of a second, or more than 15 characters
    """
    if offset.microseconds:
        raise ValueError(f"offset: {offset} has fractions of a second; allowed are whole seconds")
    size = abs(offset)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    days = f"{size.days}D" if size.days else ""
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number)
    if not days and not time:
        return "PT0H"
    text = f"{'-' if offset < timedelta(0) else ''}P{days}{f'T{time}' if time else ''}"
    if len(text) > MAX_LENGTH:
        raise ValueError(f"offset: {text!r} has {len(text)} characters; allowed are {MAX_LENGTH}; use rounder numbers")
    return text


def offset_window(scheduled: datetime, start_offset: str | timedelta, end_offset: str | timedelta) -> Window:
    """The window of a schedule's run: scheduled time plus the two offsets.

    :raises ValueError: an offset that is none, or a start that does not lie before the end
    """
    start = parse_offset(start_offset, argument="start_time_offset")
    end = parse_offset(end_offset, argument="end_time_offset")
    if end <= start:
        raise ValueError(
            f"end_time_offset: {format_offset(end)} does not lie after start_time_offset {format_offset(start)}, so "
            "the window is empty; both count from the scheduled time, e.g. '-P8D' and '-P1D'"
        )
    return Window(scheduled + start, scheduled + end)
