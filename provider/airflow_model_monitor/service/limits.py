"""What SageMaker accepts in a ``CreateProcessingJob`` request (service model 2017-07-24)."""

from __future__ import annotations

from typing import Final

from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.limit_checks import (
    check_address,
    check_cluster,
    check_command,
    check_count,
    check_environment,
    check_image,
    check_key,
    check_local_path,
    check_network,
    check_number,
    check_one_of,
    check_role,
    check_tags,
)

MAX_INPUTS: Final = 10
MAX_OUTPUTS: Final = 10


def check_request(request: ProcessingJobRequest) -> None:
    """Raise unless SageMaker would accept the request.

    :raises ValueError: naming the argument, its value, what is allowed, and what to do
    """
    checked_name("job_name", request.job_name)
    check_role(request.role_arn)
    check_image(request.image_uri)
    check_command("container_entrypoint", request.container_entrypoint, 100)
    check_command("container_arguments", request.container_arguments, 100)
    check_cluster(request.cluster)
    _check_inputs(request)
    _check_outputs(request)
    check_environment(request.environment, 100)
    if request.max_runtime_in_seconds is not None:
        check_number("max_runtime_in_seconds", request.max_runtime_in_seconds, 1, 777_600)
    check_network(request.network)
    check_tags(request.tags)


def _check_inputs(request: ProcessingJobRequest) -> None:
    if len(request.inputs) > MAX_INPUTS:
        first, last = request.inputs[0].name, request.inputs[-1].name
        raise ValueError(
            f"inputs: {len(request.inputs)} ({first} … {last}), but a processing job of SageMaker takes at most "
            f"{MAX_INPUTS}. Use shorter windows (whole UTC days are one input each, other hours one each), or "
            'runtime="worker", which knows no such limit.'
        )
    for one in request.inputs:
        _check_place(one.name, one.uri, one.local_path)
        check_one_of(f"{one.name}: data_type", one.data_type, ("S3Prefix", "ManifestFile"))
        check_one_of(f"{one.name}: input_mode", one.input_mode, ("File", "Pipe"))
        distribution = one.distribution_type
        check_one_of(f"{one.name}: distribution_type", distribution, ("FullyReplicated", "ShardedByS3Key"))
        check_one_of(f"{one.name}: compression_type", one.compression_type, ("None", "Gzip"))


def _check_outputs(request: ProcessingJobRequest) -> None:
    check_count("outputs", len(request.outputs), 0, MAX_OUTPUTS)
    for one in request.outputs:
        _check_place(one.name, one.uri, one.local_path)
        check_one_of(f"{one.name}: upload_mode", one.upload_mode, ("EndOfJob", "Continuous"))
    check_key("output_kms_key", request.output_kms_key)


def _check_place(name: str, uri: str, local_path: str) -> None:
    check_address(f"{name}: uri", uri)
    check_local_path(f"{name}: local_path", local_path)
