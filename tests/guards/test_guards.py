"""Each guard in situations it was made for; no clock is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_model_monitor.guards import (
    CoolDown,
    IgnoreBackfills,
    IgnoreRepeats,
    MonthlyLimit,
    OneAtATime,
    ViolatedWindows,
)
from airflow_model_monitor.guards.decision import decide
from airflow_model_monitor.guards.guard import Guard, guard_of
from airflow_model_monitor.guards.situation import LastWindows
from tests.guards.situations import MONITOR, alarm, hour, judged, retraining, situation, violations

DRIFT = "baseline_drift_check"
ALL = [
    IgnoreBackfills(),
    IgnoreRepeats(),
    CoolDown(days=2, hours=3),
    ViolatedWindows(at_least=2, of_the_last=3, output_uri="s3://b/out", monitor=MONITOR, checks=[DRIFT]),
    MonthlyLimit(at_most=4, timezone="Europe/Berlin"),
    OneAtATime(),
]


@pytest.mark.parametrize("guard", ALL)
def test_travels_as_json(guard: Guard) -> None:
    described = json.loads(json.dumps(guard.to_dict()))

    assert guard_of(described) == guard


@pytest.mark.parametrize(
    ("findings", "passes", "left"),
    [
        ([violations(run_type="backfill")], False, 0),
        ([violations(-1, run_type="backfill"), violations(0)], True, 1),
        ([alarm()], True, 1),
        ([violations(run_type="manual")], True, 1),
    ],
)
def test_ignore_backfills(findings: list[Any], passes: bool, left: int) -> None:
    verdict = IgnoreBackfills().judge(situation(*findings))

    assert (verdict.passes, len(verdict.findings)) == (passes, left)
    assert "backfill" in verdict.reason


def test_a_backfill_of_26_windows_is_no_reason() -> None:
    findings = [violations(-number, run_type="backfill") for number in range(26)]

    assert not decide(situation(*findings), ALL).allowed


@pytest.mark.parametrize(
    ("known", "passes"),
    [
        ({"retrainings": ()}, True),
        ({"retrainings": (retraining(-23),)}, False),
        ({"retrainings": (retraining(-24),)}, True),
        ({"retrainings": (retraining(-100, ended=-23),)}, False),
        ({"retrainings": (retraining(-23, ended=-22, outcome="rejected"),)}, False),
        ({"retrainings": (retraining(-23, ended=-22, outcome="failed"),)}, True),
        ({"retrainings": (retraining(-23, ended=-22, outcome="failed"), retraining(-10, number=2))}, False),
        # A window that a nightly revision found bad, from before the model was replaced.
        ({"retrainings": (retraining(5, ended=6),)}, False),
    ],
)
def test_cool_down(known: dict[str, Any], passes: bool) -> None:
    assert CoolDown(hours=24).judge(situation(**known)).passes == passes


def test_cool_down_says_when_it_ends() -> None:
    reason = CoolDown(hours=24).judge(situation(retrainings=(retraining(-23),))).reason

    assert reason.endswith("ends at 2026-06-15T13:00:00Z")


@pytest.mark.parametrize(
    ("windows", "passes"),
    [
        ([], False),
        ([judged(0, DRIFT)], False),
        ([judged(-1, DRIFT), judged(0, DRIFT)], True),
        ([judged(-2, DRIFT), judged(-1), judged(0, DRIFT)], True),
        ([judged(-2, DRIFT), judged(-1, DRIFT), judged(0)], False),
        ([judged(-1, "completeness_check"), judged(0, DRIFT)], False),
    ],
)
def test_violated_windows(windows: list[Any], passes: bool) -> None:
    guard = ViolatedWindows(at_least=2, of_the_last=3, output_uri="out", checks=[DRIFT])

    assert guard.judge(situation(windows=lambda asked: LastWindows(windows))).passes == passes


def test_windows_that_nobody_judged_are_left_out_and_counted() -> None:
    guard = ViolatedWindows(at_least=2, of_the_last=2, output_uri="out")

    some, none = (
        guard.judge(situation(windows=lambda asked, one=windows: LastWindows(one, failed=3)))
        for windows in ([judged(-9, DRIFT), judged(0, DRIFT)], [])
    )

    assert some.passes
    assert not none.passes
    for verdict in (some, none):
        assert verdict.reason.endswith("; 3 whose execution failed are left out")


def test_violated_windows_asks_for_those_up_to_the_finding() -> None:
    asked: list[Any] = []
    guard = ViolatedWindows(at_least=1, of_the_last=5, output_uri="out", endpoint_name="e")

    guard.judge(situation(violations(-7), at=-7, windows=lambda one: asked.append(one) or LastWindows()))

    assert [(one.monitor, one.endpoint_name, one.until, one.count) for one in asked] == [(MONITOR, "e", hour(-7), 5)]


def test_an_alarm_names_no_monitor_whose_windows_could_be_counted() -> None:
    verdict = ViolatedWindows(at_least=1, of_the_last=1, output_uri="out").judge(situation(alarm()))

    assert not verdict.passes
    assert "give ViolatedWindows(monitor=" in verdict.reason


@pytest.mark.parametrize(
    ("begun", "zone", "passes"),
    [
        ([-1, -30], "UTC", False),
        ([-1], "UTC", True),
        ([-1, -24 * 15], "UTC", True),  # the second was in May
        ([-1, -(14 * 24 + 13)], "UTC", True),  # 31 May, 23:00 in UTC …
        ([-1, -(14 * 24 + 13)], "Europe/Berlin", False),  # … is 1 June in Berlin
    ],
)
def test_monthly_limit(begun: list[float], zone: str, passes: bool) -> None:
    known = tuple(retraining(one, ended=one + 1, number=place) for place, one in enumerate(begun, 1))

    assert MonthlyLimit(at_most=2, timezone=zone).judge(situation(retrainings=known)).passes == passes


def test_one_at_a_time() -> None:
    one = retraining(-200)

    assert not OneAtATime().judge(situation(retrainings=(one,), running=frozenset({one.id}))).passes
    assert OneAtATime().judge(situation(retrainings=(one,))).passes
    old = OneAtATime(give_up_after_days=7)
    assert old.judge(situation(retrainings=(one,), running=frozenset({one.id}))).passes


def test_a_repeated_finding_is_left_out() -> None:
    first, second = alarm(-1), alarm(0)
    known = {first.key}

    verdict = IgnoreRepeats().judge(situation(first, second, second, told_before=lambda finding: finding.key in known))

    assert (verdict.passes, verdict.findings) == (True, (second,))
    assert not IgnoreRepeats().judge(situation(first, told_before=lambda finding: True)).passes


def test_guards_are_asked_in_order_about_what_is_left() -> None:
    backfilled, bad = violations(9, run_type="backfill"), violations(0)

    decision = decide(
        situation(backfilled, bad, at=9, retrainings=(retraining(-20),)),
        [IgnoreBackfills(), CoolDown(hours=24), MonthlyLimit(at_most=1)],
    )

    # The replayed window, nine hours later, would have been past the cool-down.
    assert not decision.allowed
    assert decision.at == bad.at
    assert [name for name, _ in decision.verdicts] == ["IgnoreBackfills", "CoolDown"]
    assert decision.reason.startswith("CoolDown: the last retraining was at")
    assert decision.lines[0] == "IgnoreBackfills lets pass: 1 findings, 1 of backfills left out"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CoolDown(hours=-1), r"CoolDown\(hours=-1\)"),
        (lambda: MonthlyLimit(at_most="many"), "at_most='many'"),  # type: ignore[arg-type]
        (lambda: MonthlyLimit(at_most=1, timezone="Berlin"), "timezone='Berlin'"),
        (lambda: ViolatedWindows(at_least=3, of_the_last=2, output_uri="o"), "of_the_last=2.*at least 3"),
        (lambda: ViolatedWindows(at_least=1, of_the_last=2, output_uri="o", checks="drift"), "checks='drift'"),
        (lambda: guard_of({"guard": "Cooldown"}), "guard: 'Cooldown'; allowed are 'CoolDown'"),
        (lambda: guard_of({"guard": "CoolDown", "weeks": 1}), "guard CoolDown: .*weeks"),
    ],
)
def test_refuses_by_name_and_value(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_settings_may_be_templates() -> None:
    guard = CoolDown(hours="{{ params.hours }}")  # type: ignore[arg-type]

    assert guard_of({**guard.to_dict(), "hours": "24"}).judge(situation(retrainings=(retraining(-23),))).passes is False
