"""completeness_check: are as many values present as in the baseline?"""

from __future__ import annotations

from airflow_model_monitor.analysis.checks.observed_column import ObservedColumn, percent
from airflow_model_monitor.contract.constraints import FeatureConstraints
from airflow_model_monitor.contract.violations import CheckType, Violation


def completeness_check(constraint: FeatureConstraints, column: ObservedColumn) -> Violation | None:
    """Compare the share of present values with the constraint's; a constraint without one expects nothing."""
    if constraint.completeness is None or not column.rows:
        return None
    ratio = column.present / column.rows
    if ratio >= constraint.completeness:
        return None
    return Violation(
        constraint.name,
        CheckType.COMPLETENESS,
        f"Data completeness requirement is not met. Expected: {percent(constraint.completeness)}. "
        f"Observed: Only {percent(ratio)}.",
    )
