"""What the service does between "there is a schedule" and "these jobs start now", as a pure function.

A definition and a scheduled time give two job requests: first captured data is merged with its ground truth, then what
was merged is judged. They are the requests SageMaker launches, member by member (compared with real ones in
``tests/service``); in a name's digits, which are random there, ours are a digest, so that a retry meets its first try.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any, NamedTuple

from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.service.images import is_aws_image, merger_beside
from airflow_model_monitor.service.job_name import job_name
from airflow_model_monitor.service.model_quality_definition import EndpointSource, ModelQualityDefinition
from airflow_model_monitor.service.offsets import offset_window
from airflow_model_monitor.service.requests_merge import MERGE_PREFIX, window_merge_request
from airflow_model_monitor.service.requests_model_quality import EXECUTION_PREFIX, monitoring_request
from airflow_model_monitor.service.sagemaker_job import known_to_aws_images


class Plan(NamedTuple):
    """The two jobs of one execution, in the order they run; the second one reads what the first one wrote."""

    merge: ProcessingJobRequest
    analysis: ProcessingJobRequest


def plan(definition: ModelQualityDefinition, scheduled_time: datetime, *, generation: Generation = NEWEST) -> Plan:
    """The jobs of the run that is due at ``scheduled_time``.

    :param scheduled_time: timezone-aware; the window's offsets count from it, and the result is written under its hour
    :param generation: of the original whose variables are sent: ``G2020`` leaves out those that came in 2023
    :raises ValueError: a naive time, a window that is not made of whole UTC hours, or what no runtime accepts
    """
    window = offset_window(scheduled_time, definition.start_time_offset, definition.end_time_offset)
    # Both jobs of an execution end in the same digits.
    stamp = f"{scheduled_time.astimezone(UTC):%Y%m%d%H%M}"
    identity = (definition, scheduled_time.astimezone(UTC), generation)
    source = definition.source
    common: dict[str, Any] = {
        "monitor": definition.monitor,
        "window": window,
        "output_uri": definition.output_uri,
        "endpoint": definition.endpoint,
        "dataset_source": definition.local_path,
        "environment": definition.environment,
        "generation": generation,
    }
    if isinstance(source, EndpointSource):
        common["variant"] = source.variant
        captured: dict[str, Any] = {"captured_data_uri": source.captured_data_uri}
    else:
        captured = {
            "transform_output_uri": source.transform_output_uri,
            "dataset_format": source.dataset_format,
        }
    merge = window_merge_request(
        **common,
        **captured,
        job_name=job_name(f"{MERGE_PREFIX}-{stamp}", *identity),
        ground_truth_uri=definition.ground_truth_uri,
        labels=definition.labels,
    )
    analysis = monitoring_request(
        **common,
        job_name=job_name(f"{EXECUTION_PREFIX}-{stamp}", *identity),
        attributes=definition.attributes,
        baseline_constraints=definition.baseline_constraints,
        post_analytics_processor_script=definition.post_analytics_processor_script,
        publish_cloudwatch_metrics=definition.publish_cloudwatch_metrics,
        scheduled_time=scheduled_time,
    )
    image = definition.image_uri
    return Plan(
        _on_machines(merge, definition, None if image is None else merger_beside(image)),
        _on_machines(analysis, definition, image),
    )


def _on_machines(
    request: ProcessingJobRequest, definition: ModelQualityDefinition, image: str | None
) -> ProcessingJobRequest:
    aws = image is not None and is_aws_image(image)
    return dataclasses.replace(
        request,
        environment=known_to_aws_images(request.environment) if aws else request.environment,
        image_uri=image,
        role_arn=definition.role_arn,
        cluster=definition.cluster,
        max_runtime_in_seconds=definition.max_runtime_in_seconds,
        output_kms_key=definition.output_kms_key,
        network=definition.network,
    )
