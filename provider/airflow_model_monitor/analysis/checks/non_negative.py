"""is_non_negative_check: no negative values where the baseline had none. Ours, in ``corrected`` alone."""

from __future__ import annotations

from airflow_model_monitor.analysis.checks.observed_column import ObservedColumn
from airflow_model_monitor.contract.constraints import FeatureConstraints
from airflow_model_monitor.contract.java_number import double_to_string
from airflow_model_monitor.contract.violations import CheckType, Violation


def non_negative_check(constraint: FeatureConstraints, column: ObservedColumn) -> Violation | None:
    """Hold the smallest value against ``num_constraints.is_non_negative``, which the original writes and never reads.

    A column that is not numeric any more has no smallest value; its data type check speaks.
    """
    if constraint.num_constraints is None or not constraint.num_constraints.is_non_negative:
        return None
    if column.minimum is None or not column.minimum < 0:
        return None
    return Violation(
        constraint.name,
        CheckType.IS_NON_NEGATIVE,
        f"Non-negative requirement is not met. Expected: no value below 0. "
        f"Observed: Smallest value is {double_to_string(column.minimum)}.",
    )
