"""Which group of the baseline a live group is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from airflow_model_monitor.analysis.bias.column_kind import ColumnKind
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_metrics import BiasMetrics, FacetMetrics
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility

_INTERVAL = re.compile(r"\((?P<low>[^,]+), [^,]+\]\Z")


def match_groups(
    live: BiasMetrics | None, baseline: BiasMetrics | None, compatibility: Compatibility
) -> Iterator[tuple[str, FacetMetrics, FacetMetrics | None]]:
    """Live groups as (facet, group, the baseline's group or None), in the file's order.

    Facets are matched by name, groups within a facet by what they are: the same text, or intervals above the same
    threshold (the upper end is the largest value of the data at hand). What is left the original is taken to compare by
    position, if that group of the baseline is nobody else's; ``corrected`` leaves it uncompared.
    """
    for facet, position, group in () if live is None else live.groups():
        assert live is not None
        candidates = () if baseline is None else baseline.facets.get(facet, ())
        partner = _same_group(candidates, group)
        if partner is None and compatibility != CORRECTED and position < len(candidates):
            other = candidates[position]
            partner = other if _same_group(live.facets[facet], other) is None else None
        yield facet, group, partner


def baseline_kind(baseline: AnalysisReport | None, name: str, position: int | None) -> ColumnKind | None:
    """How the baseline read a column: as a scale where its text is an interval. None where it does not say.

    :param position: of the group within the facet ``name``; None for the label
    """
    section = baseline and (baseline.pre_training_bias or baseline.post_training_bias)
    if not section:
        return None
    if position is None:
        return _kind(section.label_value_or_threshold)
    groups = section.facets.get(name, ())
    return _kind(groups[position].value_or_threshold) if position < len(groups) else None


def _kind(text: str) -> ColumnKind:
    return "continuous" if _INTERVAL.match(text) else "categorical"


def _same_group(candidates: Sequence[FacetMetrics], group: FacetMetrics) -> FacetMetrics | None:
    text = group.value_or_threshold
    return next((found for found in candidates if _same_text(found.value_or_threshold, text)), None)


def _same_text(first: str, second: str) -> bool:
    if first == second:
        return True
    one, other = _INTERVAL.match(first), _INTERVAL.match(second)
    return bool(one and other and _number(one["low"]) == _number(other["low"]))


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
