"""baseline_drift_check: has the distribution moved away from the baseline's?"""

from __future__ import annotations

from airflow_model_monitor.analysis.drift.feature_drift import FeatureDrift
from airflow_model_monitor.contract.java_number import double_to_string
from airflow_model_monitor.contract.violations import CheckType, Violation


def baseline_drift_check(name: str, drift: FeatureDrift) -> Violation | None:
    """Report a distance strictly above its threshold.

    A p-value (ChiSquared, Robust) is reported when it is strictly *below* the threshold. The text stays the one the
    original has for every distance, so that what parses it goes on doing so.
    """
    if not drift.exceeded:
        return None
    return Violation(
        name,
        CheckType.BASELINE_DRIFT,
        f"Baseline drift distance: {double_to_string(drift.distance)} "
        f"exceeds threshold: {double_to_string(drift.threshold)}",
    )
