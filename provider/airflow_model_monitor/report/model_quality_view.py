"""Metrics of a model as the page shows them: each beside its limit, with its verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Final, Literal

from airflow_model_monitor.analysis.model_quality.verdict import NEVER_EVALUATED
from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.contract.model_quality_constraints import LESS_THAN
from airflow_model_monitor.contract.model_quality_violations import camel_case
from airflow_model_monitor.report.number_text import number

if TYPE_CHECKING:
    from airflow_model_monitor.contract.model_quality_constraints import MetricConstraint, ModelQualityConstraints
    from airflow_model_monitor.contract.model_quality_statistics import Metric, ModelQualityStatistics
    from airflow_model_monitor.contract.model_quality_violations import ModelQualityViolations

State = Literal["broken", "fine", "not evaluated", "no value", "no limit"]

BEST_CONSTANT: Final = "_best_constant_classifier"
_TITLES: Final[Mapping[str, str]] = {
    "auc": "Area under the ROC curve",
    "au_prc": "Area under precision and recall",
    "mae": "Mean absolute error",
    "mse": "Mean squared error",
    "rmse": "Root of the mean squared error",
    "r2": "R²",
}


@dataclass(frozen=True, slots=True)
class MetricView:
    """One metric of the page.

    :param name: as in the files
    :param metric: its value now; None where the data has none
    :param constraint: the baseline's; None where there is none
    :param state: what became of the constraint; ``not evaluated`` where the original never does
    :param original: the violation in the words of the file; empty without one
    """

    name: str
    metric: Metric | None
    constraint: MetricConstraint | None
    state: State
    original: str = ""

    @property
    def title(self) -> str:
        """The metric in words."""
        return metric_title(self.name)

    @property
    def value_text(self) -> str:
        """The value now."""
        return number(self.metric.value) if self.metric else "–"

    @property
    def deviation_text(self) -> str:
        """How far it strays between samples; empty where there were too few rows to tell."""
        deviation = self.metric.standard_deviation if self.metric else float("nan")
        return "" if isnan(deviation) else f"± {number(deviation)}"

    @property
    def limit_text(self) -> str:
        """What it must keep to: ``≥ 0.94``."""
        if self.constraint is None:
            return ""
        return f"{'≥' if self.constraint.comparison_operator == LESS_THAN else '≤'} {number(self.constraint.threshold)}"

    @property
    def would_break(self) -> bool:
        """Whether the value is on the wrong side of the limit, whoever evaluates it."""
        if self.metric is None or self.constraint is None:
            return False
        value, limit = self.metric.value, self.constraint.threshold
        return value < limit if self.constraint.comparison_operator == LESS_THAN else value > limit

    @property
    def sentence(self) -> str:
        """A violation in plain words."""
        assert self.metric is not None
        assert self.constraint is not None
        value, limit = number(self.metric.value), number(self.constraint.threshold)
        if value == limit:  # rounded alike, yet not the same
            value, limit = repr(self.metric.value), repr(self.constraint.threshold)
        low = self.constraint.comparison_operator == LESS_THAN
        stray = f" ({self.deviation_text} between samples)" if self.deviation_text else ""
        return f"{value} now{stray}; the baseline asks for {'at least' if low else 'at most'} {limit}."


def metric_title(name: str) -> str:
    """A metric's name in words: ``true_positive_rate`` is ``True positive rate``, ``f0_5`` is ``F0.5``."""
    if name in _TITLES:
        return _TITLES[name]
    words = name.replace("f0_5", "f0.5").replace("_", " ").split()
    words = [word.upper() if word in ("f0.5", "f1", "f2") else word for word in words]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def metric_views(
    statistics: ModelQualityStatistics | None,
    limits: ModelQualityConstraints | None,
    violations: ModelQualityViolations | None,
    compatibility: Compatibility,
) -> list[MetricView]:
    """Every metric that has a value or a limit, but those of the best constant classifier, in the files' order.

    :param statistics: None where only the violations are left
    :param limits: the baseline's constraints; None without a baseline
    """
    values = statistics.metrics if statistics else {}
    constraints = limits.constraints if limits else {}
    broken = {violation.metric_name: violation.description for violation in violations.violations} if violations else {}
    names = [name for name in values if not name.endswith(BEST_CONSTANT)]
    names += [name for name in constraints if name not in names]
    views = []
    for name in names:
        metric, constraint, description = values.get(name), constraints.get(name), broken.get(camel_case(name), "")
        state = _state(name, metric, constraint, bool(description), compatibility)
        views.append(MetricView(name, metric, constraint, state, description))
    return views


def _state(
    name: str,
    metric: Metric | None,
    constraint: MetricConstraint | None,
    broken: bool,
    compatibility: Compatibility,
) -> State:
    if broken:
        return "broken"
    if constraint is None:
        return "no limit"
    if compatibility == SAGEMAKER and name in NEVER_EVALUATED:
        return "not evaluated"
    if metric is None or isnan(metric.value) or isnan(constraint.threshold):
        return "no value"
    return "fine"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A metric of the model beside that of a classifier that always says the most frequent class."""

    title: str
    model: float
    constant: float


def comparisons(statistics: ModelQualityStatistics) -> list[Comparison]:
    """The metrics known of both, in the files' order."""
    values = statistics.metrics
    return [
        Comparison(metric_title(name), values[name].value, values[name + BEST_CONSTANT].value)
        for name in values
        if name + BEST_CONSTANT in values
    ]
