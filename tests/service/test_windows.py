from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.service.windows import Window

NEW_YORK = ZoneInfo("America/New_York")


def window(start: str, end: str) -> Window:
    return Window(datetime.fromisoformat(start), datetime.fromisoformat(end))


def test_end_is_exclusive() -> None:
    assert window("2026-01-02T02:00Z", "2026-01-02T04:00Z").hour_prefixes() == ("2026/01/02/02", "2026/01/02/03")


def test_execution_is_filed_under_the_hour_of_its_end() -> None:
    assert window("2021-05-06T22:00Z", "2021-05-06T23:00Z").execution_prefix == "2021/05/06/23"


def test_full_days_are_covered_by_one_prefix_each() -> None:
    expected = ("2013/06/29/23", "2013/06/30", "2013/07/01", "2013/07/02/00")
    assert window("2013-06-29T23:00Z", "2013-07-02T01:00Z").covering_prefixes() == expected


def test_a_week_is_seven_prefixes() -> None:
    assert len(window("2013-06-24T00:00Z", "2013-07-01T00:00Z").covering_prefixes()) == 7


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25)])
def test_days_of_daylight_saving_changes_have_23_and_25_hours(day: str, hours: int) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=NEW_YORK)
    local = Window(start, start + timedelta(days=1))
    prefixes = local.hour_prefixes()
    assert len(prefixes) == len(set(prefixes)) == hours


def test_same_instants_are_the_same_window() -> None:
    local = Window(datetime(2026, 1, 1, tzinfo=NEW_YORK), datetime(2026, 1, 2, tzinfo=NEW_YORK))
    assert local == window("2026-01-01T05:00Z", "2026-01-02T05:00Z")
    assert local.folder == "20260101T050000Z-20260102T050000Z"


def test_naive_datetimes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"start: 2026-01-02T00:00:00 has no time zone"):
        Window(datetime.fromisoformat("2026-01-02"), datetime(2026, 1, 3, tzinfo=UTC))


def test_an_empty_window_is_refused_naming_the_timetable() -> None:
    with pytest.raises(ValueError, match=r"end: 2026-01-02T00:00:00Z .*CronDataIntervalTimetable"):
        window("2026-01-02T00:00Z", "2026-01-02T00:00Z")


def test_parts_of_hours_are_refused_with_a_remedy() -> None:
    half = window("2026-01-02T00:00Z", "2026-01-02T01:30Z")
    with pytest.raises(ValueError, match=r"end: 2026-01-02T01:30:00Z is not a whole UTC hour.*Align"):
        half.hour_prefixes()


def test_midnight_in_a_half_hour_zone_is_not_a_whole_utc_hour() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    with pytest.raises(ValueError, match="not a whole UTC hour"):
        Window(datetime(2026, 1, 2, tzinfo=india), datetime(2026, 1, 3, tzinfo=india)).hour_prefixes()


moments = st.datetimes(
    datetime.fromisoformat("1980-01-01"), datetime.fromisoformat("2100-01-01"), timezones=st.timezones()
)


@given(moments, st.timedeltas(timedelta(microseconds=1), timedelta(days=400)))
def test_folder_names_read_back(start: datetime, length: timedelta) -> None:
    original = Window(start, start.astimezone(UTC) + length)
    assert Window.from_folder(original.folder) == original


@given(st.integers(0, 10_000), st.integers(1, 800))
def test_covering_prefixes_hold_exactly_the_hours(first: int, count: int) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=first)
    over = Window(start, start + timedelta(hours=count))
    covered = [
        hour
        for prefix in over.covering_prefixes()
        for hour in ([prefix] if prefix.count("/") == 3 else [f"{prefix}/{h:02d}" for h in range(24)])
    ]
    assert tuple(covered) == over.hour_prefixes()
