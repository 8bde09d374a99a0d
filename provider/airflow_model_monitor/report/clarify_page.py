"""The page of one bias or explainability execution."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from airflow_model_monitor.report.attribution_view import ExplanationView, explanation_view
from airflow_model_monitor.report.bias_groups import BiasView, bias_view
from airflow_model_monitor.report.number_text import count
from airflow_model_monitor.report.render import environment

if TYPE_CHECKING:
    from jinja2 import Template

    from airflow_model_monitor.analysis.attribution.drift import AttributionDrift
    from airflow_model_monitor.analysis.bias import BiasResult
    from airflow_model_monitor.analysis.feature_table import FeatureTable
    from airflow_model_monitor.analysis.kernel_shap import Explanation
    from airflow_model_monitor.contract.analysis_report import AnalysisReport
    from airflow_model_monitor.contract.execution import Execution
    from airflow_model_monitor.contract.explanations import Explanations
    from airflow_model_monitor.report.local_sample import LocalSample

_GROUPS = 40
_OPEN_GROUPS = 3  # groups that stand open at first: more would bury what follows
_FINDINGS = 20


def render_bias(execution: Execution, result: BiasResult, *, baseline: AnalysisReport | None = None) -> str:
    """Return one HTML page that needs nothing but itself: no script, no font, no address of anywhere else.

    :param execution: the verdict and what it rests on
    :param result: of the analysis; ``comparisons``, ``groups`` and ``original`` are shown where it has them
    :param baseline: the analysis.json it was compared with; ``None`` for a baseline job
    """
    return render_clarify(execution, bias=bias_view(result, baseline, execution.compatibility))


def render_explainability(
    execution: Execution,
    explanation: Explanation,
    *,
    baseline: Explanations | None = None,
    drift: AttributionDrift | None = None,
    original_drift: AttributionDrift | None = None,
    local: LocalSample | None = None,
    rows: FeatureTable | None = None,
) -> str:
    """Return one HTML page that needs nothing but itself: no script, no font, no address of anywhere else.

    :param execution: the verdict and what it rests on
    :param explanation: of the rows
    :param baseline: what it was compared with; ``None`` for a baseline job
    :param drift: as judged; ``None`` for a baseline job
    :param original_drift: by the original's rule, beside a corrected verdict
    :param local: SHAP values of single rows, for the swarms; ``None`` leaves them out
    :param rows: the rows explained, all of them, for the swarms' colours
    """
    view = explanation_view(
        explanation, baseline=baseline, drift=drift, original_drift=original_drift, local=local, rows=rows
    )
    return render_clarify(execution, explanation=view)


def render_clarify(
    execution: Execution, *, bias: BiasView | None = None, explanation: ExplanationView | None = None
) -> str:
    """Return the page of a job that measured bias, explained a model, or did both: one file for one execution.

    :param bias: from :func:`.bias_view`
    :param explanation: from :func:`.explanation_view`
    """
    broken = [group for group in bias.groups if group.broken] if bias else []
    return _template().render(
        execution=execution,
        bias=bias,
        explanation=explanation,
        total=execution.violations,
        is_baseline_job=not execution.baseline and not execution.violations,
        headlines=_headlines(bias, explanation),
        findings=broken[:_FINDINGS],
        more_findings=len(broken) - len(broken[:_FINDINGS]),
        drifted=[label for label in explanation.labels if label.drift and label.drift.drifted] if explanation else [],
        most_groups=_GROUPS,
        open_groups=_OPEN_GROUPS,
    )


def _headlines(bias: BiasView | None, explanation: ExplanationView | None) -> list[str]:
    """What was found, a sentence per kind of analysis that was judged."""
    found = []
    if bias is not None and bias.judged:
        metrics = f"{bias.broken:,} of {count(bias.judged, 'bias metric')}"
        verdict = f"{metrics} {'is' if bias.broken == 1 else 'are'} worse than in the baseline"
        found.append(verdict if bias.broken else "No bias metric is worse than in the baseline")
    if explanation is not None and explanation.judged:
        changed = "the features matter in another order than in the baseline"
        if not explanation.drifted:
            found.append("The features matter in the baseline's order, or nearly so")
        elif explanation.judged == 1:
            found.append(f"{changed[0].upper()}{changed[1:]}")
        else:
            found.append(f"For {explanation.drifted:,} of {count(explanation.judged, 'label')} {changed}")
    return found


@cache
def _template() -> Template:
    return environment().get_template("clarify.html")
