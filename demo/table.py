"""One line per week: what the monitor found, and what the original would have said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from airflow_model_monitor.contract.violations import FILE_NAME, ConstraintViolations

if TYPE_CHECKING:
    from airflow_model_monitor.contract.execution import Verdict
    from airflow_model_monitor.contract.violations import Violation
    from airflow_model_monitor.service.revisions import Revision

DRIFT = "baseline_drift_check"
COMPLETENESS = "completeness_check"
HEADER = f"{'week of':<12}{'rows':>6}  {'violations':<10}  {'worst feature':<32}{'corrected':<26}{'original':<26}"

_DISTANCE = re.compile(r"distance: (\S+) exceeds")
_OBSERVED = re.compile(r"Observed: Only (\S+)%")


@dataclass(frozen=True)
class Week:
    """One execution as the table shows it."""

    start: date
    rows: int
    worst: str
    corrected: Verdict
    original: Verdict
    report: str
    drift: float

    @classmethod
    def of(cls, revision: Revision) -> Week:
        """The week a published execution judged."""
        execution = revision.execution
        assert execution.window is not None
        assert execution.original_verdict is not None
        assert execution.report is not None
        return cls(
            start=execution.window.start.date(),
            rows=execution.rows or 0,
            worst=worst(violations_of(revision)),
            corrected=execution.verdict,
            original=execution.original_verdict,
            report=revision.url_of(execution.report),
            drift=max(execution.drift.values(), default=0.0),
        )

    def line(self) -> str:
        """The week as a line of the table."""
        return (
            f"{self.start.isoformat():<12}{self.rows:>6}  {self.corrected.violations or '':<10}  {self.worst:<32}"
            f"{spoken(self.corrected):<26}{spoken(self.original):<26}"
        ).rstrip()


def violations_of(revision: Revision) -> tuple[Violation, ...]:
    """The violations of a published execution; a quiet one has no such file."""
    if FILE_NAME not in revision.execution.files:
        return ()
    return ConstraintViolations.from_json(revision.read(FILE_NAME), revision.url_of(FILE_NAME)).violations


def worst(violations: tuple[Violation, ...]) -> str:
    """The feature that drifted furthest, else the one with most values missing, with its figure."""
    drifted = {v.feature_name: float(_found(_DISTANCE, v)) for v in violations if v.constraint_check_type == DRIFT}
    if drifted:
        feature = max(drifted, key=drifted.__getitem__)
        return f"{feature} (drift {drifted[feature]:.3f})"
    present = {
        v.feature_name: float(_found(_OBSERVED, v)) for v in violations if v.constraint_check_type == COMPLETENESS
    }
    if present:
        feature = min(present, key=present.__getitem__)
        return f"{feature} ({present[feature]:.1f}% present)"
    return violations[0].feature_name if violations else ""


def spoken(verdict: Verdict) -> str:
    """``drift 2, completeness 1``, or ``ok``."""
    if not verdict.violations:
        return "ok"
    names = {DRIFT: "drift"}
    return ", ".join(
        f"{names.get(check, check.removesuffix('_check').replace('_', ' '))} {count}"
        for check, count in sorted(verdict.by_check.items())
    )


def _found(pattern: re.Pattern[str], violation: Violation) -> str:
    match = pattern.search(violation.description)
    assert match is not None, violation
    return match[1]
