"""Which kind of mistake a group gets: TE."""

from __future__ import annotations

from airflow_model_monitor.analysis.bias.division import difference_of_ratios, divide
from airflow_model_monitor.analysis.bias.facet_sample import FacetSample


def treatment_equality(sample: FacetSample) -> float:
    """TE: false negatives over false positives, of the sensitive group minus of the others; may be infinite."""
    first, second = (
        divide(group.false_negatives, group.false_positives) for group in (sample.disadvantaged, sample.advantaged)
    )
    return difference_of_ratios(first, second, both_infinite=0.0)
