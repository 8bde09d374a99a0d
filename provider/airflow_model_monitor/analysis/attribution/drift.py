"""Feature-attribution drift: the live order of features held against the baseline's values, label by label."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from airflow_model_monitor.analysis.attribution.ndcg import ndcg
from airflow_model_monitor.analysis.attribution.rank_changes import RankChange, rank_changes
from airflow_model_monitor.contract.clarify_violations import AttributionViolation, attribution_drift_description
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.explanations import Explanations

THRESHOLD: Final = 0.9
"""A label has drifted when its NDCG is below."""


@dataclass(frozen=True, slots=True)
class NdcgDrift:
    """How far the live attributions of one label are from the baseline's.

    :param label: as the live analysis calls it
    :param baseline_label: as the baseline does
    :param ndcg: 1 for the baseline's order, less the more the features that mattered are out of place
    :param threshold: what it is held against
    :param changes: every feature's rank and value, before and now
    """

    label: str
    baseline_label: str
    ndcg: float
    threshold: float
    changes: tuple[RankChange, ...]

    @property
    def drifted(self) -> bool:
        """The original's rule: strictly below the threshold."""
        return self.ndcg < self.threshold

    @property
    def missing_features(self) -> tuple[str, ...]:
        """Features of the baseline that the live data do not have."""
        return tuple(change.feature for change in self.changes if change.live_value is None)

    @property
    def new_features(self) -> tuple[str, ...]:
        """Features of the live data that the baseline does not have."""
        return tuple(change.feature for change in self.changes if change.baseline_value is None)


@dataclass(frozen=True, slots=True)
class AttributionDrift:
    """The drift of every label that both sides have.

    :param labels: in the live analysis's order
    :param unmatched: labels of either side that have no counterpart: nothing is said of them
    """

    labels: tuple[NdcgDrift, ...]
    unmatched: tuple[str, ...] = ()

    @property
    def violations(self) -> tuple[AttributionViolation, ...]:
        """One per label that drifted."""
        return tuple(
            AttributionViolation(found.label, attribution_drift_description(found.ndcg, found.threshold))
            for found in self.labels
            if found.drifted
        )


def attribution_drift(
    baseline: Explanations,
    live: Explanations,
    *,
    threshold: float = THRESHOLD,
    compatibility: Compatibility = CORRECTED,
) -> AttributionDrift:
    """Compare the live global SHAP values with the baseline's.

    Labels are paired by name. When the names left over are as many on both sides they are paired in their order: the
    original may name a label after the first row's score, which no two runs share.

    :param threshold: a label drifts strictly below it
    :param compatibility: see :func:`label_ndcg`
    :raises ContractError: a value that is infinite or NaN, or a label without features, on either side
    """
    before = {label: found.global_shap_values for label, found in baseline.kernel_shap.items()}
    now = {label: found.global_shap_values for label, found in live.kernel_shap.items()}
    pairs = _paired(before, now)
    drifts = tuple(
        NdcgDrift(
            label,
            known_as,
            label_ndcg(before[known_as], now[label], compatibility=compatibility),
            threshold,
            rank_changes(before[known_as], now[label]),
        )
        for label, known_as in pairs.items()
    )
    unmatched = [label for label in before if label not in pairs.values()]
    return AttributionDrift(drifts, tuple(unmatched + [label for label in now if label not in pairs]))


def label_ndcg(
    baseline: Mapping[str, float], live: Mapping[str, float], *, compatibility: Compatibility = CORRECTED
) -> float:
    """The NDCG of one label's live order, 0 to 1.

    Features are matched by name. One that a side does not have counts as 0 there: a feature the model lost is last, one
    it gained pushes others down without a gain of its own.

    Negative values (the aggregation ``median`` has them) are where the two behaviours differ. The formula ranks by
    signed value and is not bounded by 0 and 1 with negative gains. ``corrected`` takes magnitudes, on both sides: a
    feature that pulls every prediction down matters as much as one that pushes it up. ``sagemaker`` takes the signed
    live values as the documentation has it, and magnitudes only where a baseline value is negative: there scikit-learn,
    which the documentation names, refuses, and what the original does is not known.

    A baseline of zeros alone (the model did not use any feature) has no order. ``sagemaker`` gives 0, scikit-learn's
    answer. ``corrected`` gives 1 when the live values are all zero, too, since nothing changed, else 0.

    A single feature cannot lose its rank: 1. Live values of zeros alone are one big tie.

    :raises ContractError: a value that is infinite or NaN, or no features, on either side
    """
    _check(baseline, "baseline")
    _check(live, "live")
    names = list(dict.fromkeys((*baseline, *live)))
    gains = [baseline.get(name, 0.0) for name in names]
    scores = [live.get(name, 0.0) for name in names]
    if compatibility == CORRECTED or min(gains) < 0:
        gains, scores = list(map(abs, gains)), list(map(abs, scores))
    if not any(gains):
        return 1.0 if compatibility == CORRECTED and not any(scores) else 0.0
    return ndcg(gains, scores)


def _check(values: Mapping[str, float], side: str) -> None:
    if not values:
        raise ContractError(f"the {side} explanation has no features", field="global_shap_values")
    for name, value in values.items():
        if not isfinite(value):
            raise ContractError(
                f"the {side} value is {value!r}, expected a finite number",
                field=f"global_shap_values.{name}",
                remedy="Run the explanation anew; a model that answers NaN or infinity cannot be explained.",
            )


def _paired(baseline: Collection[str], live: Collection[str]) -> dict[str, str]:
    pairs = {label: label for label in live if label in baseline}
    left, right = ([label for label in side if label not in pairs] for side in (live, baseline))
    if len(left) == len(right):
        pairs.update(zip(left, right, strict=True))
    return {label: pairs[label] for label in live if label in pairs}
