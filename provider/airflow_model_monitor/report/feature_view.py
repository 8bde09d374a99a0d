"""One feature as the page shows it: both sides, its violations, its drawing, and how loudly it should be heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from airflow_model_monitor.report.category_chart import Bar, category_bars
from airflow_model_monitor.report.number_text import number, percent
from airflow_model_monitor.report.numeric_chart import NumericChart, numeric_chart

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.drift.feature_drift import FeatureDrift
    from airflow_model_monitor.contract.constraints import Constraints, FeatureConstraints
    from airflow_model_monitor.contract.statistics import FeatureStatistics, Statistics


@dataclass(frozen=True, slots=True)
class FeaturePair:
    """What is known of a feature: statistics of both sides and the baseline's constraints; each may be missing."""

    current: FeatureStatistics | None
    baseline: FeatureStatistics | None
    constraints: FeatureConstraints | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation as the page words it."""

    title: str
    text: str
    original: str


@dataclass(frozen=True)
class FeatureView:
    """One feature of the page.

    :param index: its place among the columns; makes the anchor, since names may repeat and hold anything
    :param findings: its violations
    :param drift: distance and threshold where the two sides were compared
    """

    index: int
    name: str
    pair: FeaturePair
    findings: tuple[Finding, ...] = ()
    drift: FeatureDrift | None = None

    @property
    def severity(self) -> tuple[int, float, int]:
        """Sorts the loudest first: violations, then the drift in thresholds, then the column's place."""
        return (-len(self.findings), -self.drift_in_thresholds, self.index)

    @property
    def drift_in_thresholds(self) -> float:
        """How much of the accepted drift is used up; 1 is the limit."""
        if self.drift is None:
            return 0.0
        top, bottom = self.drift.distance, self.drift.threshold
        if self.drift.low_is_drift:
            top, bottom = bottom, top
        return top / bottom if bottom > 0 else (float("inf") if top > 0 else 0.0)

    @property
    def why_no_drift(self) -> str:
        """Why the two sides were not compared, though both are there."""
        before, now = self.pair.baseline, self.pair.current
        if before and now and before.inferred_type != now.inferred_type:
            return "the type changed"
        if any(
            side and side.string_statistics and side.string_statistics.distribution is None for side in (before, now)
        ):
            return "there are too many different values"
        return "comparison is switched off, or one side has no values to compare"

    @property
    def type_text(self) -> str:
        """``Integral``, or ``Integral → String`` where it changed."""
        before, now = (side.inferred_type if side else None for side in (self.pair.baseline, self.pair.current))
        return f"{before} → {now}" if before and now and before != now else now or before or "not known"

    @property
    def completeness(self) -> float | None:
        """Share of the current rows with a value."""
        return _completeness(self.pair.current)

    @cached_property
    def chart(self) -> NumericChart | tuple[Bar, ...] | None:
        """The drawing: a chart of numbers, bars of values, or nothing."""
        sides = (self.pair.baseline, self.pair.current)
        numbers = [
            side.numerical_statistics.distribution if side and side.numerical_statistics else None for side in sides
        ]
        if any(numbers):
            types = {side.inferred_type for side in sides if side}
            return numeric_chart(*numbers, whole=types == {"Integral"}, extremes=_extremes(sides))
        counts = [_counts(side) for side in sides]
        return category_bars(*counts) if any(counts) else None

    @property
    def bars(self) -> tuple[Bar, ...] | None:
        """The drawing where it is bars."""
        return self.chart if isinstance(self.chart, tuple) else None

    @property
    def steps(self) -> NumericChart | None:
        """The drawing where it is a chart of numbers."""
        return self.chart if isinstance(self.chart, NumericChart) else None

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """Rows of the small table: what, baseline, now."""
        sides = (self.pair.baseline, self.pair.current)
        rows = [("Rows with a value", _present(sides[0]), _present(sides[1]))]
        rows.append(("Completeness", percent(_completeness(sides[0])), percent(_completeness(sides[1]))))
        if any(side and side.string_statistics for side in sides):
            rows.append(("Different values", _distinct(sides[0]), _distinct(sides[1])))
        if any(side and side.numerical_statistics for side in sides):
            for label, measure in (("Mean", "mean"), ("Deviation", "std_dev"), ("Smallest", "min"), ("Largest", "max")):
                rows.append((label, _measure(sides[0], measure), _measure(sides[1], measure)))
        return rows


def feature_pairs(
    current: Statistics | None, baseline: Statistics | None, constraints: Constraints | None
) -> Mapping[str, FeaturePair]:
    """Return both sides of every feature by name: the current columns first, then what only the baseline has."""
    sides = (current, baseline, constraints)
    names = dict.fromkeys(feature.name for side in sides if side for feature in side.features)
    return {
        name: FeaturePair(
            current.feature(name) if current else None,
            baseline.feature(name) if baseline else None,
            constraints.feature(name) if constraints else None,
        )
        for name in names
    }


def _completeness(side: FeatureStatistics | None) -> float | None:
    common = side.common if side else None
    total = common.num_present + common.num_missing if common else 0
    return common.num_present / total if common and total else None


def _present(side: FeatureStatistics | None) -> str:
    common = side.common if side else None
    return f"{common.num_present:,}" if common else "–"


def _extremes(sides: tuple[FeatureStatistics | None, ...]) -> tuple[float, float] | None:
    numbers = [side.numerical_statistics for side in sides if side and side.numerical_statistics]
    smallest = [side.min for side in numbers if side.min is not None]
    largest = [side.max for side in numbers if side.max is not None]
    return (min(smallest), max(largest)) if smallest and largest else None


def _distinct(side: FeatureStatistics | None) -> str:
    strings = side.string_statistics if side else None
    if strings is None:
        return "–"
    exact = sum(bucket.value != "NullValue" for bucket in strings.distribution) if strings.distribution else None
    return number(exact) if exact is not None else f"≈ {number(strings.distinct_count)}"


def _measure(side: FeatureStatistics | None, measure: str) -> str:
    numbers = side.numerical_statistics if side else None
    return number(getattr(numbers, measure)) if numbers else "–"


def _counts(side: FeatureStatistics | None) -> dict[str, float] | None:
    strings = side.string_statistics if side else None
    return {bucket.value: bucket.count for bucket in strings.distribution} if strings and strings.distribution else None
