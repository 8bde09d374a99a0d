from __future__ import annotations

import pytest

from airflow_model_monitor.report.number_text import count, number, percent


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (12.345678, "12.35"), (-3.5, "−3.5"), (1234567.0, "1,234,567"),
        (0.00042, "0.00042"), (4.2e-7, "4.2e−07"), (1e20, "1e+20"), (None, "–"), (float("nan"), "NaN"),
        (float("-inf"), "−∞"), (0.2218833, "0.2219"), (999.96, "1,000"),
    ],
)  # fmt: skip
def test_numbers(value: float | None, expected: str) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.99999, "> 99.99 %"), (0.00001, "< 0.01 %"), (0.5, "50 %"), (0.9964, "99.64 %")],
)
def test_percentages_never_hide_what_is_not_quite_all(share: float, expected: str) -> None:
    assert percent(share).replace("\N{NO-BREAK SPACE}", " ") == expected


def test_counts() -> None:
    assert (count(1, "row"), count(2000, "row"), count(0, "row")) == ("1 row", "2,000 rows", "0 rows")
