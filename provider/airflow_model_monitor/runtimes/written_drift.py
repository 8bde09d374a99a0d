"""The distances that AWS's analyzer measured but does not write, measured anew from the two files of statistics."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from airflow_model_monitor.analysis.drift.feature_drift import FeatureDrift, feature_drift
from airflow_model_monitor.contract.compatibility import SAGEMAKER

if TYPE_CHECKING:
    from airflow_model_monitor.contract.constraints import Constraints
    from airflow_model_monitor.contract.statistics import Statistics


def written_drift(
    current: Statistics | None, baseline: Statistics | None, constraints: Constraints | None
) -> dict[str, FeatureDrift]:
    """Distance and threshold of every feature that both files know, by name; finite ones only.

    :param constraints: the baseline's, for its settings; without them, or without a file, there is no drift
    """
    if current is None or baseline is None or constraints is None:
        return {}
    before = {feature.name: feature for feature in baseline.features}
    found = {
        feature.name: feature_drift(
            feature,
            before[feature.name],
            constraints.config_for(feature.name).distribution_constraints,
            compatibility=SAGEMAKER,
        )
        for feature in current.features
        if feature.name in before
    }
    return {name: one for name, one in found.items() if one is not None and isfinite(one.distance)}
