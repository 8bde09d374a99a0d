"""Expressions over time series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airflow_model_monitor.local.cloudwatch.metric_math import evaluate, ids_in

TIMES = [datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in range(3)]
SERIES = {
    "m1": dict(zip(TIMES, [1.0, 2.0, 3.0])),
    "m2": {TIMES[1]: 4.0, TIMES[2]: 0.0},
}


def values(expression: str) -> list[float | None]:
    found = evaluate(expression, SERIES, ["m1", "m2"], TIMES)
    return [found.get(time) for time in TIMES]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1", [1.0, 2.0, 3.0]),
        ("m1 * 100", [100.0, 200.0, 300.0]),
        ("m1 + m2", [None, 6.0, 3.0]),
        ("m1 / m2", [None, 0.5, None]),  # a division by zero leaves a gap
        ("1 - m1 / 2 ^ 2", [0.75, 0.5, 0.25]),
        ("-m1 + 1", [0.0, -1.0, -2.0]),
        ("(m1 + 1) * 2", [4.0, 6.0, 8.0]),
        ("2 ^ 3 ^ 2 * (m1 > 0)", [512.0, 512.0, 512.0]),
        ("m1 > 1 && m1 < 3", [0.0, 1.0, 0.0]),
        ("m1 > 2 OR m1 < 2", [1.0, 0.0, 1.0]),
        ("IF(m1 > 1, m1, 0)", [0.0, 2.0, 3.0]),
        ("IF(m1 > 1, m1)", [None, 2.0, 3.0]),
        ("FILL(m2, 9)", [9.0, 4.0, 0.0]),
        ("MAX([m1, m2])", [1.0, 4.0, 3.0]),
        ("MAX(METRICS())", [1.0, 4.0, 3.0]),
        ("SUM(METRICS())", [1.0, 6.0, 3.0]),
        ("m1 - AVG(m1)", [-1.0, 0.0, 1.0]),
        ("MIN(m1)", [1.0, 1.0, 1.0]),
        ("ABS(m1 - 2)", [1.0, 0.0, 1.0]),
        ("7", [7.0, 7.0, 7.0]),
    ],
)
def test_expressions(expression: str, expected: list[float | None]) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("m3", "no time series with the id 'm3'"),
        ("ANOMALY_DETECTION_BAND(m1, 2)", "ANOMALY_DETECTION_BAND with 2 argument"),
        ("FILL(m1, REPEAT)", "REPEAT is not known"),
        ("m1 +", "ends too early"),
        ("m1 m2", "'m2' was not expected"),
        ("(m1", "ends too early"),
        ("METRICS()", "several time series"),
        ("[m1, m2] + 1", "cannot be calculated with"),
        ("m1 # 2", "cannot be read"),
        ("SELECT AVG(x) FROM y", "was not expected|no time series"),
    ],
)
def test_what_is_not_known_is_refused_by_name(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        values(expression)


def test_ids() -> None:
    assert ids_in("IF(m1 > 2, MAX([m2, e1]), 3)") == {"m1", "m2", "e1"}


def test_a_constant_has_a_value_for_each_period() -> None:
    later = [time + timedelta(hours=5) for time in TIMES]
    assert evaluate("1", {}, [], later) == dict.fromkeys(later, 1.0)
