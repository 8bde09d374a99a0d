"""What SageMaker accepts in a ``CreateProcessingJob`` request (service model 2017-07-24).

botocore checks only that members are there and of the right type; lengths, patterns, counts and enumerations come back
from the service, minutes later and without the argument's name. Here they fail where the request is built.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingJobRequest, ProcessingNetwork
from airflow_model_monitor.service.job_name import checked_name

MAX_INPUTS = 10
MAX_OUTPUTS = 10
_ROLE = re.compile(r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+")
_S3 = re.compile(r"(https|s3)://([^/]+)/?(.*)", re.DOTALL)
_INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
_KMS_KEY = re.compile(r"[a-zA-Z0-9:/_-]*")
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_VPC_ID = re.compile(r"[-0-9a-zA-Z]+")


def check_request(request: ProcessingJobRequest) -> None:
    """Raise unless SageMaker would accept the request.

    :raises ValueError: naming the argument, its value, what is allowed, and what to do
    """
    checked_name("job_name", request.job_name)
    _text("role_arn", request.role_arn or "", 20, 2048, _ROLE, "e.g. 'arn:aws:iam::111122223333:role/MonitorRole'")
    _text("image_uri", request.image_uri or "", 1, 255, None, "the address of a container image in ECR")
    if request.cluster is None:
        raise ValueError("cluster: None; SageMaker needs an instance type, a count and a volume size")
    _check_cluster(request.cluster)
    _check_inputs(request)
    _check_outputs(request)
    _check_environment(request)
    if request.max_runtime_in_seconds is not None:
        _number("max_runtime_in_seconds", request.max_runtime_in_seconds, 1, 777_600)
    if request.network is not None:
        _check_network(request.network)
    _count("tags", len(request.tags), 0, 50)
    for key, value in request.tags.items():
        _text("tags: key", key, 1, 128, None, "shorten it")
        _text(f"tags[{key!r}]", value, 0, 256, None, "shorten it")


def _check_cluster(cluster: ProcessingCluster) -> None:
    _text("instance_type", cluster.instance_type, 1, 256, _INSTANCE_TYPE, "e.g. 'ml.m5.xlarge'")
    _number("instance_count", cluster.instance_count, 1, 100)
    _number("volume_size_gb", cluster.volume_size_gb, 1, 16_384)
    if cluster.volume_kms_key is not None:
        _text("volume_kms_key", cluster.volume_kms_key, 0, 2048, _KMS_KEY, "a key id, alias or ARN")


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
        _one_of(f"{one.name}: data_type", one.data_type, ("S3Prefix", "ManifestFile"))
        _one_of(f"{one.name}: input_mode", one.input_mode, ("File", "Pipe"))
        distribution = one.distribution_type
        _one_of(f"{one.name}: distribution_type", distribution, ("FullyReplicated", "ShardedByS3Key"))
        _one_of(f"{one.name}: compression_type", one.compression_type, ("None", "Gzip"))


def _check_outputs(request: ProcessingJobRequest) -> None:
    _count("outputs", len(request.outputs), 0, MAX_OUTPUTS)
    for one in request.outputs:
        _check_place(one.name, one.uri, one.local_path)
        _one_of(f"{one.name}: upload_mode", one.upload_mode, ("EndOfJob", "Continuous"))
    if request.output_kms_key is not None:
        _text("output_kms_key", request.output_kms_key, 0, 2048, _KMS_KEY, "a key id, alias or ARN")


def _check_place(name: str, uri: str, local_path: str) -> None:
    hint = 'SageMaker reads and writes S3 only (s3://bucket/key); other places need runtime="worker"'
    _text(f"{name}: uri", uri, 1, 1024, _S3, hint)
    _text(f"{name}: local_path", local_path, 1, 256, None, "a path inside the container")


def _check_environment(request: ProcessingJobRequest) -> None:
    _count("environment", len(request.environment), 0, 100)
    for name, value in request.environment.items():
        _text("environment: name", name, 1, 256, _VARIABLE, "letters, digits and '_'")
        _text(f"environment[{name!r}]", value, 0, 256, None, "put long settings into a file of the job's inputs")


def _check_network(network: ProcessingNetwork) -> None:
    groups, subnets = network.security_group_ids, network.subnets
    if not groups and not subnets:
        return
    _count("security_group_ids", len(groups), 1, 5)
    _count("subnets", len(subnets), 1, 16)
    for argument, identifiers in (("security_group_ids", groups), ("subnets", subnets)):
        for identifier in identifiers:
            _text(argument, identifier, 1, 32, _VPC_ID, "e.g. 'subnet-0a1b2c3d'")


def _text(argument: str, value: str, least: int, most: int, pattern: re.Pattern[str] | None, hint: str) -> None:
    if not least <= len(value) <= most:
        shown = value if len(value) <= 80 else f"{value[:77]}..."
        raise ValueError(f"{argument}: {shown!r} has {len(value)} characters; allowed are {least} to {most}; {hint}")
    if pattern is not None and pattern.fullmatch(value) is None:
        raise ValueError(f"{argument}: {value!r} does not match {pattern.pattern}; {hint}")


def _number(argument: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{argument}: {value!r}; allowed are {least} to {most}")


def _count(argument: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{argument}: {value} given; allowed are {least} to {most} of them")


def _one_of(argument: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{argument}: {value!r}; allowed are {', '.join(map(repr, allowed))}")
