"""data_type_check: do the values have the type the baseline found?"""

from __future__ import annotations

from airflow_model_monitor.analysis.checks.observed_column import ObservedColumn, percent
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility
from airflow_model_monitor.contract.constraints import FeatureConstraints, MonitoringConfig
from airflow_model_monitor.contract.violations import CheckType, Violation


def data_type_check(
    constraint: FeatureConstraints, config: MonitoringConfig, column: ObservedColumn, *, compatibility: Compatibility
) -> Violation | None:
    """Compare the share of values of the expected type, nulls aside, with ``datatype_check_threshold``.

    Each value counts by its own type, strictly: a number does not satisfy String, a fraction not Integral, and in the
    original an integer not Fractional either, which ``corrected`` mends. A column of nulls alone has a share of 0.
    ``true`` and ``false`` satisfy String, the label a column of them gets (the file's schema knows no Boolean).
    An Unknown column of the baseline expects nothing.
    """
    match constraint.inferred_type:
        case "Integral":
            matching = column.integral
        case "Fractional":
            matching = column.fractional + (column.integral if compatibility == CORRECTED else 0)
        case "String":
            matching = column.string + column.boolean
        case "Boolean":
            matching = column.boolean
        case _:
            return None
    ratio = matching / column.present if column.present else 0.0
    if ratio >= config.datatype_check_threshold:
        return None
    expected = constraint.inferred_type
    return Violation(
        constraint.name,
        CheckType.DATA_TYPE,
        f"Data type match requirement is not met. Expected data type: {expected}, "
        f"Expected match: {percent(config.datatype_check_threshold)}. "
        f"Observed: Only {percent(ratio)} of data is {expected}.",
    )
