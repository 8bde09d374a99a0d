"""The sensitive groups of a bias analysis as the page shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.contract.bias_config import BiasStage
from airflow_model_monitor.contract.clarify_violations import BiasViolation
from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.report.bias_group_sizes import GroupSize, group_sizes, share_of_rows
from airflow_model_monitor.report.bias_view import BiasMetricView, OtherVerdict, metric_view

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.bias import BiasResult, Comparison
    from airflow_model_monitor.analysis.bias.analysis import OriginalBias
    from airflow_model_monitor.contract.analysis_report import AnalysisReport
    from airflow_model_monitor.contract.bias_metrics import FacetMetrics

STAGES: Final[Mapping[BiasStage, str]] = {
    "pre_training_bias": "Before training: the labels",
    "post_training_bias": "After training: the predictions",
}
_INTERVAL: Final = re.compile(r"\((?P<low>[^,]+), (?P<high>[^,]+)\]\Z")


@dataclass(frozen=True, slots=True)
class BiasGroupView:
    """One sensitive group.

    :param value: the group as files name it
    :param baseline_value: as the baseline names it; ``None`` where the baseline has no such group
    :param stages: the metrics by heading
    :param sizes: the group and all others; ``None`` where they were not counted
    :param baseline_share: share of the baseline's rows that were in the group, from its class imbalance
    """

    index: int
    facet: str
    value: str
    baseline_value: str | None
    stages: Sequence[tuple[str, Sequence[BiasMetricView]]]
    sizes: tuple[GroupSize, GroupSize] | None
    share: float | None
    baseline_share: float | None

    @property
    def metrics(self) -> list[BiasMetricView]:
        """The metrics of all stages."""
        return [view for _, views in self.stages for view in views]

    def metric(self, name: str) -> BiasMetricView | None:
        """The metric with that short name, or None."""
        return next((view for view in self.metrics if view.metric.name == name), None)

    @property
    def broken(self) -> list[BiasMetricView]:
        """Those that drifted."""
        return [view for view in self.metrics if view.state == "broken"]

    @property
    def severity(self) -> tuple[int, int]:
        """Sorts the loudest group first, and others in their order."""
        return -len(self.broken), self.index

    @property
    def condition(self) -> str:
        """Who is in the group: ``is 0``, ``is above 40 (the largest is 75)``."""
        return value_condition(self.value)


@dataclass(frozen=True, slots=True)
class BiasView:
    """All that the page says of bias.

    :param outcome: the label's name, and which of its values are favourable
    :param gone: groups of the baseline that these data do not have
    :param unmatched: violations of metrics the report does not hold
    """

    groups: Sequence[BiasGroupView]
    outcome: tuple[str, str] | None
    gone: Sequence[tuple[str, str]]
    unmatched: Sequence[str]
    left_out: Mapping[str, int] = field(default_factory=dict)
    original_error: str | None = None

    @property
    def metrics(self) -> list[BiasMetricView]:
        """The metrics of all groups."""
        return [view for group in self.groups for view in group.metrics]

    @property
    def titles(self) -> Mapping[str, str]:
        """Full names of all metrics by short name."""
        return {view.metric.name: view.words.title for view in self.metrics}

    @property
    def judged(self) -> int:
        """How many metrics have a verdict."""
        return sum(view.state in ("broken", "fine") for view in self.metrics)

    @property
    def broken(self) -> int:
        """How many metrics drifted."""
        return sum(view.state == "broken" for view in self.metrics)


def bias_view(result: BiasResult, baseline: AnalysisReport | None, compatibility: Compatibility) -> BiasView:
    """What the page says of a result.

    :param baseline: what it was compared with; ``None`` for a baseline job
    :param compatibility: of the run
    """
    compared = {(one.stage, one.facet, one.facet_value, one.metric_name): one for one in result.comparisons}
    described = {
        (one.facet, one.facet_value, one.metric_name): one.description
        for one in (result.violations.violations if result.violations else ())
        if isinstance(one, BiasViolation)
    }
    views: dict[tuple[str, str], dict[BiasStage, list[BiasMetricView]]] = {}
    for stage in STAGES:
        section = result.report.bias(stage)
        for facet, position, group in () if section is None else section.groups():
            theirs = _Original.of(result.original, stage, facet, group.value_or_threshold, position)
            views.setdefault((facet, group.value_or_threshold), {})[stage] = [
                metric_view(
                    metric,
                    compared.get((stage, facet, group.value_or_threshold, metric.name)),
                    compatibility,
                    original=described.get((facet, group.value_or_threshold, metric.name), ""),
                    in_original=theirs.verdict(metric.name),
                )
                for metric in group.metrics
            ]
    groups = [
        _group(index, facet, value, stages, result, baseline)
        for index, ((facet, value), stages) in enumerate(views.items())
    ]
    shown = {(group.facet, group.value, view.metric.name) for group in groups for view in group.metrics}
    section = result.report.pre_training_bias or result.report.post_training_bias
    return BiasView(
        groups=sorted(groups, key=lambda group: group.severity),
        outcome=None if section is None else (section.label, value_condition(section.label_value_or_threshold)),
        gone=_gone(result, baseline),
        unmatched=[description for key, description in described.items() if key not in shown],
        left_out=result.left_out,
        original_error=result.original.error if result.original else None,
    )


def value_condition(text: str) -> str:
    """A value or an interval in words."""
    found = _INTERVAL.match(text)
    return f"is above {found['low']} (the largest is {found['high']})" if found else f"is {text or '(empty)'}"


@dataclass(frozen=True, slots=True)
class _Original:
    """The original's own measurement of one group."""

    group: FacetMetrics | None = None
    violations: frozenset[tuple[str, str, str]] = frozenset()
    facet: str = ""

    @classmethod
    def of(cls, original: OriginalBias | None, stage: BiasStage, facet: str, value: str, position: int) -> _Original:
        """By the group's text, else by its place: the original may read a column as a scale that is none."""
        section = None if original is None or original.report is None else original.report.bias(stage)
        groups = () if section is None else section.facets.get(facet, ())
        same = next((group for group in groups if group.value_or_threshold == value), None)
        group = same or (groups[position] if position < len(groups) else None)
        if original is None or group is None:
            return cls()
        found = original.violations.violations if original.violations else ()
        keys = ((one.facet, one.facet_value, one.metric_name) for one in found if isinstance(one, BiasViolation))
        return cls(group, frozenset(keys), facet)

    def verdict(self, name: str) -> OtherVerdict | None:
        metric = None if self.group is None else self.group.metric(name)
        if self.group is None or metric is None:
            return None
        drifted = (self.facet, self.group.value_or_threshold, name) in self.violations
        return OtherVerdict(SAGEMAKER, drifted, metric.value)


def _group(
    index: int,
    facet: str,
    value: str,
    stages: Mapping[BiasStage, list[BiasMetricView]],
    result: BiasResult,
    baseline: AnalysisReport | None,
) -> BiasGroupView:
    def partner(one: Comparison) -> bool:
        return one.facet == facet and one.facet_value == value and one.baseline_facet_value is not None

    baseline_value = next((one.baseline_facet_value for one in result.comparisons if partner(one)), None)
    sizes = group_sizes(result.groups, facet, value)
    return BiasGroupView(
        index,
        facet,
        value,
        baseline_value,
        [(STAGES[stage], views) for stage, views in stages.items() if views],
        sizes,
        sizes[0].share if sizes else share_of_rows(result.report, facet, value),
        share_of_rows(baseline, facet, baseline_value),
    )


def _gone(result: BiasResult, baseline: AnalysisReport | None) -> list[tuple[str, str]]:
    """Groups of the baseline that no live group was compared with."""
    used = {(one.facet, one.baseline_facet_value) for one in result.comparisons}
    gone: dict[tuple[str, str], None] = {}
    for stage in STAGES:
        section = None if baseline is None or result.report.bias(stage) is None else baseline.bias(stage)
        for facet, _, group in () if section is None else section.groups():
            if (facet, group.value_or_threshold) not in used:
                gone[facet, value_condition(group.value_or_threshold)] = None
    return list(gone)
