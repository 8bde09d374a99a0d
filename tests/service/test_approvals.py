"""Candidates wait for a person, and the first decision stands."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_model_monitor.service.approvals import Approvals


@pytest.fixture
def approvals(place: Any) -> Approvals:
    return Approvals(*place)


def test_it_is_pending_until_somebody_decides(approvals: Approvals) -> None:
    asked = approvals.ask("v1", {"gain": 0.02})
    assert (asked.state, asked.request) == ("pending approval", {"gain": 0.02})
    assert [one.candidate for one in approvals.pending()] == ["v1"]

    decided = approvals.decide("v1", approved=True, by="ada")

    assert (decided.state, decided.by) == ("approved", "ada")
    assert approvals.pending() == ()


def test_asked_again_the_first_request_stands(approvals: Approvals) -> None:
    approvals.ask("v1", {"gain": 0.02})

    assert approvals.ask("v1", {"gain": 0.9}).request == {"gain": 0.02}


def test_a_decision_stands(approvals: Approvals) -> None:
    approvals.ask("v1", {})
    approvals.decide("v1", approved=False, by="ada")
    approvals.decide("v1", approved=False, by="bob")

    with pytest.raises(ValueError, match="was rejected by ada"):
        approvals.decide("v1", approved=True, by="bob")


def test_only_the_run_that_decided_goes_on(approvals: Approvals) -> None:
    approvals.ask("v1", {})
    for _ in range(2):
        assert approvals.decide("v1", approved=True, by="ada", run="retrain/1").run == "retrain/1"

    with pytest.raises(ValueError, match="was approved by ada in retrain/1 before"):
        approvals.decide("v1", approved=True, by="ada", run="approve/1")


@pytest.mark.parametrize("candidate", ["v2", "../v1", ""])
def test_what_nobody_asked_for_cannot_be_approved(approvals: Approvals, candidate: str) -> None:
    approvals.ask("v1", {})

    with pytest.raises(LookupError, match="candidate"):
        approvals.decide(candidate, approved=True, by="ada")
