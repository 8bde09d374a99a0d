"""What the service does between "there is a schedule" and "these jobs start now", as a pure function.

A monitor and a scheduled time give the job requests of one execution. Model quality and bias take two: first captured
data is merged with its ground truth, then what was merged is judged. Those of model quality are the requests SageMaker
launches, member by member, and so is what is known of data quality (compared with real ones in ``tests/service``); in a
name's digits, which are random there, ours are a digest, so that a retry meets its first try.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any, NamedTuple

from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.service.images import is_aws_image, merger_beside
from airflow_model_monitor.service.job_name import job_name
from airflow_model_monitor.service.monitor import Monitor, transform_uri
from airflow_model_monitor.service.monitoring_input import BatchTransformInput
from airflow_model_monitor.service.planned_analysis import Due, analysis_of
from airflow_model_monitor.service.requests_merge import MERGE_PREFIX, window_merge_request
from airflow_model_monitor.service.sagemaker_job import known_to_aws_images


class Plan(NamedTuple):
    """The jobs of one execution, in the order they run; the analysis reads what the merge wrote.

    ``merge`` is None where there are no labels: data quality and explainability.
    """

    merge: ProcessingJobRequest | None
    analysis: ProcessingJobRequest

    @property
    def jobs(self) -> tuple[ProcessingJobRequest, ...]:
        """All there are, in the order they run."""
        return (self.analysis,) if self.merge is None else (self.merge, self.analysis)


def plan(monitor: Monitor, scheduled_time: datetime, *, generation: Generation = NEWEST) -> Plan:
    """The jobs of the execution that is due at ``scheduled_time``.

    :param scheduled_time: timezone-aware; the window's offsets count from it, and the result is written under its hour
    :param generation: of the original whose variables are sent: ``G2020`` leaves out those that came in 2023
    :raises ValueError: a naive time, a window that is not made of whole UTC hours, or what no runtime accepts
    """
    window = monitor.window(scheduled_time)
    moment = scheduled_time.astimezone(UTC)
    kind, image = monitor.definition.kind, monitor.definition.image_uri

    def name(prefix: str) -> str:
        # Both jobs of an execution end in the same digits.
        return job_name(f"{prefix}-{moment:%Y%m%d%H%M}", monitor, moment, generation)

    due = Due(window, moment, name(kind.execution_prefix), generation)
    analysis = dataclasses.replace(
        _on_machines(analysis_of(monitor, due), monitor, image),
        container_entrypoint=monitor.definition.container_entrypoint,
        container_arguments=monitor.definition.container_arguments,
    )
    if not kind.merges:
        return Plan(None, analysis)
    merge = _merge(monitor, due._replace(job_name=name(MERGE_PREFIX)))
    return Plan(_on_machines(merge, monitor, None if image is None else merger_beside(image)), analysis)


def _merge(monitor: Monitor, due: Due) -> ProcessingJobRequest:
    definition, source = monitor.definition, monitor.definition.source
    captured: dict[str, Any] = {"captured_data_uri": monitor.captured_data_uri, "variant": monitor.variant}
    if isinstance(source, BatchTransformInput):
        captured = {
            "transform_output_uri": transform_uri(source, "output"),
            "dataset_format": source.dataset_format,
        }
    return window_merge_request(
        monitor=monitor.name,
        window=due.window,
        ground_truth_uri=definition.ground_truth_uri or "",
        output_uri=definition.output_uri,
        endpoint=definition.endpoint,
        labels=monitor.labels,
        dataset_source=source.local_path,
        environment=definition.environment,
        generation=due.generation,
        job_name=due.job_name,
        **captured,
    )


def _on_machines(request: ProcessingJobRequest, monitor: Monitor, image: str | None) -> ProcessingJobRequest:
    definition = monitor.definition
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
