"""One line per week: how alike the airports were treated, and what the classifier went by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_model_monitor.contract.execution import Execution
    from airflow_model_monitor.service.revisions import Revision

AIRPORTS = ("EWR", "JFK", "LGA")
LABEL = "late"
BIAS_HEADER = f"{'week of':<12}{''.join(f'{airport:<22}' for airport in AIRPORTS)}violations"
ATTRIBUTION_HEADER = f"{'week of':<12}{'NDCG':<8}{'violations':<12}mean |SHAP| by feature"


def bias_line(revision: Revision) -> str:
    """Predicted and true lateness of each airport against the other two, as differences of shares."""
    execution = revision.execution
    cells = (
        f"{_metric(execution, 'post', airport, 'DPPL'):+.3f} ({_metric(execution, 'pre', airport, 'DPL'):+.3f})"
        for airport in AIRPORTS
    )
    return f"{_week(execution)}{''.join(f'{cell:<22}' for cell in cells)}{execution.violations}"


def attribution_line(revision: Revision) -> str:
    """The agreement with the baseline's order of features, and this week's."""
    execution = revision.execution
    document = json.loads(revision.read("analysis.json"))
    values = document["explanations"]["kernel_shap"][LABEL]["global_shap_values"]
    ranked = sorted(values.items(), key=lambda item: -item[1])
    features = ", ".join(f"{name} {value:.3f}" for name, value in ranked)
    return f"{_week(execution)}{execution.metrics[f'ndcg.{LABEL}']:<8.4f}{execution.violations:<12}{features}"


def _metric(execution: Execution, stage: str, airport: str, metric: str) -> float:
    return execution.metrics[f"{stage}_training_bias.origin.{airport}.{metric}"]


def _week(execution: Execution) -> str:
    assert execution.window is not None
    return f"{execution.window.start.date().isoformat():<12}"
