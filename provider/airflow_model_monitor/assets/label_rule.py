"""In which hours the labels of a window are looked for, as our operators and sensors are told."""

from __future__ import annotations

from datetime import timedelta

from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.offsets import parse_offset


def check_label_rule(
    start_time_offset: str | timedelta | None, end_time_offset: str | timedelta | None, labels_days_after: int
) -> None:
    """Refuse, while the DAG is parsed, a rule that names no hours.

    :raises ValueError: an offset that is none, offsets that leave no time, a number of days that is none.
    """
    if isinstance(labels_days_after, bool) or not isinstance(labels_days_after, int) or labels_days_after < 0:
        raise ValueError(
            f"labels_days_after={labels_days_after!r}: expected a whole number of at least 0; 30 looks for a month"
        )
    start = None if start_time_offset is None else parse_offset(start_time_offset, argument="start_time_offset")
    end = parse_offset(end_time_offset or timedelta(0), argument="end_time_offset")
    if start is not None and start >= end + timedelta(days=labels_days_after):
        raise ValueError(
            f"start_time_offset={start_time_offset!r} does not lie before end_time_offset={end_time_offset!r}, so no "
            "label would be looked for; both count from the window's end, such as '-P1D' and 'PT0H'"
        )


def label_rule(
    window_length: timedelta,
    start_time_offset: str | timedelta | None,
    end_time_offset: str | timedelta | None,
    labels_days_after: int,
) -> LabelWindow:
    """The rule for windows of one length.

    Offsets count from the window's end, which is the scheduled time, as the SageMaker API's do: for windows of an hour
    ``-PT1H`` and ``PT0H`` are the window itself, its default.

    :param window_length: how long the window is.
    :param start_time_offset: where labels begin; None: where the window does.
    :param end_time_offset: where labels end; None: where the window does.
    :param labels_days_after: days beyond that end in which late labels are still looked for.
    :raises ValueError: an offset that is none.
    """
    start = timedelta(0)
    if start_time_offset is not None:
        start = window_length + parse_offset(start_time_offset, argument="start_time_offset")
    end = parse_offset(end_time_offset or timedelta(0), argument="end_time_offset")
    return LabelWindow(start, end, labels_days_after)
