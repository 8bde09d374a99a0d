"""The window of data that a DAG run stands for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.service.windows import Window

if TYPE_CHECKING:
    from airflow.sdk import Context

_CURE = (
    'Give the DAG schedule=CronDataIntervalTimetable("@hourly", timezone="UTC") (from airflow.timetables.interval): '
    "a plain cron string or preset makes a CronTriggerTimetable, whose runs cover no time at all. For a run without an "
    "interval (asset-triggered, or manual without a logical date) give window_start and window_end."
)


def check_window_arguments(window_start: object, window_end: object) -> None:
    """Both ends of an explicit window, or neither.

    :raises ValueError: when one is given without the other.
    """
    if (window_start is None) != (window_end is None):
        given, missing = ("window_start", "window_end") if window_end is None else ("window_end", "window_start")
        raise ValueError(f"{given} was given without {missing}; give both, or neither to take the run's data interval")


def window_of(context: Context, window_start: str | datetime | None, window_end: str | datetime | None) -> Window:
    """The window given explicitly, else the run's data interval.

    :param context: the task's context.
    :param window_start: first instant, an ISO 8601 text with an offset or a datetime; None takes the data interval.
    :param window_end: first instant after the window, likewise.
    :raises AirflowFailException: an empty or missing interval, or a text that is no instant. No retry can mend either.
    """
    if window_start is not None and window_end is not None:
        try:
            return Window(instant("window_start", window_start), instant("window_end", window_end))
        except ValueError as error:
            raise AirflowFailException(str(error)) from error
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start is None or end is None:
        raise AirflowFailException(f"this DAG run has no data interval, so there is no window to monitor. {_CURE}")
    if start >= end:
        raise AirflowFailException(
            f"the data interval of this DAG run is empty ({start.isoformat()} to {end.isoformat()}), so there is no "
            f"window to monitor. {_CURE}"
        )
    return Window(start, end)


def instant(argument: str, value: str | datetime) -> datetime:
    """A point in time, given as one or as ISO 8601 text with an offset.

    :param argument: what the caller calls it, for the message.
    :raises ValueError: a text that is none.
    """
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(
            f"{argument}={value!r}: expected an instant in ISO 8601 with an offset, such as '2026-01-02T03:00:00+00:00'"
        ) from None
