"""The 21 bias metrics by their short names: what they are called, and what computes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from airflow_model_monitor.analysis.bias import (
    conditional_disparity,
    conditional_outcomes,
    flip_test,
    generalized_entropy,
    proportions,
    rate_differences,
    treatment_equality,
)
from airflow_model_monitor.analysis.bias.facet_sample import FacetSample
from airflow_model_monitor.analysis.bias.label_distances import LabelDistances
from airflow_model_monitor.analysis.bias.metric_error import MetricError
from airflow_model_monitor.contract.bias_metrics import BiasMetric
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility


@dataclass(frozen=True, slots=True)
class MetricKind:
    """A metric's full name as files have it (the original's spelling), and the function that computes it.

    :param compares_groups: it needs rows in both groups
    """

    title: str
    function: Callable[[FacetSample], float]
    compares_groups: bool = True


def catalogue(compatibility: Compatibility) -> Mapping[str, MetricKind]:
    """All metrics by short name; ``corrected`` keeps absent classes and documents the flip test's sign."""
    corrected = compatibility == CORRECTED
    distances = LabelDistances(keeps_absent_classes=corrected)
    return {
        "CDDL": MetricKind("Conditional Demographic Disparity in Labels", conditional_disparity.disparity_in_labels),
        "CI": MetricKind("Class Imbalance", proportions.class_imbalance),
        "DPL": MetricKind("Difference in Positive Proportions in Labels", proportions.difference_in_labels),
        "JS": MetricKind("Jensen-Shannon Divergence", distances.jensen_shannon),
        "KL": MetricKind("Kullback-Liebler Divergence", distances.kullback_leibler),
        "KS": MetricKind("Kolmogorov-Smirnov Distance", distances.kolmogorov_smirnov),
        "LP": MetricKind("L-p Norm", distances.lp_norm),
        "TVD": MetricKind("Total Variation Distance", distances.total_variation),
        "AD": MetricKind("Accuracy Difference", rate_differences.accuracy_difference),
        "CDDPL": MetricKind(
            "Conditional Demographic Disparity in Predicted Labels",
            conditional_disparity.disparity_in_predicted_labels,
        ),
        "DAR": MetricKind("Difference in Acceptance Rates", rate_differences.acceptance_rate_difference),
        "DCA": MetricKind("Difference in Conditional Acceptance", conditional_outcomes.conditional_acceptance),
        "DCR": MetricKind("Difference in Conditional Rejection", conditional_outcomes.conditional_rejection),
        "DI": MetricKind("Disparate Impact", proportions.disparate_impact),
        "DPPL": MetricKind(
            "Difference in Positive Proportions in Predicted Labels", proportions.difference_in_predicted_labels
        ),
        "DRR": MetricKind("Difference in Rejection Rates", rate_differences.rejection_rate_difference),
        "FT": MetricKind("Flip Test", flip_test.documented_flip_test if corrected else flip_test.flip_test),
        "GE": MetricKind("Generalized Entropy", generalized_entropy.generalized_entropy, compares_groups=False),
        "RD": MetricKind("Recall Difference", rate_differences.recall_difference),
        "SD": MetricKind("Specificity Difference", rate_differences.specificity_difference),
        "TE": MetricKind("Treatment Equality", treatment_equality.treatment_equality),
    }


def measure(name: str, kind: MetricKind, sample: FacetSample) -> BiasMetric:
    """The metric of one sample; what prevents it stands in the result as ``error``, beside a null value."""
    description = f"{kind.title} ({name})"
    try:
        if kind.compares_groups:
            _refuse_empty_group(sample)
        return BiasMetric(name, description, kind.function(sample))
    except MetricError as error:
        return BiasMetric(name, description, None, str(error))


def _refuse_empty_group(sample: FacetSample) -> None:
    if not sample.disadvantaged.rows:
        raise MetricError("The sensitive group is empty")
    if not sample.advantaged.rows:
        raise MetricError("The sensitive group holds every row: there is none to compare with")
