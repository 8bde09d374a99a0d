"""What features contribute to a model's scores, as the page shows it: label by label, beside the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.report.attribution_bars import (
    AttributionView,
    ends_of_axis,
    paired_values,
    place,
    share,
    weight,
)
from airflow_model_monitor.report.rank_slopes import RankSlopes, rank_slopes
from airflow_model_monitor.report.swarm_chart import Scale, SwarmChart, swarm_chart

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.attribution.drift import AttributionDrift, NdcgDrift
    from airflow_model_monitor.analysis.attribution.rank_changes import RankChange
    from airflow_model_monitor.analysis.feature_table import FeatureTable
    from airflow_model_monitor.analysis.kernel_shap import Explanation
    from airflow_model_monitor.contract.explanations import Explanations, LabelExplanation
    from airflow_model_monitor.report.local_sample import Doubles, LocalSample

MOST_LABELS: Final = 12
MOST_BARS: Final = 20
MOST_SWARMS: Final = 15
MOST_MOVERS: Final = 15
MOST_LISTED: Final = 500


@dataclass(frozen=True, slots=True)
class LabelView:
    """One label.

    :param features: those that have a bar, the largest contribution first
    :param rest: number of features without a bar, and their share of all contributions
    :param listed: names of some of them with their values; ``unlisted`` counts those that are left
    :param zero: where a bar of nothing would stand, between 0 and 100
    :param movers: features that changed places, those that weigh most in the verdict first; ``moved`` is how many did
    :param swarms: local values by feature
    :param scale: the axis of the swarms
    :param original: the original's drift where it says something else
    """

    index: int
    name: str
    explanation: LabelExplanation
    baseline: LabelExplanation | None
    drift: NdcgDrift | None
    original: NdcgDrift | None
    features: Sequence[AttributionView]
    rest: int
    rest_share: float
    listed: Sequence[RankChange]
    unlisted: int
    zero: float
    movers: Sequence[RankChange]
    moved: int
    slopes: RankSlopes | None
    swarms: Sequence[tuple[str, SwarmChart | None]]
    scale: Scale | None

    @property
    def has_plain(self) -> bool:
        """Whether some rows of the swarms have no colour."""
        return any(chart is not None and chart.has_plain for _, chart in self.swarms)


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """All that the page says of attributions.

    :param labels: those shown in full, the one that drifted farthest first
    :param others: name, expected value and drift of the others
    :param drifts: of all labels that have a verdict
    :param unmatched: labels that one side lacks
    :param sampled: how many of the ``local_rows`` are drawn
    """

    explanation: Explanation
    labels: Sequence[LabelView]
    others: Sequence[tuple[str, float, NdcgDrift | None]]
    drifts: Sequence[NdcgDrift]
    unmatched: Sequence[str]
    sampled: int
    local_rows: int

    @property
    def drifted(self) -> int:
        """How many labels drifted."""
        return sum(drift.drifted for drift in self.drifts)

    @property
    def judged(self) -> int:
        """How many labels have a verdict."""
        return len(self.drifts)


def explanation_view(
    explanation: Explanation,
    *,
    baseline: Explanations | None = None,
    drift: AttributionDrift | None = None,
    original_drift: AttributionDrift | None = None,
    local: LocalSample | None = None,
    rows: FeatureTable | None = None,
) -> ExplanationView:
    """What the page says of an explanation; see :func:`.render_explainability` for the parameters."""
    drifts = {one.label: one for one in drift.labels} if drift else {}
    originals = {one.label: one for one in original_drift.labels} if original_drift else {}
    known = baseline.kernel_shap if baseline else {}
    shown = rows[local.indices] if rows is not None and local is not None and len(rows) == local.rows else None
    values = None if local is None or not local.rows else local.values
    labels: list[LabelView] = []
    ranked = sorted(enumerate(explanation.labels), key=lambda item: _severity(drifts.get(item[1])))
    for index, name in ranked[:MOST_LABELS]:
        judged, original = drifts.get(name), originals.get(name)
        if judged is None or original is None or judged.drifted == original.drifted:
            original = None
        before = known.get(judged.baseline_label if judged else name)
        mine = values[:, index] if values is not None and index < values.shape[1] else None
        labels.append(_label(index, name, explanation.labels[name], before, judged, original, mine, shown))
    return ExplanationView(
        explanation,
        labels,
        [(name, explanation.labels[name].expected_value, drifts.get(name)) for _, name in ranked[MOST_LABELS:]],
        list(drifts.values()),
        drift.unmatched if drift else (),
        0 if values is None else len(values),
        0 if local is None else local.rows,
    )


def _severity(drift: NdcgDrift | None) -> tuple[bool, float]:
    """Sorts labels that drifted first, the farthest first."""
    return (True, 2.0) if drift is None else (not drift.drifted, drift.ndcg)


def _label(
    index: int,
    name: str,
    found: LabelExplanation,
    baseline: LabelExplanation | None,
    drift: NdcgDrift | None,
    original: NdcgDrift | None,
    local: Doubles | None,
    rows: FeatureTable | None,
) -> LabelView:
    changes = paired_values(baseline.global_shap_values if baseline else None, found.global_shap_values)
    by_size = sorted(changes, key=lambda change: (change.live_rank or 1 << 62, change.baseline_rank or 1 << 62))
    low, high = ends_of_axis(by_size[:MOST_BARS])
    moved = sorted((change for change in changes if change.places), key=weight, reverse=True) if baseline else []
    rest = by_size[MOST_BARS:]
    swarms, scale = _swarms(local, list(found.global_shap_values), [change.feature for change in by_size], rows)
    return LabelView(
        index=index,
        name=name,
        explanation=found,
        baseline=baseline,
        drift=drift,
        original=original,
        features=[
            AttributionView(
                change,
                place(change.live_value, low, high),
                place(change.baseline_value, low, high),
                baseline is not None,
            )
            for change in by_size[:MOST_BARS]
        ],
        rest=len(rest),
        rest_share=share(rest, changes),
        listed=rest[:MOST_LISTED],
        unlisted=max(0, len(rest) - MOST_LISTED),
        zero=100 * (0.0 - low) / (high - low),
        movers=moved[:MOST_MOVERS],
        moved=len(moved),
        slopes=rank_slopes(changes) if baseline else None,
        swarms=swarms,
        scale=scale,
    )


def _swarms(
    local: Doubles | None, names: list[str], order: list[str], rows: FeatureTable | None
) -> tuple[list[tuple[str, SwarmChart | None]], Scale | None]:
    if local is None or local.shape[1:] != (len(names),):
        return [], None
    positions = {name: position for position, name in enumerate(names)}
    shown = [name for name in order if name in positions][:MOST_SWARMS]
    columns = dict(zip(rows.names, rows.columns, strict=True)) if rows is not None else {}
    scale = Scale.of(local[:, [positions[name] for name in shown]])
    return [(name, swarm_chart(local[:, positions[name]], scale, columns.get(name))) for name in shown], scale
