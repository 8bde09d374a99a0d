"""Observed beside predicted outcomes of each group: DCA and DCR."""

from __future__ import annotations

from airflow_model_monitor.analysis.bias.division import difference_of_ratios, divide
from airflow_model_monitor.analysis.bias.facet_sample import FacetSample

# Where both ratios are infinite the original writes the integer 0, not 0.0.
_BOTH_INFINITE = 0


def conditional_acceptance(sample: FacetSample) -> float:
    """DCA: observed over predicted positives, of the others minus of the sensitive group."""
    first, second = (
        divide(group.positives, group.predicted_positives) for group in (sample.advantaged, sample.disadvantaged)
    )
    return difference_of_ratios(first, second, both_infinite=_BOTH_INFINITE)


def conditional_rejection(sample: FacetSample) -> float:
    """DCR: observed over predicted negatives, of the sensitive group minus of the others."""
    first, second = (
        divide(group.negatives, group.predicted_negatives) for group in (sample.disadvantaged, sample.advantaged)
    )
    return difference_of_ratios(first, second, both_infinite=_BOTH_INFINITE)
