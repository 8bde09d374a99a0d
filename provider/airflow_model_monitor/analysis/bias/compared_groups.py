"""The two groups behind a set of bias metrics, counted: what a reader needs to weigh them."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_model_monitor.analysis.bias.facet_sample import FacetSample, GroupCounts


@dataclass(frozen=True, slots=True)
class ComparedGroups:
    """Rows of a sensitive group beside all others, by outcome.

    :param facet: name of the sensitive column
    :param facet_value: the group as files name it
    :param predicted: whether there are predictions; without them every row counts as predicted negative
    """

    facet: str
    facet_value: str
    sensitive: GroupCounts
    others: GroupCounts
    predicted: bool

    @classmethod
    def of(cls, facet: str, facet_value: str, sample: FacetSample) -> ComparedGroups:
        """The groups of a sample."""
        return cls(facet, facet_value, sample.disadvantaged, sample.advantaged, sample.predicted is not None)
