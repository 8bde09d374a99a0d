"""Rules of composite alarms, read and applied."""

from __future__ import annotations

import pytest

from airflow_model_monitor.local.cloudwatch.alarm_rule import parse_alarm_rule

STATES = {"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA", "x(1)": "ALARM"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(a)", True),
        ('ALARM("a")', True),
        ("ALARM('a')", True),
        ("ALARM(arn:aws:cloudwatch:us-west-2:123456789012:alarm:a)", True),
        ('ALARM("x(1)") AND OK(b)', True),
        ("OK(a) OR OK(b)", True),
        ("OK(a) OR ALARM(b)", False),
        ("ALARM(a) AND NOT OK(b)", False),
        ('INSUFFICIENT_DATA("c d")', True),
        ("NOT ALARM(b) AND ALARM(a)", True),
        ("ALARM(b) AND ALARM(b) OR ALARM(a)", True),  # AND binds tighter than OR
        ("ALARM(b) AND (ALARM(b) OR ALARM(a))", False),
        ("NOT (ALARM(a) AND ALARM(b))", True),
        ("NOT NOT ALARM(a)", True),
        ("TRUE", True),
        ("FALSE OR ALARM(a)", True),
        ("(((ALARM(a))))", True),
        ("ALARM(a)\n  AND\tOK(b)", True),
    ],
)
def test_rules(rule: str, expected: bool) -> None:
    assert parse_alarm_rule(rule).holds(STATES) is expected


def test_children_once_each_by_name() -> None:
    rule = parse_alarm_rule("ALARM(a) OR (OK(b) AND ALARM(arn:aws:cloudwatch:us-west-2:123456789012:alarm:a))")
    assert rule.children == ("a", "b")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "ends too early"),
        ("ALARM(a) AND", "ends too early"),
        ("ALARM(a", r"'\)' is missing"),
        ("ALARM()", "needs the name or ARN"),
        ("ALARM(a) ALARM(b)", "was not expected"),
        ("FIRE(a)", "'FIRE' was not expected"),
        ("(ALARM(a)", r"'\)' is missing"),
        ('ALARM("a)', "cannot be read"),
        ("alarm(a)", "'alarm' was not expected"),
    ],
)
def test_what_cannot_be_read_is_refused(rule: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_alarm_rule(rule)
