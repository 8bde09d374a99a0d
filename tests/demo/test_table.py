"""The demonstration's table, a week at a time."""

from __future__ import annotations

import pytest

from airflow_model_monitor.contract.execution import Verdict
from airflow_model_monitor.contract.violations import Violation
from demo.table import spoken, worst

DRIFT = "Baseline drift distance: {} exceeds threshold: 0.1"
MISSING = "Data completeness requirement is not met. Expected: 96.5%. Observed: Only {}%."


@pytest.mark.parametrize(
    ("violations", "expected"),
    [
        ((), ""),
        ((Violation("a", "completeness_check", MISSING.format("84.825")),), "a (84.8% present)"),
        (
            (
                Violation("a", "completeness_check", MISSING.format("90.0")),
                Violation("b", "baseline_drift_check", DRIFT.format("0.11")),
                Violation("c", "baseline_drift_check", DRIFT.format("0.2158")),
            ),
            "c (drift 0.216)",
        ),
        ((Violation("d", "data_type_check", "Data type match requirement is not met."),), "d"),
    ],
)
def test_worst(violations: tuple[Violation, ...], expected: str) -> None:
    assert worst(violations) == expected


def test_spoken() -> None:
    verdict = Verdict("CompletedWithViolations", 3, {"completeness_check": 1, "baseline_drift_check": 2})

    assert spoken(verdict) == "drift 2, completeness 1"
    assert spoken(Verdict("Completed", 0)) == "ok"
