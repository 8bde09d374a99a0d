"""The verdict on current data: every check of every feature, and the drift of each from its baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from airflow_model_monitor.analysis.checks.baseline_drift import baseline_drift_check
from airflow_model_monitor.analysis.checks.categorical_values import categorical_values_check
from airflow_model_monitor.analysis.checks.column_count import column_count_check
from airflow_model_monitor.analysis.checks.completeness import completeness_check
from airflow_model_monitor.analysis.checks.data_type import data_type_check
from airflow_model_monitor.analysis.checks.non_negative import non_negative_check
from airflow_model_monitor.analysis.checks.observed_column import ObservedColumn
from airflow_model_monitor.analysis.column_pairing import ColumnPairing
from airflow_model_monitor.analysis.drift.feature_drift import FeatureDrift, feature_drift
from airflow_model_monitor.contract.compatibility import CORRECTED, SAGEMAKER, Compatibility
from airflow_model_monitor.contract.constraints import (
    CategoricalDriftMethod,
    Constraints,
    FeatureConstraints,
    MonitoringConfig,
)
from airflow_model_monitor.contract.statistics import FeatureStatistics, Statistics
from airflow_model_monitor.contract.violations import ConstraintViolations, Violation

_TYPE_ORDER: Final = ("Fractional", "Integral", "String", "Boolean", "Unknown")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one behaviour says of the current data.

    :param violations: in the order of the file
    :param drift: by feature name, for every feature that was compared
    """

    violations: ConstraintViolations
    drift: Mapping[str, FeatureDrift] = field(default_factory=dict)


def judge(
    pairing: ColumnPairing,
    statistics: Statistics,
    observed: Sequence[ObservedColumn],
    constraints: Constraints,
    baseline: Statistics | None = None,
    *,
    compatibility: Compatibility,
    categorical_drift_method: CategoricalDriftMethod | None = None,
) -> Verdict:
    """Check the current data against a baseline.

    A column too few or too many is reported first. The original stops there; ``corrected`` checks the columns it has.
    ``monitoring_config`` and a feature's overrides decide which checks run: ``evaluate_constraints`` switches off the
    checks of a feature's values, ``perform_comparison`` its drift. The number of columns is always compared, since
    nothing else can be without it.

    The order of violations is not stable in the original. Ours is one that agrees with the real files: fractional
    features first, then integral ones, then texts; within a type the last column first; drift after all of them, in
    column order.

    :param pairing: the current columns beside the baseline's features
    :param statistics: of the current data, in column order
    :param observed: what the checks see of each column, in column order
    :param constraints: the baseline's
    :param baseline: statistics of the baseline; None leaves drift out
    :param categorical_drift_method: distance for String features, over what the constraints say; None leaves it to them
    """
    counted = column_count_check(pairing)
    if compatibility == SAGEMAKER and counted:
        return Verdict(ConstraintViolations(counted))
    judged: list[tuple[int, list[Violation]]] = []
    drift: dict[str, FeatureDrift] = {}
    drifted: list[Violation] = []
    for feature, column in zip(constraints.features, pairing.columns, strict=True):
        if column is None:
            continue
        config = _settings(constraints, feature, categorical_drift_method)
        if config.evaluate_constraints:
            found = _check(feature, config, observed[column], compatibility)
            judged.append((_TYPE_ORDER.index(feature.inferred_type), found))
        before = None if baseline is None else baseline.feature(feature.name)
        moved = _compare(statistics.features[column], before, config, compatibility)
        if moved is not None:
            drift[feature.name] = moved
            violation = baseline_drift_check(feature.name, moved)
            drifted += [violation] if violation else []
    judged.reverse()
    judged.sort(key=lambda item: item[0])
    checked = [violation for _, violations in judged for violation in violations]
    return Verdict(ConstraintViolations((*counted, *checked, *drifted)), drift)


def _settings(
    constraints: Constraints, feature: FeatureConstraints, method: CategoricalDriftMethod | None
) -> MonitoringConfig:
    config = constraints.config_for(feature.name)
    if method is None:
        return config
    return replace(
        config, distribution_constraints=replace(config.distribution_constraints, categorical_drift_method=method)
    )


def _check(
    feature: FeatureConstraints, config: MonitoringConfig, column: ObservedColumn, compatibility: Compatibility
) -> list[Violation]:
    found = [
        data_type_check(feature, config, column, compatibility=compatibility),
        completeness_check(feature, column),
        categorical_values_check(feature, config, column),
        non_negative_check(feature, column) if compatibility == CORRECTED else None,
    ]
    return [violation for violation in found if violation is not None]


def _compare(
    current: FeatureStatistics,
    before: FeatureStatistics | None,
    config: MonitoringConfig,
    compatibility: Compatibility,
) -> FeatureDrift | None:
    if before is None:
        return None
    return feature_drift(current, before, config.distribution_constraints, compatibility=compatibility)
