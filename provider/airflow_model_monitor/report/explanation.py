"""A violation in plain words: what was expected, what is there now, and where to look."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from airflow_model_monitor.contract.violations import CheckType
from airflow_model_monitor.report.number_text import count, number, percent
from airflow_model_monitor.report.numeric_chart import Points

if TYPE_CHECKING:
    from airflow_model_monitor.contract.statistics import FeatureStatistics
    from airflow_model_monitor.contract.violations import Violation
    from airflow_model_monitor.report.feature_view import FeaturePair

TITLES: Mapping[str, str] = {
    CheckType.DATA_TYPE: "Wrong type of value",
    CheckType.COMPLETENESS: "Values missing",
    CheckType.BASELINE_DRIFT: "Distribution moved",
    CheckType.MISSING_COLUMN: "Columns missing",
    CheckType.EXTRA_COLUMN: "Columns too many",
    CheckType.CATEGORICAL_VALUES: "Unknown values",
    CheckType.IS_NON_NEGATIVE: "Negative values",
}
TYPE_WORDS: Mapping[str, str] = {
    "Integral": "whole numbers",
    "Fractional": "numbers with decimals",
    "String": "text",
    "Boolean": "true or false",
    "Unknown": "nothing but gaps",
}

_TYPE = re.compile(r"Expected data type: (\w+), Expected match: ([\d.E-]+)%\. Observed: Only ([\d.E-]+)% of data")
_COMPLETE = re.compile(r"Expected: ([\d.E-]+)%\. Observed: Only ([\d.E-]+)%")
_DRIFT = re.compile(r"distance: (.+?) exceeds threshold: (.+)")
_DOMAIN = re.compile(r"Observed: ([\d.E-]+)% of the values")
_COLUMNS = re.compile(r"current dataset: (\d+), Number of columns in baseline constraints: (\d+)")


def title(check_type: str) -> str:
    """Return a heading for a check type; other tools' types in their own words."""
    return TITLES.get(check_type, check_type.removesuffix("_check").replace("_", " ").capitalize())


def explain(violation: Violation, pair: FeaturePair | None) -> str:
    """Return one or two sentences for ``violation``; its own description where there is nothing to add.

    :param pair: what is known of the feature on both sides
    """
    explanation = _EXPLANATIONS.get(violation.constraint_check_type)
    return (explanation(violation.description, pair) if explanation else None) or violation.description


def _data_type(text: str, pair: FeaturePair | None) -> str | None:
    found = _TYPE.search(text)
    if not found:
        return None
    expected, observed = found[1], float(found[3]) / 100
    sentence = f"The baseline holds {TYPE_WORDS.get(expected, expected)} here; {_not_all(observed)} now."
    now = pair.current.inferred_type if pair and pair.current else None
    if now and now != expected:
        sentence += f" Taken as a whole the column is now read as {TYPE_WORDS.get(now, now)}."
    if {expected, now} == {"Integral", "Fractional"} and expected == "Fractional":
        sentence += (
            " Whole numbers among decimals are usually harmless: they count only because the original is strict."
        )
    return sentence


def _not_all(observed: float) -> str:
    return "no value is of that type" if observed == 0 else f"only {percent(observed)} of the values are of that type"


def _completeness(text: str, pair: FeaturePair | None) -> str | None:
    found = _COMPLETE.search(text)
    if not found:
        return None
    expected, observed = float(found[1]) / 100, float(found[2]) / 100
    common = pair.current.common if pair and pair.current else None
    missing = f"{count(common.num_missing, 'row')} ({percent(1 - observed)})" if common else percent(1 - observed)
    allowed = "none in the baseline" if expected == 1 else f"{percent(1 - expected)} in the baseline"
    verb = "has" if common and common.num_missing == 1 else "have"
    return f"{missing} {verb} no value here; {allowed}."


def _drift(text: str, pair: FeaturePair | None) -> str | None:
    found = _DRIFT.search(text)
    if not found:
        return None
    distance, threshold = float(found[1]), float(found[2])
    sentence = (
        f"The distribution is {number(distance)} away from the baseline's; up to {number(threshold)} is accepted."
    )
    if pair and pair.baseline and pair.current:
        before, now = _median(pair.baseline), _median(pair.current)
        if before is not None and now is not None and before != now:
            sentence += f" The middle value went from {number(before)} to {number(now)}."
    return sentence


def _median(feature: FeatureStatistics) -> float | None:
    numbers = feature.numerical_statistics
    points = Points.of(numbers.distribution) if numbers else None
    return points.quantile(0.5) if points else None


def _categorical(text: str, pair: FeaturePair | None) -> str | None:
    found = _DOMAIN.search(text)
    if not found:
        return None
    sentence = f"{percent(1 - float(found[1]) / 100)} of the rows hold values the baseline does not know"
    strings = pair.current.string_statistics if pair and pair.current else None
    known = pair.constraints.string_constraints if pair and pair.constraints else None
    if strings and strings.distribution and known:
        new = sorted((b for b in strings.distribution if b.value not in known.domains), key=lambda b: -b.count)
        if new:
            more = f" and {len(new) - 3} more" if len(new) > 3 else ""
            return f"{sentence}: {', '.join(f'“{_short(bucket.value)}”' for bucket in new[:3])}{more}."
    return f"{sentence}."


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _columns(text: str, pair: FeaturePair | None) -> str | None:
    found = _COLUMNS.search(text)
    if not found:
        return None
    now, before = int(found[1]), int(found[2])
    word = "fewer" if now < before else "more"
    return f"The data has {count(now, 'column')}, the baseline {before:,}: {abs(now - before):,} {word}."


def _non_negative(text: str, pair: FeaturePair | None) -> str | None:
    numbers = pair.current.numerical_statistics if pair and pair.current else None
    if not numbers or numbers.min is None:
        return None
    return f"The baseline never falls below zero; the smallest value is now {number(numbers.min)}."


_EXPLANATIONS: Mapping[str, Callable[[str, FeaturePair | None], str | None]] = {
    CheckType.DATA_TYPE: _data_type,
    CheckType.COMPLETENESS: _completeness,
    CheckType.BASELINE_DRIFT: _drift,
    CheckType.CATEGORICAL_VALUES: _categorical,
    CheckType.MISSING_COLUMN: _columns,
    CheckType.EXTRA_COLUMN: _columns,
    CheckType.IS_NON_NEGATIVE: _non_negative,
}
