"""When an alert of the model dashboard is raised, and when it goes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.local.monitoring_alerts import MonitoringAlert

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OK, BAD, FAILED = "Completed", "CompletedWithViolations", "Failed"


def alert(datapoints: int, period: int) -> MonitoringAlert:
    made = MonitoringAlert.of_schedule("hourly", NOW)
    return made.updated(datapoints_to_alert=datapoints, evaluation_period=period, statuses=[], now=NOW)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "OK"),
        ([BAD], "OK"),
        ([BAD, FAILED], "InAlert"),  # two of three, before three have run
        ([BAD, OK, BAD], "InAlert"),
        ([BAD, OK, OK, BAD], "OK"),
        ([BAD, BAD, OK, OK], "OK"),
        ([BAD, "Stopped", "Pending", BAD], "InAlert"),  # a stopped execution says nothing of the model
    ],
)
def test_two_of_three(statuses: list[str], expected: str) -> None:
    assert alert(2, 3).judged(statuses, NOW).status == expected


def test_history_has_a_line_per_change() -> None:
    made = MonitoringAlert.of_schedule("hourly", NOW)
    seen: list[str] = []
    for hour, status in enumerate([OK, BAD, BAD, OK]):
        seen.append(status)
        made = made.judged(seen, NOW + timedelta(hours=hour))
    assert [(one["CreationTime"].hour, one["AlertStatus"]) for one in made.to_history()] == [(1, "InAlert"), (3, "OK")]
    assert made.modified == NOW + timedelta(hours=3)


def test_new_settings_judge_at_once() -> None:
    raised = MonitoringAlert.of_schedule("hourly", NOW).judged([BAD], NOW)
    assert raised.status == "InAlert"
    calmer = raised.updated(datapoints_to_alert=2, evaluation_period=2, statuses=[BAD], now=NOW)
    assert (calmer.status, calmer.to_summary()["DatapointsToAlert"]) == ("OK", 2)


def test_an_alert_that_could_never_be_raised_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be greater than EvaluationPeriod"):
        alert(3, 2)
    with pytest.raises(ValueError, match="between 1 and 100"):
        alert(0, 2)


@given(
    st.lists(st.sampled_from([OK, BAD, FAILED, "Stopped"]), max_size=12),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_a_journal_holds_all_of_it(statuses: list[str], datapoints: int, period: int) -> None:
    made = alert(min(datapoints, period), max(datapoints, period))
    for end in range(len(statuses)):
        made = made.judged(statuses[: end + 1], NOW)
    assert MonitoringAlert.from_document(json.loads(json.dumps(made.to_document()))) == made
