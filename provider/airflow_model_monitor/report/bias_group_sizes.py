"""How many rows the two groups behind a set of bias metrics have, and how they fare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.bias.compared_groups import ComparedGroups
    from airflow_model_monitor.analysis.bias.facet_sample import GroupCounts
    from airflow_model_monitor.contract.analysis_report import AnalysisReport

_CLASS_IMBALANCE: Final = "CI"


@dataclass(frozen=True, slots=True)
class GroupSize:
    """One side of a comparison.

    :param share: of all rows compared, 0 to 1
    :param favourable: share of its rows that have the favourable label; ``None`` without rows
    :param predicted: share of its rows predicted to have it; ``None`` without predictions
    :param right: share of its rows predicted rightly; the same
    """

    rows: int
    share: float
    favourable: float | None
    predicted: float | None
    right: float | None


def group_sizes(compared: Sequence[ComparedGroups], facet: str, value: str) -> tuple[GroupSize, GroupSize] | None:
    """The group and all others, with predictions where some stage has them; ``None`` where they were not counted."""
    counted = [one for one in compared if (one.facet, one.facet_value) == (facet, value)]
    if not counted:
        return None
    counts = next((one for one in counted if one.predicted), counted[0])
    total = counts.sensitive.rows + counts.others.rows
    return _size(counts.sensitive, total, counts.predicted), _size(counts.others, total, counts.predicted)


def _size(side: GroupCounts, total: int, predicted: bool) -> GroupSize:
    def share(rows: int) -> float | None:
        return rows / side.rows if side.rows else None

    return GroupSize(
        side.rows,
        side.rows / total if total else 0.0,
        share(side.positives),
        share(side.predicted_positives) if predicted else None,
        share(side.true_positives + side.true_negatives) if predicted else None,
    )


def share_of_rows(report: AnalysisReport | None, facet: str, value: str | None) -> float | None:
    """The group's share of all rows: class imbalance is what it leaves to both sides of one half."""
    section = None if report is None else report.pre_training_bias
    for group in () if section is None else section.facets.get(facet, ()):
        metric = group.metric(_CLASS_IMBALANCE) if group.value_or_threshold == value else None
        if metric is not None and metric.value is not None and -1 <= metric.value <= 1:
            return (1 - metric.value) / 2
    return None
