"""Findings, windows and retrainings to decide about; hours are counted from noon of a day in June."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_model_monitor.guards.finding import Finding
from airflow_model_monitor.guards.situation import JudgedWindow, Situation
from airflow_model_monitor.service.retraining_ledger import Ended, Retraining
from airflow_model_monitor.service.windows import Window

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
MONITOR = "churn"


def hour(number: float) -> datetime:
    return NOON + timedelta(hours=number)


def window(end: float) -> Window:
    return Window(hour(end - 1), hour(end))


def violations(end: float = 0, run_type: str = "scheduled") -> Finding:
    one = window(end)
    return Finding("violations", MONITOR, one.end, f"window|{MONITOR}|{one.folder}", run_type, one)


def alarm(at: float = 0, name: str = "churn-drift") -> Finding:
    return Finding("alarm", name, hour(at), f"alarm|{name}|{hour(at)}")


def retraining(begun: float, *, ended: float | None = None, outcome: Any = "finished", number: int = 1) -> Retraining:
    return Retraining(
        id=f"retraining-{number}",
        dag_id="retrain",
        run_id=f"run-{number}",
        at=hour(begun),
        wall=hour(begun),
        reason="drift",
        number=number,
        ended=None if ended is None else Ended(outcome, hour(ended)),
    )


def judged(end: float, *checks: str) -> JudgedWindow:
    return JudgedWindow(window(end), frozenset(checks))


def situation(*findings: Finding, at: float = 0, **known: Any) -> Situation:
    return Situation(at=hour(at), findings=findings or (violations(at),), **known)
