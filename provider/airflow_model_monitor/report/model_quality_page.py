"""The page of one model-quality execution."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from airflow_model_monitor.report.confusion_table import confusion_table
from airflow_model_monitor.report.curve_chart import curve_chart
from airflow_model_monitor.report.model_quality_view import comparisons, metric_title, metric_views
from airflow_model_monitor.report.render import environment

if TYPE_CHECKING:
    from jinja2 import Template

    from airflow_model_monitor.contract.execution import Execution
    from airflow_model_monitor.contract.model_quality_constraints import ModelQualityConstraints
    from airflow_model_monitor.contract.model_quality_statistics import ModelQualityStatistics
    from airflow_model_monitor.contract.model_quality_violations import ModelQualityViolations


def render_model_quality(
    execution: Execution,
    *,
    statistics: ModelQualityStatistics | None,
    constraints: ModelQualityConstraints | None = None,
    violations: ModelQualityViolations | None = None,
    baseline_constraints: ModelQualityConstraints | None = None,
) -> str:
    """Return one HTML page that needs nothing but itself: no script, no font, no address of anywhere else.

    :param execution: the verdict and what it rests on
    :param statistics: of the labelled rows; ``None`` where they are no longer there
    :param constraints: suggested from the current rows; shown for a baseline job
    :param violations: ``None`` for a baseline job
    :param baseline_constraints: the limits that were judged by
    """
    is_baseline_job = not execution.baseline and not violations
    limits = baseline_constraints or (constraints if is_baseline_job else None)
    metrics = metric_views(statistics, limits, violations, execution.compatibility)
    roc = statistics.roc_curve if statistics else None
    recall = statistics.precision_recall_curve if statistics else None
    return _template().render(
        execution=execution,
        metrics=metrics,
        broken=[view for view in metrics if view.state == "broken"],
        skipped=[view for view in metrics if view.state == "not evaluated"],
        without_value=[view for view in metrics if view.state == "no value"],
        unmatched=_unmatched(violations, {view.original for view in metrics}),
        total=len(violations) if violations else execution.violations,
        judged=sum(view.state in ("broken", "fine") for view in metrics),
        has_limits=limits is not None,
        is_baseline_job=is_baseline_job,
        problem=execution.problem_type or (statistics.problem_type if statistics else None),
        comparisons=comparisons(statistics) if statistics else [],
        matrix=confusion_table(statistics.confusion_matrix) if statistics else None,
        roc=curve_chart(roc.false_positive_rates, roc.true_positive_rates) if roc else None,
        precision_recall=curve_chart(recall.recalls, recall.precisions) if recall else None,
        values=statistics.metrics if statistics else {},
        metric_title=metric_title,
    )


def _unmatched(violations: ModelQualityViolations | None, shown: set[str]) -> list[str]:
    """Violations of metrics the page does not know: somebody else's file."""
    return [one.description for one in violations.violations if one.description not in shown] if violations else []


@cache
def _template() -> Template:
    return environment().get_template("model_quality.html")
