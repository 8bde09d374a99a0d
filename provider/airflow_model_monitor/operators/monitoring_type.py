"""In what the monitors differ: which arguments they take, what they judge, and which request they become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.contract.problem_type import PROBLEM_TYPES, ProblemType
from airflow_model_monitor.service.clarify_config import ClarifyAnalysis
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes

if TYPE_CHECKING:
    from types import ModuleType

MonitoringType = Literal["DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"]
Takers = Mapping[str, tuple[MonitoringType, ...]]

#: The monitors that analysis_config.json describes.
CLARIFY: Mapping[MonitoringType, ClarifyAnalysis] = {
    "ModelBias": "MODEL_BIAS",
    "ModelExplainability": "MODEL_EXPLAINABILITY",
}
#: The monitors that judge captured data merged with labels.
LABELLED: tuple[MonitoringType, ...] = ("ModelQuality", "ModelBias")

_BOTH: tuple[MonitoringType, ...] = ("ModelBias", "ModelExplainability")
#: Arguments that not every monitor takes, and the monitors that do.
ONLY_OF: Takers = {
    "captured_data_uri": ("DataQuality", "ModelExplainability"),
    "record_preprocessor_script": ("DataQuality",),
    "post_analytics_processor_script": ("DataQuality", "ModelQuality"),
    "categorical_drift_method": ("DataQuality",),
    "problem_type": ("ModelQuality",),
    "inference_attribute": LABELLED,
    "probability_attribute": LABELLED,
    "probability_threshold_attribute": LABELLED,
    "ground_truth_attribute": LABELLED,
    "ground_truth_schedule_name": LABELLED,
    "positive_label": ("ModelQuality",),
    "analysis_config": _BOTH,
    "bias_config": ("ModelBias",),
    "shap_config": ("ModelExplainability",),
    "model_config": _BOTH,
    "model_conn_id": _BOTH,
    "headers": _BOTH,
    "label": _BOTH,
    "features_attribute": _BOTH,
}
_HINTS: Mapping[str, str] = {
    "captured_data_uri": "the model is judged by what MergeGroundTruthOperator made of captured data and labels",
    "record_preprocessor_script": "what the other monitors judge is read as it is, or was merged already",
    "inference_attribute": "where scores stand in the model's answer, model_config says: 'label', 'probability'",
    "probability_attribute": "where scores stand in the model's answer, model_config says: 'label', 'probability'",
    "ground_truth_attribute": "the column of the label is named by label",
    "model_config": "the window's answers were captured, so no model is asked",
    "model_conn_id": "the window's answers were captured, so no model is asked",
    "positive_label": "of a bias monitor, bias_config says it: 'label_values_or_threshold'",
}


def refuse_arguments_of_others(monitoring_type: str, given: Mapping[str, object], only_of: Takers = ONLY_OF) -> None:
    """Refuse arguments that mean nothing to this monitor.

    :param given: argument to value, None for those that were not given.
    :raises ValueError: naming the argument, its value and the monitors that take it.
    """
    for argument, value in given.items():
        takers = only_of.get(argument)
        if value is None or takers is None or monitoring_type in takers:
            continue
        hint = _HINTS.get(argument)
        raise ValueError(
            f"{argument}={value!r}: it is for monitoring_type={' or '.join(map(repr, takers))}, and this is "
            f"{monitoring_type!r}{f'; {hint}' if hint else ''}"
        )


def model_quality_attributes(
    *,
    problem_type: ProblemType | None,
    inference_attribute: str | None,
    probability_attribute: str | None,
    probability_threshold_attribute: float | None,
    ground_truth_attribute: str | None,
    positive_label: str | None,
) -> ModelQualityAttributes:
    """The problem and the places of label and answer, checked.

    :raises ValueError: one that is missing, or a combination no analysis could use.
    """
    if problem_type is None:
        raise ValueError(
            f"problem_type=None: model quality needs to know the problem, one of {', '.join(map(repr, PROBLEM_TYPES))}"
        )
    one_of("problem_type", problem_type, PROBLEM_TYPES)
    return ModelQualityAttributes(
        problem_type=problem_type,
        inference_attribute=inference_attribute,
        probability_attribute=probability_attribute,
        probability_threshold=probability_threshold_attribute,
        ground_truth_attribute=ground_truth_attribute,
        positive_label=positive_label,
    )


def baseline_file(monitoring_type: MonitoringType) -> str:
    """The file of a baseline that holds the constraints."""
    return "analysis.json" if monitoring_type in CLARIFY else "constraints.json"


def requests_of(monitoring_type: MonitoringType) -> Any:
    """The module of ``service`` that builds a monitor's requests, baseline and monitoring."""
    # Imported when a task runs: the requests pull in what DAG files need not know.
    from airflow_model_monitor.service import requests_clarify, requests_data_quality, requests_model_quality

    modules: Mapping[MonitoringType, ModuleType] = {
        "DataQuality": requests_data_quality,
        "ModelQuality": requests_model_quality,
        "ModelBias": requests_clarify,
        "ModelExplainability": requests_clarify,
    }
    return modules[monitoring_type]
