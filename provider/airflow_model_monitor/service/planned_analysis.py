"""The analysis of one planned execution, for each of the four monitors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.problem_type import PROBLEM_TYPES, parse_problem_type
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.service import requests_clarify, requests_data_quality, requests_model_quality
from airflow_model_monitor.service.clarify_attributes import ClarifyAttributes
from airflow_model_monitor.service.clarify_config import ClarifyAnalysis
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.monitor import Monitor, transform_uri
from airflow_model_monitor.service.monitor_kind import MonitoringType
from airflow_model_monitor.service.monitoring_input import BatchTransformInput
from airflow_model_monitor.service.request_parts import (
    BATCH_TRANSFORM_INPUT,
    ENDPOINT_INPUT,
    execution_uri,
    further_variables,
    window_variables,
)
from airflow_model_monitor.service.windows import Window

_CLARIFY: Final[Mapping[MonitoringType, ClarifyAnalysis]] = {
    "ModelBias": "MODEL_BIAS",
    "ModelExplainability": "MODEL_EXPLAINABILITY",
}


class Due(NamedTuple):
    """One execution: its data, when it was due (UTC), its job's name, and whose variables are sent."""

    window: Window
    moment: datetime
    job_name: str
    generation: Generation


def analysis_of(monitor: Monitor, due: Due) -> ProcessingJobRequest:
    """The request of the analysis, beside image and machines.

    :raises ValueError: what no runtime accepts, or what this package's engine cannot do
    """
    return _ANALYSES[monitor.definition.monitoring_type](monitor, due)


def _data_quality(monitor: Monitor, due: Due) -> ProcessingJobRequest:
    definition, source = monitor.definition, monitor.definition.source
    batch = isinstance(source, BatchTransformInput)
    variables = window_variables(
        due.window, monitor.name, definition.endpoint, BATCH_TRANSFORM_INPUT if batch else ENDPOINT_INPUT
    )
    if due.generation < Generation.G2023:
        del variables["monitoring_input_type"]
    if source.exclude_features_attribute is not None:
        variables["exclude_features_attribute"] = source.exclude_features_attribute
    return requests_data_quality.analysis_request(
        job_name=due.job_name,
        data=monitor.captured_hours(due.window, "input"),
        output_uri=execution_uri(definition.output_uri, definition.endpoint, monitor.name, due.moment),
        baseline_constraints=monitor.baseline_constraints,
        baseline_statistics=monitor.baseline_statistics,
        dataset_format=source.dataset_format
        if isinstance(source, BatchTransformInput)
        else requests_data_quality.CAPTURED_DATA,
        record_preprocessor_script=definition.record_preprocessor_script,
        post_analytics_processor_script=definition.post_analytics_processor_script,
        publish_cloudwatch_metrics=_publishes(monitor),
        environment={**variables, **further_variables(definition.environment, variables)},
        dataset_source=source.local_path,
        input_name="endpoint_input",
    )


def _model_quality(monitor: Monitor, due: Due) -> ProcessingJobRequest:
    definition, source = monitor.definition, monitor.definition.source
    _refuse_exclusion(monitor)
    if definition.record_preprocessor_script is not None:
        raise ValueError(
            f"record_preprocessor_script: {definition.record_preprocessor_script!r}; model quality takes no record "
            "preprocessor here: point the attributes into the payloads"
        )
    if definition.problem_type is None:
        raise ValueError(f"problem_type: None; allowed are {', '.join(map(repr, PROBLEM_TYPES))}")
    return requests_model_quality.monitoring_request(
        **_common(monitor, due),
        attributes=ModelQualityAttributes(
            problem_type=parse_problem_type(definition.problem_type, field="problem_type"),
            inference_attribute=source.inference_attribute,
            probability_attribute=source.probability_attribute,
            probability_threshold=source.probability_threshold,
        ),
        post_analytics_processor_script=definition.post_analytics_processor_script,
        dataset_source=source.local_path,
        generation=due.generation,
    )


def _clarify(monitor: Monitor, due: Due) -> ProcessingJobRequest:
    definition, source = monitor.definition, monitor.definition.source
    _refuse_exclusion(monitor)
    data: dict[str, Any] = {}
    if not definition.kind.merges:
        data = {"captured_data_uri": monitor.captured_data_uri}
        if isinstance(source, BatchTransformInput):
            data = {
                "transform_input_uri": transform_uri(source, "input"),
                "dataset_format": source.dataset_format,
            }
    return requests_clarify.monitoring_request(
        **_common(monitor, due),
        **data,
        analysis=_CLARIFY[definition.monitoring_type],
        config_uri=definition.config_uri or "",
        attributes=ClarifyAttributes(
            features_attribute=source.features_attribute,
            inference_attribute=source.inference_attribute,
            probability_attribute=source.probability_attribute,
            probability_threshold=source.probability_threshold,
        ),
    )


_ANALYSES: Final[Mapping[MonitoringType, Callable[[Monitor, Due], ProcessingJobRequest]]] = {
    "DataQuality": _data_quality,
    "ModelQuality": _model_quality,
    "ModelBias": _clarify,
    "ModelExplainability": _clarify,
}


def _common(monitor: Monitor, due: Due) -> dict[str, Any]:
    """Arguments of the requests that name the window themselves."""
    definition = monitor.definition
    return {
        "monitor": monitor.name,
        "window": due.window,
        "output_uri": definition.output_uri,
        "endpoint": definition.endpoint,
        "variant": monitor.variant,
        "baseline_constraints": monitor.baseline_constraints,
        "publish_cloudwatch_metrics": _publishes(monitor),
        "environment": definition.environment,
        "scheduled_time": due.moment,
        "job_name": due.job_name,
    }


def _publishes(monitor: Monitor) -> bool:
    """Whether metrics are published, which the original does unless it is told not to."""
    return monitor.definition.publish_cloudwatch_metrics is not False


def _refuse_exclusion(monitor: Monitor) -> None:
    excluded = monitor.definition.source.exclude_features_attribute
    if excluded is not None:
        raise ValueError(
            f"exclude_features_attribute: {excluded!r}; only data quality leaves features out here, and this is "
            f"{monitor.definition.monitoring_type!r}; leave it out"
        )
