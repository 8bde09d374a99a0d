"""Constraints suggested from what the data looks like: the baseline of the runs to come."""

from __future__ import annotations

from dataclasses import replace

from airflow_model_monitor.contract.constraints import (
    DEFAULT_MONITORING_CONFIG,
    CategoricalDriftMethod,
    Constraints,
    FeatureConstraints,
    MonitoringConfig,
    NumConstraints,
    StringConstraints,
)
from airflow_model_monitor.contract.statistics import (
    FeatureStatistics,
    NumericalStatistics,
    Statistics,
    StringStatistics,
)


def suggest_constraints(
    statistics: Statistics, *, categorical_drift_method: CategoricalDriftMethod | None = None
) -> Constraints:
    """Suggest that data to come look like this.

    Completeness is the observed ratio, without a margin; numbers are non-negative when the smallest one is; the domain
    of a String feature is every value of its histogram, ``NullValue`` among them when there are nulls, and there is no
    domain without a histogram. A column of nulls alone is Unknown: its completeness is 0.0 and nothing else is known,
    so that any value to come satisfies it.

    :param statistics: of the data to learn from
    :param categorical_drift_method: distance for String features to write into the settings; None for the default
    """
    return Constraints(
        features=tuple(_suggest(feature, statistics.item_count) for feature in statistics.features),
        monitoring_config=_settings(categorical_drift_method),
    )


def _suggest(feature: FeatureStatistics, rows: int) -> FeatureConstraints:
    present = feature.common.num_present if feature.common else 0
    return FeatureConstraints(
        name=feature.name,
        inferred_type=feature.inferred_type,
        completeness=present / rows if rows else 0.0,
        num_constraints=_numbers(feature.numerical_statistics),
        string_constraints=_strings(feature.string_statistics),
    )


def _numbers(statistics: NumericalStatistics | None) -> NumConstraints | None:
    if statistics is None or statistics.min is None:
        return None
    return NumConstraints(is_non_negative=statistics.min >= 0)


def _strings(statistics: StringStatistics | None) -> StringConstraints | None:
    if statistics is None or statistics.distribution is None:
        return None
    return StringConstraints(tuple(bucket.value for bucket in statistics.distribution))


def _settings(categorical_drift_method: CategoricalDriftMethod | None) -> MonitoringConfig:
    if categorical_drift_method is None:
        return DEFAULT_MONITORING_CONFIG
    return replace(
        DEFAULT_MONITORING_CONFIG,
        distribution_constraints=replace(
            DEFAULT_MONITORING_CONFIG.distribution_constraints, categorical_drift_method=categorical_drift_method
        ),
    )
