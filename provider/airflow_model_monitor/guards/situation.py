"""All that a guard may look at. Nothing of it is read from a clock, so a decision can be repeated and replayed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from airflow_model_monitor.guards.finding import Finding
from airflow_model_monitor.service.retraining_ledger import Retraining
from airflow_model_monitor.service.windows import Window


@dataclass(frozen=True, slots=True)
class JudgedWindow:
    """A window that a monitor has judged, by its newest revision.

    :param checks: the kinds of violations it found, none for a quiet window
    """

    window: Window
    checks: frozenset[str]


@dataclass(frozen=True, slots=True)
class LastWindows:
    """The newest windows of a monitor.

    :param judged: oldest first
    :param failed: how many between and after them were never judged: their execution failed, for want of data say
    """

    judged: Sequence[JudgedWindow] = ()
    failed: int = 0


@dataclass(frozen=True, slots=True)
class WindowsAsked:
    """Which windows a guard wants to know of: the newest ``count`` that a monitor judged, ended by an instant."""

    monitor: str
    endpoint_name: str | None
    output_uri: str
    until: datetime
    count: int


def _none_before(finding: Finding) -> bool:
    return False


def _no_windows(asked: WindowsAsked) -> LastWindows:
    return LastWindows()


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a decision is made.

    :param at: its instant: that of the newest finding
    :param findings: the reasons that are left
    :param retrainings: all there were, oldest first
    :param running: ids of those that go on
    :param told_before: whether another run has dealt with a finding
    :param windows: looks up windows
    """

    at: datetime
    findings: tuple[Finding, ...]
    retrainings: tuple[Retraining, ...] = ()
    running: frozenset[str] = frozenset()
    told_before: Callable[[Finding], bool] = _none_before
    windows: Callable[[WindowsAsked], LastWindows] = _no_windows
