"""Bias drift: which metrics of the live data are worse than the baseline's.

The original calls a metric drifted when it is farther from 0 than the baseline's, whatever the metric. That is wrong
for disparate impact alone, a ratio whose parity is 1; ``corrected`` measures its distance from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from airflow_model_monitor.analysis.bias.group_matching import match_groups
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_config import BiasStage
from airflow_model_monitor.contract.bias_metrics import BiasMetric, FacetMetrics
from airflow_model_monitor.contract.clarify_violations import BiasViolation, ClarifyViolations, bias_drift_description
from airflow_model_monitor.contract.compatibility import CORRECTED, SAGEMAKER, Compatibility

_PARITY: Final = {"DI": 1.0}
"""What a metric is when groups fare alike, where that is not 0."""
STAGES: Final[tuple[BiasStage, ...]] = ("post_training_bias", "pre_training_bias")
"""In the order of analysis.json, which violations follow."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A metric of one group beside the baseline's.

    :param live: None where it has no value, and then nothing drifted
    :param drifted: by the behaviour of the run
    :param drifted_in_original: by the original's rule
    :param reason: why the two cannot be compared, or None
    """

    stage: BiasStage
    facet: str
    facet_value: str
    baseline_facet_value: str | None
    metric_name: str
    live: float | None
    baseline: float | None
    drifted: bool = False
    drifted_in_original: bool = False
    reason: str | None = None


def compare(live: AnalysisReport, baseline: AnalysisReport, compatibility: Compatibility) -> tuple[Comparison, ...]:
    """Every metric of the live groups beside the baseline's: stage by stage, group by group, in the file's order."""
    return tuple(
        comparison
        for stage in STAGES
        for facet, group, partner in match_groups(live.bias(stage), baseline.bias(stage), compatibility)
        for comparison in _compare_group(stage, facet, group, partner, compatibility)
    )


def violations(comparisons: tuple[Comparison, ...], compatibility: Compatibility) -> ClarifyViolations:
    """The metrics that drifted, in the order they were compared."""
    return ClarifyViolations(tuple(_violation(found, compatibility) for found in comparisons if found.drifted))


def has_drifted(name: str, live: float, baseline: float, compatibility: Compatibility) -> bool:
    """Whether a metric is farther from parity than the baseline's, strictly. Both may be infinite."""
    parity = _PARITY.get(name, 0.0) if compatibility == CORRECTED else 0.0
    return abs(live - parity) > abs(baseline - parity)


def _compare_group(
    stage: BiasStage, facet: str, live: FacetMetrics, baseline: FacetMetrics | None, compatibility: Compatibility
) -> Iterator[Comparison]:
    baseline_value = None if baseline is None else baseline.value_or_threshold
    names = [metric.name for metric in live.metrics]
    if baseline is not None:
        names = sorted({*names, *(metric.name for metric in baseline.metrics)})
    for name in names:
        mine, theirs = live.metric(name), None if baseline is None else baseline.metric(name)
        now = None if mine is None else mine.value
        before = None if theirs is None else theirs.value
        drifted = drifted_in_original = False
        if now is not None and before is not None:
            drifted = has_drifted(name, now, before, compatibility)
            drifted_in_original = has_drifted(name, now, before, SAGEMAKER)
        yield Comparison(
            stage,
            facet,
            live.value_or_threshold,
            baseline_value,
            name,
            now,
            before,
            drifted,
            drifted_in_original,
            _reason(mine, theirs, baseline),
        )


def _reason(live: BiasMetric | None, theirs: BiasMetric | None, baseline: FacetMetrics | None) -> str | None:
    if baseline is None:
        return "The baseline has no such group"
    if live is None:
        return "The metric was not computed"
    if live.value is None:
        return live.error or "The metric has no value"
    if theirs is None:
        return "The baseline has no such metric"
    if theirs.value is None:
        return f"The baseline's metric has no value: {theirs.error}" if theirs.error else "The baseline's value is null"
    return None


def _violation(found: Comparison, compatibility: Compatibility) -> BiasViolation:
    assert found.live is not None
    assert found.baseline is not None
    description = bias_drift_description(found.live, found.baseline)
    if compatibility == CORRECTED and found.metric_name in _PARITY:
        description += f": it is farther from {_PARITY[found.metric_name]:g}"
    return BiasViolation(found.facet, found.facet_value, found.metric_name, description)
