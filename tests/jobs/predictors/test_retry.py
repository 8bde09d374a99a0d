"""Asking again: how often, how long, and when not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from airflow_model_monitor.jobs.predictors.retry import GivenUpError, Retry, TransientError


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waits.append(seconds)


def failing(times: int, clock: Clock, *, took: float = 0.0, retry_after: float | None = None) -> Callable[[], str]:
    left = [times]

    def ask() -> str:
        clock.now += took
        left[0] -= 1
        if left[0] >= 0:
            raise TransientError("busy", retry_after=retry_after)
        return "answer"

    return ask


def patient(clock: Clock, *, attempts: int = 8, budget_seconds: float = 600.0) -> Retry:
    return Retry(
        attempts=attempts,
        budget_seconds=budget_seconds,
        sleep=clock.sleep,
        clock=lambda: clock.now,
        uniform=lambda low, high: high,
    )


def test_the_wait_doubles_up_to_a_limit() -> None:
    clock = Clock()
    assert patient(clock, attempts=10)(failing(8, clock)) == "answer"
    assert clock.waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_the_wait_is_drawn() -> None:
    clock = Clock()
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return 0.25

    Retry(sleep=clock.sleep, clock=lambda: clock.now, uniform=uniform)(failing(2, clock))
    assert drawn == [(0.0, 0.5), (0.0, 1.0)]
    assert clock.waits == [0.25, 0.25]


def test_the_server_may_ask_for_a_longer_wait() -> None:
    clock = Clock()
    patient(clock)(failing(1, clock, retry_after=7.0))
    patient(clock)(failing(1, clock, retry_after=3600.0))
    assert clock.waits == [7.0, 30.0]


def test_attempts_run_out() -> None:
    clock = Clock()
    with pytest.raises(GivenUpError, match="3 attempts failed") as given_up:
        patient(clock, attempts=3)(failing(3, clock))
    assert isinstance(given_up.value.__cause__, TransientError)
    assert len(clock.waits) == 2


def test_the_budget_is_the_job_s() -> None:
    clock = Clock()
    retry = patient(clock, budget_seconds=20.0)
    retry(failing(4, clock))  # 7.5 s of waiting
    with pytest.raises(GivenUpError, match="the job's 20 s for asking again are used up"):
        retry(failing(4, clock, took=4.0))
    assert clock.now <= 20.0 + 4.0  # a try that is under way is not cut off


def test_another_error_is_not_retried() -> None:
    clock = Clock()

    def ask() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        patient(clock)(ask)
    assert clock.waits == []
