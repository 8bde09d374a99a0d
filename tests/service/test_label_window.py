from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_model_monitor.service.label_window import LabelWindow, WindowGrid, prefix_holds
from airflow_model_monitor.service.windows import HOUR, Window

START = datetime(2026, 1, 2, 22, tzinfo=UTC)
WINDOW = Window(START, START + HOUR)

offsets = st.integers(-100, 100).map(lambda number: timedelta(minutes=30 * number))
rules = st.builds(LabelWindow, offsets, offsets, st.integers(0, 3))
grids = st.builds(WindowGrid, st.integers(1, 30).map(lambda hours: hours * HOUR), st.just(START))


def test_the_default_is_the_originals_rule() -> None:
    assert LabelWindow().label_prefixes(WINDOW) == ("2026/01/02/22",)


def test_days_after_are_whole_days_where_possible() -> None:
    result = LabelWindow(days_after=2).label_prefixes(WINDOW)
    expected = ("2026/01/02/22", "2026/01/02/23", "2026/01/03", *(f"2026/01/04/{hour:02}" for hour in range(23)))
    assert result == expected


def test_offsets_move_both_ends() -> None:
    rule = LabelWindow("-PT2H", "PT1H")
    assert rule.labels_of(WINDOW) == Window(START - 2 * HOUR, START + 2 * HOUR)


def test_an_hour_that_is_only_touched_counts_whole() -> None:
    rule = LabelWindow("PT30M", "PT30M")
    assert rule.labels_of(WINDOW) == Window(START, START + 2 * HOUR)


def test_a_rule_that_leaves_no_time() -> None:
    with pytest.raises(ValueError, match="end_offset: -P1D after start_offset PT0H leaves no time for labels"):
        LabelWindow(end_offset="-P1D").labels_of(WINDOW)


@pytest.mark.parametrize("days", [-1, 1.5, True, "3"])
def test_days_after_are_whole(days: object) -> None:
    with pytest.raises(ValueError, match="days_after: "):
        LabelWindow(days_after=days)  # type: ignore[arg-type]


@given(rules, grids, st.integers(-200, 200))
def test_back_from_an_hour_of_labels_to_its_windows(rule: LabelWindow, grid: WindowGrid, number: int) -> None:
    hour = START + number * HOUR
    try:
        all_windows = list(grid.windows(START - timedelta(days=40), START + timedelta(days=40)))
        expected = tuple(
            window
            for window in all_windows
            if any(prefix_holds(prefix, f"{hour:%Y/%m/%d/%H}/x") for prefix in rule.label_prefixes(window))
        )
    except ValueError:
        assume(False)
    assert rule.windows_touched(hour, grid) == expected


def test_a_grid_lies_on_its_anchor() -> None:
    grid = WindowGrid(timedelta(days=1), datetime(2026, 1, 1, 6, tzinfo=UTC))
    result = list(grid.windows(datetime(2025, 12, 30, tzinfo=UTC), datetime(2026, 1, 2, 7, tzinfo=UTC)))
    assert [window.start.day for window in result] == [30, 31, 1]
    assert {window.start.hour for window in result} == {6}


def test_a_grid_counts_hours_not_clock_faces() -> None:
    berlin = ZoneInfo("Europe/Berlin")  # 29 March 2026 has 23 hours there
    grid = WindowGrid(HOUR, datetime(2026, 3, 29, 0, tzinfo=berlin))
    result = list(grid.windows(datetime(2026, 3, 29, 0, tzinfo=berlin), datetime(2026, 3, 30, 0, tzinfo=berlin)))
    assert len(result) == len(set(result)) == 23


@pytest.mark.parametrize(
    ("length", "anchor", "message"),
    [
        (timedelta(minutes=90), START, "length: 1:30:00; allowed are whole hours"),
        (timedelta(0), START, "length: 0:00:00; allowed are whole hours"),
        (HOUR, START + timedelta(minutes=5), "is not a whole UTC hour"),
        (HOUR, START.replace(tzinfo=None), "has no time zone"),
    ],
)
def test_a_grid_is_made_of_whole_hours(length: timedelta, anchor: datetime, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WindowGrid(length, anchor)
