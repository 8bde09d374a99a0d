"""A bias metric as the page shows it: beside its baseline, with its verdict in words."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Literal

from airflow_model_monitor.analysis.bias.drift import has_drifted
from airflow_model_monitor.contract.compatibility import CORRECTED, SAGEMAKER, Compatibility
from airflow_model_monitor.report.bias_axis import BiasAxis, bias_axis
from airflow_model_monitor.report.bias_metric_words import MetricWords, metric_words
from airflow_model_monitor.report.number_text import number

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.bias import Comparison
    from airflow_model_monitor.contract.bias_metrics import BiasMetric

State = Literal["broken", "fine", "no value", "not compared", "no baseline"]


@dataclass(frozen=True, slots=True)
class OtherVerdict:
    """What the other behaviour says, where it says something else.

    :param behaviour: whose verdict it is
    :param value: the metric's value there; ``None`` without one
    """

    behaviour: Compatibility
    drifted: bool
    value: float | None


@dataclass(frozen=True, slots=True)
class BiasMetricView:
    """One metric of one group.

    :param metric: as measured now
    :param words: what to say of it
    :param baseline: the baseline's value; ``None`` without one
    :param state: what became of the comparison
    :param reason: why there is no value or no comparison; empty where there is
    :param axis: ``None`` where there is nothing to draw
    :param other: ``None`` where both behaviours agree, or nothing was judged
    :param original: the violation in the words of the file; empty without one
    """

    metric: BiasMetric
    words: MetricWords
    baseline: float | None
    state: State
    reason: str
    axis: BiasAxis | None
    other: OtherVerdict | None = None
    original: str = ""

    @property
    def value_text(self) -> str:
        """The value now."""
        return self._texts[0]

    @property
    def baseline_text(self) -> str:
        """The baseline's value."""
        return self._texts[1]

    @property
    def _texts(self) -> tuple[str, str]:
        now, before = number(self.metric.value), number(self.baseline)
        if self.state == "broken" and now == before:  # rounded alike, yet not the same
            return repr(self.metric.value), repr(self.baseline)
        return now, before

    @property
    def reading(self) -> str:
        """What the value now says about whom; empty without one."""
        value = self.metric.value
        return "" if value is None or isnan(value) else self.words.reading(value)

    @property
    def sentence(self) -> str:
        """A violation in plain words."""
        now, before = self._texts
        # Disparate impact judged as the original does is farther from 0, and may be nearer to parity.
        parity = self.words.parity
        place = f"{parity:g}, where the groups fare alike" if not self._against_parity else "0"
        return f"It is {now} now and was {before} in the baseline: farther from {place}. {self.reading}"

    @property
    def _against_parity(self) -> bool:
        """Whether the run's rule calls it worse while it is no farther from parity."""
        value = self.metric.value
        if self.words.parity == 0 or value is None or self.baseline is None:
            return False
        return not has_drifted(self.metric.name, value, self.baseline, CORRECTED)

    @property
    def other_text(self) -> str:
        """What the other behaviour says, in a sentence; empty where it agrees."""
        if self.other is None:
            return ""
        verdict = "a violation" if self.other.drifted else "no violation"
        if self.other.behaviour == SAGEMAKER:
            theirs = number(self.other.value)
            value = "" if theirs in ("–", self.value_text) else f", which has {theirs} here,"
            return f"By the rule of SageMaker Model Monitor itself{value} it is {verdict}{self._rule(SAGEMAKER)}."
        return f"Judged as “corrected” it would be {verdict}{self._rule(CORRECTED)}."

    def _rule(self, behaviour: Compatibility) -> str:
        if self.words.parity == 0:
            return ""
        return f": farther from {0 if behaviour == SAGEMAKER else self.words.parity:g} is worse there"


def metric_view(
    metric: BiasMetric,
    found: Comparison | None,
    compatibility: Compatibility,
    *,
    original: str = "",
    in_original: OtherVerdict | None = None,
) -> BiasMetricView:
    """The view of a metric.

    :param found: it beside the baseline's; ``None`` without a baseline
    :param compatibility: of the run
    :param original: the violation's description
    :param in_original: the verdict of the original's own run, beside a corrected one
    """
    words = metric_words(metric, compatibility)
    baseline = None if found is None else found.baseline
    axis = bias_axis(
        metric.value,
        baseline,
        parity=words.parity,
        judged_from=words.parity if compatibility == CORRECTED else 0.0,
        lowest=words.lowest,
    )
    reason = metric.error or (found.reason if found else None) or ""
    return BiasMetricView(
        metric,
        words,
        baseline,
        _state(metric, found),
        reason,
        axis,
        _other(metric, found, compatibility, in_original),
        original,
    )


def _state(metric: BiasMetric, found: Comparison | None) -> State:
    if found is not None and found.drifted:
        return "broken"
    if metric.value is None or isnan(metric.value):
        return "no value"
    if found is None:
        return "no baseline"
    return "fine" if found.reason is None else "not compared"


def _other(
    metric: BiasMetric, found: Comparison | None, compatibility: Compatibility, in_original: OtherVerdict | None
) -> OtherVerdict | None:
    """The other behaviour's verdict where it differs."""
    if found is None or found.live is None or found.baseline is None:
        other = in_original if in_original is not None and in_original.drifted else None
    elif compatibility == CORRECTED:
        other = in_original or OtherVerdict(SAGEMAKER, found.drifted_in_original, found.live)
    else:
        drifted = has_drifted(metric.name, found.live, found.baseline, CORRECTED)
        other = OtherVerdict(CORRECTED, drifted, found.live)
    drifted_here = found is not None and found.drifted
    return other if other is not None and other.drifted != drifted_here else None
