"""The window of a run: its data interval, or what the DAG's author says, and never nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.window import check_window_arguments, window_of
from airflow_model_monitor.service.windows import Window

ONE = datetime(2026, 1, 2, 1, tzinfo=UTC)
TWO = datetime(2026, 1, 2, 2, tzinfo=UTC)


def context(start: datetime | None, end: datetime | None) -> Any:
    return {"data_interval_start": start, "data_interval_end": end}


def test_is_the_data_interval() -> None:
    assert window_of(context(ONE, TWO), None, None) == Window(ONE, TWO)


def test_explicit_window_wins_and_may_be_text_of_any_offset() -> None:
    east = datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))

    assert window_of(context(None, None), east.isoformat(), "2026-01-02T02:00:00Z") == Window(ONE, TWO)


@pytest.mark.parametrize("interval", [(ONE, ONE), (TWO, ONE), (None, None)])
def test_an_empty_interval_is_refused_and_names_the_cure(interval: tuple[Any, Any]) -> None:
    with pytest.raises(AirflowFailException, match="CronDataIntervalTimetable"):
        window_of(context(*interval), None, None)


@pytest.mark.parametrize("text", ["None", "", "yesterday", "2026-01-02T02:00:00"])
def test_a_text_that_is_no_instant_is_refused_by_name(text: str) -> None:
    with pytest.raises(AirflowFailException, match=r"window_start|start"):
        window_of(context(ONE, TWO), text, TWO)


def test_half_a_window_is_refused() -> None:
    with pytest.raises(ValueError, match="window_end was given without window_start"):
        check_window_arguments(None, "2026-01-02T02:00:00Z")
