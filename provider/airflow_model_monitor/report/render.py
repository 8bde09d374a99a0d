"""The page of one execution."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.report.explanation import explain, title
from airflow_model_monitor.report.feature_view import FeaturePair, FeatureView, Finding, feature_pairs
from airflow_model_monitor.report.number_text import count, number, percent

if TYPE_CHECKING:
    from jinja2 import Environment, Template

    from airflow_model_monitor.analysis.drift.feature_drift import FeatureDrift
    from airflow_model_monitor.contract.constraints import Constraints
    from airflow_model_monitor.contract.execution import Execution
    from airflow_model_monitor.contract.statistics import Statistics
    from airflow_model_monitor.contract.violations import ConstraintViolations, Violation

_DETAILS = 100
_CARDS = 100
_OPEN = 5  # features that stand open at first: more would bury what follows


def render(
    execution: Execution,
    *,
    statistics: Statistics | None,
    constraints: Constraints | None = None,
    violations: ConstraintViolations | None = None,
    baseline_statistics: Statistics | None = None,
    baseline_constraints: Constraints | None = None,
    drift: Mapping[str, FeatureDrift] | None = None,
    details: int = _DETAILS,
) -> str:
    """Return one HTML page that needs nothing but itself: no script, no font, no address of anywhere else.

    :param execution: the verdict and what it rests on
    :param statistics: of the current data; ``None`` where the original wrote none (the number of columns differed)
    :param constraints: suggested from the current data; shown for a baseline job
    :param violations: ``None`` for a baseline job or when there are none
    :param baseline_statistics: the other side of the drawings
    :param baseline_constraints: thresholds and known values
    :param drift: distances as judged, by feature; ``None`` computes them anew
    :param details: how many features are shown in full, the loudest first; all others stand in a compact list
    """
    by_feature: defaultdict[str, list[Violation]] = defaultdict(list)
    for violation in violations.violations if violations else ():
        by_feature[violation.feature_name].append(violation)
    reference = baseline_constraints or (constraints if baseline_statistics is None else None)
    pairs = feature_pairs(statistics, baseline_statistics, reference)
    drifts = _drifts(pairs, execution, baseline_constraints) if drift is None else drift
    features = [
        FeatureView(index, name, pair, _findings(by_feature.get(name, ()), pair), drifts.get(name))
        for index, (name, pair) in enumerate(pairs.items())
    ]
    # What concerns no single feature (a changed number of columns) comes first.
    general = [
        FeatureView(-1, name, FeaturePair(None, None, None), _findings(found, None))
        for name, found in by_feature.items()
        if name not in pairs
    ]
    ranked = sorted(features, key=lambda feature: feature.severity)
    loud = general + [feature for feature in ranked if feature.findings]
    return _template().render(
        execution=execution,
        features=features,
        detailed=ranked[:details],
        detailed_indices={feature.index for feature in ranked[:details]},
        loud=loud[:_CARDS],
        quieter=loud[_CARDS:],
        loud_count=len(loud),
        total=sum(len(found) for found in by_feature.values()),
        open_features=_OPEN,
        has_baseline=baseline_statistics is not None,
        is_baseline_job=not execution.baseline,
    )


def _findings(violations: list[Violation] | tuple[()], pair: FeaturePair | None) -> tuple[Finding, ...]:
    return tuple(Finding(title(v.constraint_check_type), explain(v, pair), v.description) for v in violations)


def _drifts(
    pairs: Mapping[str, FeaturePair], execution: Execution, constraints: Constraints | None
) -> dict[str, FeatureDrift]:
    from airflow_model_monitor.analysis.drift.feature_drift import feature_drift

    result: dict[str, FeatureDrift] = {}
    for name, pair in pairs.items() if constraints else ():
        if pair.current is not None and pair.baseline is not None and constraints is not None:
            settings = constraints.config_for(name).distribution_constraints
            found = feature_drift(pair.current, pair.baseline, settings, compatibility=execution.compatibility)
            if found is not None:
                result[name] = found
    return result


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


@cache
def _template() -> Template:
    return environment().get_template("execution.html")


@cache
def environment() -> Environment:
    """The templates of all pages: everything printed is escaped, and a name that is missing is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("airflow_model_monitor.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    filters: dict[str, Any] = {"number": number, "percent": percent}
    found.filters.update(filters)
    found.globals.update({"count": count, "title": title, "moment": _moment})
    return found
