from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.service.offsets import format_offset, offset_window, parse_offset
from airflow_model_monitor.service.windows import Window


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("-PT6H", timedelta(hours=-6)),
        ("-PT0H", timedelta(0)),
        ("-P1D", timedelta(days=-1)),
        ("-P8D", timedelta(days=-8)),
        ("PT1H30M", timedelta(minutes=90)),
        ("+P1DT12H", timedelta(hours=36)),
        ("-P1W", timedelta(weeks=-1)),
    ],
)
def test_an_offset_is_read(text: str, length: timedelta) -> None:
    assert parse_offset(text, argument="start_time_offset") == length


@pytest.mark.parametrize("text", ["", "P", "PT", "-P7H", "6H", "-P1DT", "-P1.5D", "-PT100000000000H", "P1D ", "--P1D"])
def test_what_is_no_offset_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"start_time_offset: .* is not an offset; .*e\.g\. '-PT6H' or '-P1D'"):
        parse_offset(text, argument="start_time_offset")


@pytest.mark.parametrize("text", ["-P1M", "P1Y", "-P1Y2D"])
def test_months_have_no_length(text: str) -> None:
    with pytest.raises(ValueError, match="write years and months as days"):
        parse_offset(text, argument="start_time_offset")


def test_an_offset_beyond_all_time_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than time itself"):
        parse_offset("-P999999999999D", argument="start_time_offset")


@given(st.integers(-9 * 86400, 9 * 86400))
def test_what_is_written_is_read(seconds: int) -> None:
    text = format_offset(timedelta(seconds=seconds))
    assert parse_offset(text, argument="x") == timedelta(seconds=seconds)


def test_more_than_fifteen_characters_are_not_written() -> None:
    with pytest.raises(ValueError, match="'-P1234DT23H59M59S' has 17 characters; allowed are 15; use rounder numbers"):
        format_offset(-timedelta(days=1234, hours=23, minutes=59, seconds=59))


@pytest.mark.parametrize("text", ["-P1D", "-PT6H", "PT0H", "P1DT30M", "-P8D"])
def test_the_apis_own_spelling(text: str) -> None:
    assert format_offset(parse_offset(text, argument="x")) == text


def test_the_window_of_the_developer_guide() -> None:
    scheduled = datetime(2020, 1, 9, 13, tzinfo=UTC)
    expected = Window(datetime(2020, 1, 1, 13, tzinfo=UTC), datetime(2020, 1, 8, 13, tzinfo=UTC))
    assert offset_window(scheduled, "-P8D", "-P1D") == expected


def test_a_window_without_time() -> None:
    with pytest.raises(ValueError, match="end_time_offset: -P8D does not lie after start_time_offset -P1D"):
        offset_window(datetime(2020, 1, 9, tzinfo=UTC), "-P1D", "-P8D")
