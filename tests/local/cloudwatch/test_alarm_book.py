"""Alarms over time: what they come to, what they set off, what they refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.local.cloudwatch.alarm import Alarm
from airflow_model_monitor.local.cloudwatch.alarm_book import UnknownAlarmError
from airflow_model_monitor.local.cloudwatch.alarm_evaluation import TREATMENTS
from airflow_model_monitor.local.cloudwatch.datum import Datum
from tests.local.cloudwatch.book import METRIC, START, TOPIC, Kept, hours


def test_an_alarm_begins_without_knowing() -> None:
    alarm = Kept().put(TreatMissingData="notBreaching")
    assert (alarm.state.value, alarm.state.reason) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")


def test_a_violation_an_hour_old_raises_it_once() -> None:
    """Model Monitor stamps its metrics with the window's start, an hour and more before they arrive."""
    kept = Kept()
    kept.put()
    kept.publish(0.42, hours(0), arrived=hours(1.1))
    assert kept.state() == "ALARM"
    kept.book.evaluate(hours(1.2))
    kept.publish(0.5, hours(1), arrived=hours(2.1))
    assert kept.acted == [("drifts", "ALARM", TOPIC)]


def test_a_calm_window_ends_it() -> None:
    kept = Kept()
    kept.put(OKActions=[TOPIC])
    kept.publish(0.42, hours(0), arrived=hours(1.1))
    kept.publish(0.02, hours(1), arrived=hours(2.1))
    assert [state for _, state, _ in kept.acted] == ["ALARM", "OK"]


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("missing", ["ALARM", "INSUFFICIENT_DATA"]),
        ("ignore", ["ALARM"]),
        ("breaching", ["ALARM"]),
        ("notBreaching", ["OK", "ALARM", "OK"]),
    ],
)
def test_a_jump_of_the_clock_passes_through_what_lies_between(treatment: str, expected: list[str]) -> None:
    kept = Kept()
    kept.put(TreatMissingData=treatment)
    kept.publish(0.42, hours(0.5))
    kept.book.evaluate(hours(200))
    assert [state for _, state, _ in kept.changes()] == expected


def test_the_jump_finds_each_state_at_its_time() -> None:
    kept = Kept()
    kept.put(TreatMissingData="notBreaching", EvaluationPeriods=2, DatapointsToAlarm=2)
    for hour, value in enumerate([0.5, 0.5, 0.01, 0.5, 0.5, 0.01]):
        moment = hours(hour + 0.5)
        kept.publish(value, moment, arrived=moment)
    step_by_step = kept.changes()

    jumped = Kept()
    jumped.put(TreatMissingData="notBreaching", EvaluationPeriods=2, DatapointsToAlarm=2)
    for hour, value in enumerate([0.5, 0.5, 0.01, 0.5, 0.5, 0.01]):
        jumped.store.put(METRIC, Datum.of_values(hours(hour + 0.5), [value], [1], "None"))
    jumped.book.touched([METRIC])
    jumped.book.evaluate(hours(5.5))
    assert jumped.changes() == step_by_step
    assert step_by_step == [
        ("drifts", "OK", "01 00:01"),
        ("drifts", "ALARM", "01 01:30"),
        ("drifts", "OK", "01 02:30"),
        ("drifts", "ALARM", "01 04:30"),
        ("drifts", "OK", "01 05:30"),
    ]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30), st.sampled_from([0.0, 1.0])), max_size=6),
    st.sampled_from(TREATMENTS),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_jump_of_the_clock_misses_nothing(
    data: list[tuple[int, int, float]], treatment: str, periods: int, datapoints: int, wall_clock: bool
) -> None:
    """Looked at every half minute, or at the beginning and the end: the same changes at the same times."""
    half = timedelta(seconds=30)
    given = {
        "Period": 300,
        "EvaluationPeriods": max(periods, datapoints),
        "DatapointsToAlarm": min(periods, datapoints),
        "TreatMissingData": treatment,
        **({"EvaluationWindow": {"WallClockWindow": {}}} if wall_clock else {}),
    }
    seen: list[list[tuple[str, str, str]]] = []
    for looks in (range(1, 241), (1, 240)):
        kept = Kept()
        kept.put(**given)
        for stamped, later, value in data:
            arrived = START + half * (stamped + later)
            kept.store.put(METRIC, Datum(START + half * stamped, 1, value, value, value, arrived=arrived))
        for look in looks:
            kept.book.touched([METRIC])
            kept.book.evaluate(START + half * look)
        seen.append(kept.changes())
    every, rarely = seen
    assert rarely == every


def test_a_new_alarm_is_looked_at_before_the_clock_has_jumped() -> None:
    kept = Kept()
    kept.put(TreatMissingData="breaching")
    kept.store.put(METRIC, Datum.of_values(hours(5), [0.0], [1], "None"))
    kept.book.touched([METRIC])
    kept.book.evaluate(hours(5))
    assert kept.changes() == [("drifts", "ALARM", "01 00:01"), ("drifts", "OK", "01 05:00")]


def test_data_count_from_when_they_arrive() -> None:
    kept = Kept()
    kept.put()
    kept.publish(0.42, hours(0), arrived=hours(1.5))
    assert kept.changes() == [("drifts", "ALARM", "01 01:30")]


def test_two_of_three_needs_two() -> None:
    kept = Kept()
    kept.put(EvaluationPeriods=3, DatapointsToAlarm=2, TreatMissingData="notBreaching")
    kept.publish(0.5, hours(0.5))
    assert kept.state() != "ALARM"
    kept.publish(0.0, hours(1.5))
    kept.publish(0.5, hours(2.5))
    assert kept.state() == "ALARM"
    assert "2 out of the last 3 datapoints" in kept.book.get("drifts").state.reason


def test_other_dimensions_are_another_metric() -> None:
    kept = Kept()
    kept.put(Dimensions=[{"Name": "Endpoint", "Value": "e"}])
    kept.publish(0.42, hours(0.5))
    kept.book.evaluate(hours(5))
    assert kept.state() == "INSUFFICIENT_DATA"


def test_the_order_of_dimensions_is_of_no_matter() -> None:
    kept = Kept()
    kept.put(Dimensions=[{"Name": key, "Value": value} for key, value in reversed(METRIC.dimensions)])
    kept.publish(0.42, hours(0.5))
    assert kept.state() == "ALARM"


def test_disabled_actions_are_not_done() -> None:
    kept = Kept()
    kept.put()
    kept.book.enable_actions(["drifts", "nobody"], enabled=False)
    kept.publish(0.42, hours(0.5))
    assert (kept.state(), kept.acted) == ("ALARM", [])
    kept.book.enable_actions(["drifts"], enabled=True)
    kept.publish(0.0, hours(1.5))
    kept.publish(0.42, hours(2.5))
    assert [state for _, state, _ in kept.acted] == ["ALARM"]


def test_a_state_set_by_hand_acts_and_is_set_right_a_minute_later() -> None:
    kept = Kept()
    kept.put()
    kept.publish(0.0, hours(0.5))
    kept.book.set_state("drifts", "ALARM", "a drill", None, hours(0.6))
    assert kept.acted == [("drifts", "ALARM", TOPIC)]
    kept.book.evaluate(hours(0.601))
    assert kept.state() == "ALARM"
    kept.book.evaluate(hours(0.62))
    assert kept.state() == "OK"
    with pytest.raises(UnknownAlarmError):
        kept.book.set_state("nobody", "ALARM", "a drill", None, START)
    with pytest.raises(ValueError, match="enum value set"):
        kept.book.set_state("drifts", "FIRE", "a drill", None, START)  # type: ignore[arg-type]


def test_putting_it_again_changes_all_but_its_state() -> None:
    kept = Kept()
    kept.put()
    kept.publish(0.42, hours(0.5))
    again = kept.put(now=hours(1), Threshold=0.9)
    assert (again.state.value, again.configuration["Threshold"]) == ("ALARM", 0.9)
    kept.book.evaluate(hours(1))
    assert kept.state() == "OK"


def test_metric_math() -> None:
    kept = Kept()
    single = {"Namespace": METRIC.namespace, "MetricName": METRIC.name}
    dimensions = [{"Name": key, "Value": value} for key, value in METRIC.dimensions]
    stated = {"Metric": {**single, "Dimensions": dimensions}, "Period": 3600, "Stat": "Maximum"}
    kept.book.put_metric_alarm(
        {
            "AlarmName": "math",
            "Metrics": [
                {"Id": "e1", "Expression": "m1 * 100", "Label": "percent", "ReturnData": True},
                {"Id": "m1", "MetricStat": stated, "ReturnData": False},
            ],
            "EvaluationPeriods": 1,
            "Threshold": 40,
            "ComparisonOperator": "GreaterThanThreshold",
        },
        START,
    )
    kept.publish(0.42, hours(0.5))
    assert kept.state("math") == "ALARM"
    assert "[42.0 " in kept.book.get("math").state.reason


def composite(kept: Kept, rule: str, name: str = "any", **given: Any) -> Alarm:
    return kept.book.put_composite_alarm(
        {"AlarmName": name, "AlarmRule": rule, "AlarmActions": [TOPIC], **given}, START
    )


def test_a_composite_alarm_follows_its_children() -> None:
    kept = Kept()
    kept.put("a", AlarmActions=[])
    kept.put("b", AlarmActions=[], Threshold=9.0)
    assert composite(kept, "ALARM(a) OR ALARM(b)").state.value == "OK"
    composite(kept, "ALARM(any) AND NOT ALARM(b)", "outer")
    kept.publish(0.42, hours(0.5))
    assert (kept.state("any"), kept.state("outer")) == ("ALARM", "ALARM")
    assert kept.acted == [("any", "ALARM", TOPIC), ("outer", "ALARM", TOPIC)]
    assert kept.book.get("any").state.reason == (
        "arn:aws:cloudwatch:us-west-2:123456789012:alarm:a transitioned to ALARM at Sunday 01 March, 2026 00:30:00 UTC"
    )


def test_what_a_composite_alarm_cannot_be() -> None:
    kept = Kept()
    kept.put("a")
    with pytest.raises(ValueError, match=r"alarms \[x\] in the alarm rule do not exist"):
        composite(kept, "ALARM(x) AND ALARM(a)")
    composite(kept, "ALARM(a)", "inner")
    composite(kept, "ALARM(inner)", "outer")
    with pytest.raises(ValueError, match="depends on inner itself"):
        composite(kept, "ALARM(outer)", "inner")
    with pytest.raises(ValueError, match="composite alarms depending on it"):
        kept.book.delete(["a"], START)
    with pytest.raises(ValueError, match="of the other type"):
        kept.put("inner")


def test_deleted_alarms_are_gone_and_unknown_names_passed_over() -> None:
    kept = Kept()
    kept.put("a")
    kept.put("b")
    kept.book.delete(["a", "nobody"], START)
    assert [alarm.name for alarm in kept.book.all()] == list(kept.alarms) == ["b"]


def test_history_tells_all() -> None:
    kept = Kept()
    kept.put()
    kept.publish(0.42, hours(0.5))
    kept.book.delete(["drifts"], hours(1))
    assert [item["HistorySummary"] for item in kept.items] == [
        'Alarm "drifts" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        f"Successfully executed action {TOPIC}",
        'Alarm "drifts" deleted',
    ]


def test_an_alarm_comes_back_as_it_was() -> None:
    kept = Kept()
    kept.put()
    kept.publish(0.42, hours(0.5))
    document = kept.alarms["drifts"].to_document()
    restored = Kept()
    restored.book.restore(Alarm.from_document(document), hours(0.6))
    restored.store = kept.store
    assert restored.book.get("drifts") == kept.book.get("drifts")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60"),
        ({"EvaluationPeriods": 200}, "seven days"),
        ({"Period": 300, "EvaluationPeriods": 300}, "more than a day"),
        ({"DatapointsToAlarm": 2}, "less than or equal to EvaluationPeriods"),
        ({"ComparisonOperator": "Above"}, "enum value set"),
        ({"TreatMissingData": "skip"}, "enum value set"),
        ({"AlarmActions": ["drift"]}, "Invalid arn syntax: drift"),
        ({"AlarmActions": [TOPIC] * 6}, "size greater than 5"),
        ({"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"ExtendedStatistic": "p90"}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"Statistic": None, "ExtendedStatistic": "p900"}, "not supported"),
        ({"Threshold": None}, "Threshold is required"),
        ({"ThresholdMetricId": "ad1"}, "ThresholdMetricId is not supported"),
        ({"Metrics": [{"Id": "m1"}]}, "mutually exclusive"),
    ],
)
def test_what_cloudwatch_refuses(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Kept().put(**given)
