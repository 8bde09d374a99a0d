from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.timestamps import format_utc, parse_utc

HOUR = datetime(2021, 5, 6, 22, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2021-05-06T22:00:00Z", "2021-05-07T00:00:00+02:00", "2021-05-06T22:00:00"])
def test_points_in_time_are_read_as_utc(text: str) -> None:
    assert parse_utc(text, field="start_time") == HOUR


def test_points_in_time_are_written_in_utc() -> None:
    assert format_utc(HOUR.astimezone(timezone(timedelta(hours=2)))) == "2021-05-06T22:00:00Z"
    assert format_utc(HOUR + timedelta(milliseconds=5)) == "2021-05-06T22:00:00.005000Z"


@pytest.mark.parametrize("text", ["noon", "", "0001-01-01T00:00:00+05:00"])
def test_anything_else_names_the_field(text: str) -> None:
    with pytest.raises(ContractError, match="field end_time"):
        parse_utc(text, field="end_time")


def test_a_time_without_a_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        format_utc(datetime(2021, 5, 6))  # noqa: DTZ001
