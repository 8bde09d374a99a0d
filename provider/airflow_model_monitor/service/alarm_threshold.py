"""What a baseline says about alarms: which metrics to watch, and from where on they are wrong.

An alarm made of these rings where the monitor itself reports a violation, so the two never contradict each other.
Attribution drift is the exception: it is judged by NDCG, which is no metric in CloudWatch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_config import BiasStage
from airflow_model_monitor.contract.constraints import Constraints, FeatureConstraints
from airflow_model_monitor.contract.model_quality_constraints import ModelQualityConstraints
from airflow_model_monitor.service.drift_alarm import Comparison

DRIFT_CHECK: Final = "baseline_drift_check"
COMPLETENESS_CHECK: Final = "completeness_check"
DATA_CHECKS: Final = (DRIFT_CHECK, COMPLETENESS_CHECK)
_CATEGORICAL: Final = ("String", "Boolean")
_STAGES: Final[Mapping[BiasStage, str]] = {"post_training_bias": "Post-Training", "pre_training_bias": "Pre-training"}
# Disparate impact is a ratio: groups fare alike at 1. All other metrics are differences or distances.
_PARITY: Final = {"DI": 1.0}
_NEVER_NEGATIVE: Final = frozenset({"KL", "JS", "LP", "TVD", "KS", "GE"})


@dataclass(frozen=True, slots=True)
class AlarmThreshold:
    """One metric to watch.

    :param metric: its name in CloudWatch
    :param subject: what it is about, a feature or a metric of a group; tells it from the others
    :param dimensions: its further ones
    """

    metric: str
    subject: str
    threshold: float
    comparison: Comparison
    dimensions: Mapping[str, str] = field(default_factory=dict)


def data_quality_thresholds(
    text: str | bytes, file: str, *, features: Collection[str] | None = None, checks: Collection[str] = (DRIFT_CHECK,)
) -> tuple[AlarmThreshold, ...]:
    """Per feature its drift, and its completeness if asked for; features without metrics or comparison are left out.

    :param text: a constraints.json
    :param features: only these; None: all
    :raises ValueError: a feature the baseline does not know
    :raises ContractError: naming ``file`` and what is wrong in it
    """
    constraints = Constraints.from_json(text, file)
    unknown = [name for name in features or () if constraints.feature(name) is None]
    if unknown:
        known = ", ".join(sorted(constraints.by_name))
        raise ValueError(f"features: {unknown[0]!r} is no feature of {file}, which has {known}")
    return tuple(
        threshold
        for feature in constraints.features
        if (features is None or feature.name in features) and constraints.config_for(feature.name).emit_metrics
        for threshold in _of_feature(constraints, feature, checks)
    )


def model_quality_thresholds(text: str | bytes, file: str) -> tuple[AlarmThreshold, ...]:
    """Every metric that the constraints hold to something.

    :param text: a constraints.json of the model quality monitor
    :raises ContractError: naming ``file`` and what is wrong in it
    """
    found = ModelQualityConstraints.from_json(text, file).constraints
    return tuple(
        AlarmThreshold(name, name, constraint.threshold, constraint.comparison_operator)
        for name, constraint in found.items()
        if isfinite(constraint.threshold)
    )


def bias_thresholds(text: str | bytes, file: str) -> tuple[AlarmThreshold, ...]:
    """Per metric of a group one threshold on either side of parity, as far away as the baseline's value.

    :param text: an analysis.json of the bias monitor
    :raises ContractError: naming ``file`` and what is wrong in it
    """
    report = AnalysisReport.from_json(text, file)
    return tuple(threshold for stage in _STAGES for threshold in _of_stage(report, stage))


def _of_feature(
    constraints: Constraints, feature: FeatureConstraints, checks: Collection[str]
) -> Iterator[AlarmThreshold]:
    settings = constraints.config_for(feature.name).distribution_constraints
    if DRIFT_CHECK in checks and settings.perform_comparison:
        threshold, comparison = settings.comparison_threshold, "GreaterThanThreshold"
        if feature.inferred_type in _CATEGORICAL:
            threshold = settings.categorical_threshold
            if settings.categorical_method == "ChiSquared" and settings.comparison_method == "Robust":
                comparison = "LessThanThreshold"  # a p-value: small means drift
        name = f"feature_baseline_drift_{feature.name}"
        yield AlarmThreshold(name, name, threshold, comparison)  # type: ignore[arg-type]
    # A completeness of 0 is never undercut, and such an alarm never rings.
    if COMPLETENESS_CHECK in checks and feature.completeness:
        name = f"feature_non_null_{feature.name}"
        yield AlarmThreshold(name, name, feature.completeness, "LessThanThreshold")


def _of_stage(report: AnalysisReport, stage: BiasStage) -> Iterator[AlarmThreshold]:
    section = report.bias(stage)
    for facet, _, group in section.groups() if section is not None else ():
        assert section is not None
        dimensions = {
            "BiasStage": _STAGES[stage],
            "Label": section.label,
            "LabelValue": section.label_value_or_threshold,
            "Facet": facet,
            "FacetValue": group.value_or_threshold,
        }
        for metric in group.metrics:
            if metric.value is None or not isfinite(metric.value):
                continue
            parity = _PARITY.get(metric.name, 0.0)
            distance = abs(metric.value - parity)
            name, subject = f"bias_metric_{metric.name}", f"{stage}.{facet}.{group.value_or_threshold}.{metric.name}"
            yield AlarmThreshold(name, f"{subject}.above", parity + distance, "GreaterThanThreshold", dimensions)
            if metric.name not in _NEVER_NEGATIVE:
                yield AlarmThreshold(name, f"{subject}.below", parity - distance, "LessThanThreshold", dimensions)
