"""Alarm states by datapoints: the tables AWS publishes, and what must hold for every history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.local.cloudwatch.alarm_evaluation import (
    COMPARISONS,
    TREATMENTS,
    Criterion,
    Datapoint,
    Judgement,
    judge,
)
from airflow_model_monitor.local.cloudwatch.alarm_reason import reason

NOW = datetime(2026, 11, 22, 18, 5, tzinfo=UTC)
VALUES = {"0": 0.0, "X": 1.0}


def history(picture: str) -> list[Datapoint | None]:
    """The latest datapoint stands on the right, as in AWS's tables."""
    signs = picture.split()[::-1]
    return [
        Datapoint(NOW - timedelta(minutes=5 * age), VALUES[sign], 1.0) if sign in VALUES else None
        for age, sign in enumerate(signs)
    ]


def criterion(needed: int, periods: int = 3, **given: Any) -> Criterion:
    return Criterion(
        **{
            "comparison": "GreaterThanThreshold",
            "threshold": 0.5,
            "evaluation_periods": periods,
            "datapoints_to_alarm": needed,
            **given,
        }
    )


def states(picture: str, needed: int) -> list[str | None]:
    return [judge(criterion(needed, treat_missing_data=one), history(picture)).state for one in TREATMENTS]


# Columns: missing, ignore, breaching, notBreaching. None keeps the state there was.
@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("0 - X - X", ["OK", "OK", "OK", "OK"]),
        ("0 - - - -", ["OK", "OK", "OK", "OK"]),
        ("- - - - -", ["INSUFFICIENT_DATA", None, "ALARM", "OK"]),
        ("0 X X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("- - X - -", ["ALARM", None, "ALARM", "OK"]),
    ],
)
def test_awss_table_of_three_of_three(picture: str, expected: list[str | None]) -> None:
    assert states(picture, 3) == expected


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("0 - X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("0 0 X 0 X", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("0 - X - -", ["OK", "OK", "ALARM", "OK"]),
        ("- - - - 0", ["OK", "OK", "ALARM", "OK"]),
        ("- - - X -", ["ALARM", None, "ALARM", "OK"]),
    ],
)
def test_awss_table_of_two_of_three(picture: str, expected: list[str | None]) -> None:
    assert states(picture, 2) == expected


@pytest.mark.parametrize("picture", ["- - - - X", "- - - X -"])
def test_no_premature_alarm(picture: str) -> None:
    """AWS: the alarm does not go immediately into ALARM, for the next datapoint may be fine."""
    assert judge(criterion(3), history(picture)).state == "OK"


def test_the_range_is_awss() -> None:
    assert criterion(3).evaluation_range == 5


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("GreaterThanThreshold", [False, False, True]),
        ("GreaterThanOrEqualToThreshold", [False, True, True]),
        ("LessThanThreshold", [True, False, False]),
        ("LessThanOrEqualToThreshold", [True, True, False]),
    ],
)
def test_comparisons(comparison: str, expected: list[bool]) -> None:
    assert [criterion(1, comparison=comparison).breaches(value) for value in (0.4, 0.5, 0.6)] == expected


pictures = st.lists(st.sampled_from("0X-"), min_size=5, max_size=5).map(" ".join)


@given(pictures, st.integers(1, 3))
def test_with_enough_data_the_treatment_is_of_no_matter(picture: str, needed: int) -> None:
    if sum(sign in VALUES for sign in picture) >= 3:
        found = states(picture, needed)
        assert len(set(found)) == 1
        latest = [sign for sign in picture.split()[::-1] if sign in VALUES][:3]
        assert found[0] == ("ALARM" if latest.count("X") >= needed else "OK")


@given(pictures, st.sampled_from(TREATMENTS), st.integers(1, 3))
def test_a_worse_datapoint_never_calms_an_alarm(picture: str, treatment: str, needed: int) -> None:
    worse = picture.replace("0", "X", 1)
    rule = criterion(needed, treat_missing_data=treatment)
    if judge(rule, history(picture)).state == "ALARM":
        assert judge(rule, history(worse)).state in ("ALARM", None)


@given(pictures, st.integers(1, 2))
def test_fewer_datapoints_needed_never_calms_an_alarm(picture: str, needed: int) -> None:
    for strict, loose in zip(states(picture, needed + 1), states(picture, needed)):
        assert not (strict == "ALARM" and loose == "OK")


@given(st.lists(st.sampled_from("0X-"), min_size=5, max_size=5))
def test_missing_data_are_used_as_few_times_as_possible(signs: list[str]) -> None:
    found = judge(criterion(2, treat_missing_data="breaching"), history(" ".join(signs)))
    real = sum(sign in VALUES for sign in signs)
    assert found.filled == max(0, 3 - real)
    assert len(found.judged) == min(3, real)


def test_every_combination_ends_in_a_state() -> None:
    for signs in product("0X-", repeat=5):
        for needed, comparison in product((1, 2, 3), COMPARISONS):
            for treatment in TREATMENTS:
                rule = criterion(needed, comparison=comparison, treat_missing_data=treatment)
                found = judge(rule, history(" ".join(signs)))
                assert found.state in ("OK", "ALARM", "INSUFFICIENT_DATA", None)
                assert (found.state is not None) or treatment == "ignore"


def sentence(picture: str, *, m_of_n: bool = False, **given: Any) -> str:
    rule = criterion(**{"needed": 1, "periods": 1, "threshold": 0.1, **given})
    found: Judgement = judge(rule, history(picture)[: rule.evaluation_range])
    assert found.state is not None
    return reason(rule, found, found.state, m_of_n=m_of_n)


def test_reasons_read_as_recorded_ones() -> None:
    assert sentence("X") == (
        "Threshold Crossed: 1 datapoint [1.0 (22/11/26 18:05:00)] was greater than the threshold (0.1)."
    )
    assert sentence("0") == (
        "Threshold Crossed: 1 datapoint [0.0 (22/11/26 18:05:00)] was not greater than the threshold (0.1)."
    )
    assert sentence("-", treat_missing_data="breaching") == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[Breaching]."
    )
    assert sentence("-", treat_missing_data="notBreaching") == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[NonBreaching]."
    )
    assert sentence("-") == "Insufficient Data: 1 datapoint was unknown."
    assert sentence("- -", needed=2, periods=2) == "Insufficient Data: 2 datapoints were unknown."
    assert sentence("X 0 X 0", needed=2, periods=4, m_of_n=True, threshold=0.5) == (
        "Threshold Crossed: 2 out of the last 4 datapoints [1.0 (22/11/26 18:00:00), 1.0 (22/11/26 17:50:00)] were "
        "greater than the threshold (0.5) (minimum 2 datapoints for OK -> ALARM transition)."
    )
    assert sentence("X", needed=2, periods=2, treat_missing_data="breaching") == (
        "Threshold Crossed: 1 datapoint [1.0 (22/11/26 18:05:00)] was greater than the threshold (0.1) and 1 missing "
        "datapoint was treated as [Breaching]."
    )
    assert sentence("0", m_of_n=True) == (
        "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (22/11/26 18:05:00)] was not greater than the "
        "threshold (0.1) (minimum 1 datapoint for ALARM -> OK transition)."
    )
