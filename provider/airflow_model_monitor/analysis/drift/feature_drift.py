"""The drift of one feature: which distance applies, and the threshold it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from airflow_model_monitor.analysis.drift.categorical_linfinity import categorical_linfinity
from airflow_model_monitor.analysis.drift.chi_squared import chi_squared
from airflow_model_monitor.analysis.drift.numeric_linfinity import SketchLevels, numeric_linfinity
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility
from airflow_model_monitor.contract.constraints import DistributionConstraints
from airflow_model_monitor.contract.statistics import FeatureStatistics

_NUMERIC = frozenset(("Integral", "Fractional"))


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """How far a feature has moved.

    :param distance: 0 to 1 (L-infinity), a p-value (ChiSquared, Robust) or a statistic (ChiSquared, Simple)
    :param threshold: what it is held against
    :param low_is_drift: whether the distance is a p-value, where small means drift
    """

    distance: float
    threshold: float
    low_is_drift: bool = False

    @property
    def exceeded(self) -> bool:
        """Whether this is a violation; a distance equal to the threshold is none."""
        return self.distance < self.threshold if self.low_is_drift else self.distance > self.threshold


def feature_drift(
    current: FeatureStatistics,
    baseline: FeatureStatistics,
    settings: DistributionConstraints,
    *,
    compatibility: Compatibility,
) -> FeatureDrift | None:
    """Compare a feature with its baseline; None where the original compares nothing.

    That is: comparison switched off; inferred types that differ (``corrected`` compares Integral with Fractional); a
    String feature with too many values for a histogram on either side; a statistics file that holds no sketch; a
    column of nulls; a chi-squared test with fewer than two categories.
    """
    if not settings.perform_comparison:
        return None
    types = {current.inferred_type, baseline.inferred_type}
    if types == {"String"} or types == {"Boolean"}:
        return _categorical(current, baseline, settings)
    if types <= _NUMERIC and (len(types) == 1 or compatibility == CORRECTED):
        return _numeric(current, baseline, settings, compatibility)
    return None


def _numeric(
    current: FeatureStatistics,
    baseline: FeatureStatistics,
    settings: DistributionConstraints,
    compatibility: Compatibility,
) -> FeatureDrift | None:
    one, other = _levels(current), _levels(baseline)
    if one is None or other is None:
        return None
    distance = numeric_linfinity(one, other, settings.comparison_method, count_repeats=compatibility == CORRECTED)
    return None if distance is None else FeatureDrift(distance, settings.comparison_threshold)


def _categorical(
    current: FeatureStatistics, baseline: FeatureStatistics, settings: DistributionConstraints
) -> FeatureDrift | None:
    one, other = _counts(current), _counts(baseline)
    if one is None or other is None:
        return None
    chi = settings.categorical_method == "ChiSquared"
    measure = chi_squared if chi else categorical_linfinity
    distance = measure(one, other, settings.comparison_method)
    if distance is None or isnan(distance):
        return None
    p_value = chi and settings.comparison_method == "Robust"
    return FeatureDrift(distance, settings.categorical_threshold, low_is_drift=p_value)


def _levels(feature: FeatureStatistics) -> SketchLevels | None:
    numerical = feature.numerical_statistics
    if numerical is None or numerical.distribution is None or numerical.distribution.sketch is None:
        return None
    return numerical.distribution.sketch.data


def _counts(feature: FeatureStatistics) -> dict[str, int] | None:
    strings = feature.string_statistics
    if strings is None or strings.distribution is None:
        return None
    return {bucket.value: bucket.count for bucket in strings.distribution}
