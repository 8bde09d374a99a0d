"""categorical_values_check: are the values those the baseline knew?"""

from __future__ import annotations

from airflow_model_monitor.analysis.checks.observed_column import ObservedColumn, percent
from airflow_model_monitor.contract.constraints import FeatureConstraints, MonitoringConfig
from airflow_model_monitor.contract.violations import CheckType, Violation


def categorical_values_check(
    constraint: FeatureConstraints, config: MonitoringConfig, column: ObservedColumn
) -> Violation | None:
    """Compare the share of rows whose value is in the domain with ``domain_content_threshold``.

    A null is the value ``NullValue``, which the domain holds when the baseline had nulls.
    """
    if column.known_values is None or not column.rows:
        return None
    ratio = column.known_values / column.rows
    if ratio >= config.domain_content_threshold:
        return None
    return Violation(
        constraint.name,
        CheckType.CATEGORICAL_VALUES,
        f"Categorical value match requirement is not met. "
        f"Expected match: {percent(config.domain_content_threshold)}. "
        f"Observed: {percent(ratio)} of the values match the known values.",
    )
