"""A bias analysis: rows in, analysis.json, violations and metrics out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from numpy.typing import ArrayLike

from airflow_model_monitor.analysis.bias.bias_rows import BiasRows, bias_rows
from airflow_model_monitor.analysis.bias.compared_groups import ComparedGroups
from airflow_model_monitor.analysis.bias.drift import Comparison, compare, violations
from airflow_model_monitor.analysis.bias.flip_counts import FlipCounts
from airflow_model_monitor.analysis.bias.group_matching import baseline_kind
from airflow_model_monitor.analysis.bias.measurement import Measurement
from airflow_model_monitor.analysis.bias.metric_records import metric_records
from airflow_model_monitor.analysis.bias.predicted_labels import labels_of_scores
from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.clarify_violations import ClarifyViolations
from airflow_model_monitor.contract.compatibility import CORRECTED, SAGEMAKER, Compatibility
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.metric_record import MetricRecord


@dataclass(frozen=True, slots=True)
class OriginalBias:
    """What the original makes of the same rows, said beside a corrected result.

    :param report: with the original's type guesses and its flip test's sign; None where it would have failed
    :param violations: by its rule; None where there is no baseline or no report
    :param error: with what it would have failed, or None
    """

    report: AnalysisReport | None = None
    violations: ClarifyViolations | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class BiasResult:
    """The outcome of a bias analysis.

    :param violations: None where there is no baseline
    :param comparisons: every metric beside the baseline's, with both verdicts; what could not be compared says why
    :param metrics: for CloudWatch; none without a metric context
    :param left_out: rows left out, by the name of the column whose value they lack
    :param original: the original's result, where this one is corrected
    :param groups: how many rows the groups have, stage by stage
    """

    report: AnalysisReport
    rows: int
    violations: ClarifyViolations | None = None
    comparisons: tuple[Comparison, ...] = ()
    metrics: tuple[MetricRecord, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    original: OriginalBias | None = None
    groups: tuple[ComparedGroups, ...] = ()

    @property
    def not_compared(self) -> tuple[Comparison, ...]:
        """The metrics that have no verdict, each with its reason."""
        return tuple(found for found in self.comparisons if found.reason is not None)


def analyze(
    features: Mapping[str, ArrayLike],
    labels: ArrayLike,
    config: AnalysisConfig,
    *,
    label_name: str,
    predicted_labels: ArrayLike | None = None,
    probabilities: ArrayLike | None = None,
    facets: Mapping[str, ArrayLike] | None = None,
    baseline: AnalysisReport | None = None,
    compatibility: Compatibility,
    emit: MetricContext | None = None,
    threads: int = 1,
) -> BiasResult:
    """Measure bias between the groups of ``config``, and compare with a baseline.

    :param features: columns by name, one axis each: what the flip test compares rows by, with facets and group variable
    :param labels: observed labels
    :param config: facets and group variable by name, or by position among ``features``
    :param label_name: what the report calls the label
    :param predicted_labels: one for each row; without them and without probabilities nothing is measured after training
    :param probabilities: instead of predicted labels: one score for each row, or one for each of the label headers
    :param facets: columns that are facets only and no features
    :param baseline: analysis.json of a bias job
    :param emit: whose metrics to record; None records none
    :param threads: of the flip test's search
    :raises ContractError: settings that do not go with the rows; without a baseline also a group nobody is in
    """
    if predicted_labels is not None and probabilities is not None:
        raise ContractError("both predicted labels and probabilities are given", remedy="Give one of the two.")
    if probabilities is not None:
        headers = config.predictor.label_headers if config.predictor else ()
        predicted_labels = labels_of_scores(probabilities, config.threshold, headers)
    rows = bias_rows(features, labels, label_name=label_name, predicted=predicted_labels, facets=facets)
    flips = FlipCounts(threads)
    measurement = Measurement(config, compatibility, flips, partial(baseline_kind, baseline))
    report = measurement.run(rows)
    if compatibility == CORRECTED and baseline is None:
        _refuse_empty_groups(report)
    comparisons = () if baseline is None else compare(report, baseline, compatibility)
    return BiasResult(
        report=report,
        rows=len(rows.labels),
        violations=None if baseline is None else violations(comparisons, compatibility),
        comparisons=comparisons,
        metrics=() if emit is None else metric_records(report, emit),
        left_out=measurement.left_out,
        original=_original(rows, config, baseline, flips) if compatibility == CORRECTED else None,
        groups=tuple(measurement.groups),
    )


def _original(
    rows: BiasRows, config: AnalysisConfig, baseline: AnalysisReport | None, flips: FlipCounts
) -> OriginalBias:
    try:
        report = Measurement(config, SAGEMAKER, flips).run(rows)
    except ContractError as error:
        return OriginalBias(error=str(error))
    if baseline is None:
        return OriginalBias(report)
    return OriginalBias(report, violations(compare(report, baseline, SAGEMAKER), SAGEMAKER))


def _refuse_empty_groups(report: AnalysisReport) -> None:
    """A baseline that can judge nothing is refused; a live window without some group is reported instead."""
    section = report.pre_training_bias or report.post_training_bias
    for facet, _, group in () if section is None else section.groups():
        comparing = [metric for metric in group.metrics if metric.name != "GE"]
        if comparing and all(metric.value is None for metric in comparing):
            reason = next(metric.error for metric in comparing)
            raise ContractError(
                f"the group {group.value_or_threshold!r} cannot be compared: {reason}",
                field=facet,
                remedy="Check value_or_threshold of the facet against the dataset's values.",
            )
