"""The files of a Clarify job."""

from __future__ import annotations

from airflow_model_monitor.contract.clarify_environment import ClarifyEnvironment
from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.jobs.clarify_record import ClarifyFindings
from airflow_model_monitor.report.attribution_view import ExplanationView, explanation_view
from airflow_model_monitor.report.bias_groups import bias_view
from airflow_model_monitor.report.clarify_page import render_clarify


def texts_of(job: ClarifyEnvironment, found: ClarifyFindings, execution: Execution) -> dict[str, str]:
    """Return the files by name, but execution.json and the tables of local values.

    The violations file is there only where something drifted, and the page where the configuration or the environment
    asks for it, or a baseline was judged by: both as the original has it.
    """
    texts = {"analysis.json": found.report.to_json()}
    if found.violations:
        texts["constraint_violations.json"] = found.violations.to_json()
    methods = found.config.methods
    if job.shared.report_enabled or job.is_monitoring or (methods is not None and methods.report is not None):
        bias = None if found.bias is None else bias_view(found.bias, found.baseline, execution.compatibility)
        texts["report.html"] = render_clarify(execution, bias=bias, explanation=_explanation_view(found))
    return texts


def _explanation_view(found: ClarifyFindings) -> ExplanationView | None:
    shap, baseline = found.shap, found.baseline
    if shap is None:
        return None
    return explanation_view(
        shap.explanation,
        baseline=None if baseline is None else baseline.explanations,
        drift=shap.drift,
        original_drift=shap.original_drift,
        local=shap.sample,
        rows=shap.rows,
    )
