"""Checks against the limits of SageMaker's service model (2017-07-24) that requests of all kinds have in common.

botocore checks only that members are there and of the right type; lengths, patterns, counts and enumerations come back
from the service, minutes later and without the argument's name. These fail where the request is built, and name the
argument, its value, what is allowed, and what to do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingNetwork

_ROLE: Final = re.compile(r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+")
_S3: Final = re.compile(r"(https|s3)://([^/]+)/?(.*)", re.DOTALL)
_INSTANCE_TYPE: Final = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
_KMS_KEY: Final = re.compile(r"[a-zA-Z0-9:/_-]*")
_VARIABLE: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_VPC_ID: Final = re.compile(r"[-0-9a-zA-Z]+")
_TAG_CATEGORIES: Final = "LZN"  # letters, separators, numbers
_TAG_SIGNS: Final = "_.:/=+-@"

ON_WORKER: Final = 'SageMaker reads and writes S3 only (s3://bucket/key); other places need runtime="worker"'


def check_text(
    argument: str, value: str, least: int, most: int, pattern: re.Pattern[str] | None = None, hint: str = "shorten it"
) -> None:
    """Raise ``ValueError`` unless ``value`` has ``least`` to ``most`` characters and matches the pattern."""
    if not least <= len(value) <= most:
        shown = value if len(value) <= 80 else f"{value[:77]}..."
        raise ValueError(f"{argument}: {shown!r} has {len(value)} characters; allowed are {least} to {most}; {hint}")
    if pattern is not None and pattern.fullmatch(value) is None:
        raise ValueError(f"{argument}: {value!r} does not match {pattern.pattern}; {hint}")


def check_number(argument: str, value: float, least: float, most: float, hint: str | None = None) -> None:
    """Raise ``ValueError`` unless ``value`` lies from ``least`` to ``most``."""
    if not least <= value <= most:
        raise ValueError(f"{argument}: {value!r}; allowed are {least} to {most}{f'; {hint}' if hint else ''}")


def check_count(argument: str, value: int, least: int, most: int) -> None:
    """Raise ``ValueError`` unless there are ``least`` to ``most`` of something."""
    if not least <= value <= most:
        raise ValueError(f"{argument}: {value} given; allowed are {least} to {most} of them")


def check_one_of(argument: str, value: str, allowed: Collection[str]) -> None:
    """Raise ``ValueError`` unless ``value`` is one of an enumeration."""
    if value not in allowed:
        raise ValueError(f"{argument}: {value!r}; allowed are {', '.join(map(repr, allowed))}")


def check_address(argument: str, value: str, most: int = 1024) -> None:
    """Raise ``ValueError`` unless ``value`` is an address in S3."""
    check_text(argument, value, 1, most, _S3, ON_WORKER)


def check_local_path(argument: str, value: str) -> None:
    """Raise ``ValueError`` unless ``value`` may be a path inside a container."""
    check_text(argument, value, 1, 256, None, "a path inside the container")


def check_role(role_arn: str | None) -> None:
    """Raise ``ValueError`` unless there is a role and it is an ARN."""
    check_text("role_arn", role_arn or "", 20, 2048, _ROLE, "e.g. 'arn:aws:iam::111122223333:role/MonitorRole'")


def check_image(image_uri: str | None) -> None:
    """Raise ``ValueError`` unless an image is named."""
    check_text("image_uri", image_uri or "", 1, 255, None, "the address of a container image in ECR")


def check_key(argument: str, kms_key: str | None) -> None:
    """Raise ``ValueError`` for what names no KMS key; None does not."""
    if kms_key is not None:
        check_text(argument, kms_key, 0, 2048, _KMS_KEY, "a key id, alias or ARN")


def check_cluster(cluster: ProcessingCluster | None) -> None:
    """Raise ``ValueError`` unless SageMaker has such machines."""
    if cluster is None:
        raise ValueError("cluster: None; SageMaker needs an instance type, a count and a volume size")
    check_text("instance_type", cluster.instance_type, 1, 256, _INSTANCE_TYPE, "e.g. 'ml.m5.xlarge'")
    check_number("instance_count", cluster.instance_count, 1, 100)
    check_number("volume_size_gb", cluster.volume_size_gb, 1, 16_384)
    check_key("volume_kms_key", cluster.volume_kms_key)


def check_network(network: ProcessingNetwork | None) -> None:
    """Raise ``ValueError`` for a VPC that SageMaker would refuse."""
    if network is None or not (network.security_group_ids or network.subnets):
        return
    check_count("security_group_ids", len(network.security_group_ids), 1, 5)
    check_count("subnets", len(network.subnets), 1, 16)
    for argument, identifiers in (("security_group_ids", network.security_group_ids), ("subnets", network.subnets)):
        for identifier in identifiers:
            check_text(argument, identifier, 1, 32, _VPC_ID, "e.g. 'subnet-0a1b2c3d'")


def check_environment(environment: Mapping[str, str], most: int) -> None:
    """Raise ``ValueError`` for more than ``most`` variables, and for names and values no container is given."""
    check_count("environment", len(environment), 0, most)
    for name, value in environment.items():
        check_text("environment: name", name, 1, 256, _VARIABLE, "letters, digits and '_'")
        hint = "put long settings into a file of the job's inputs"
        check_text(f"environment[{name!r}]", value, 0, 256, None, hint)


def check_command(argument: str, words: Sequence[str] | None, most: int) -> None:
    """Raise ``ValueError`` for an entry point or arguments that are too many or too long; None is neither."""
    if words is None:
        return
    check_count(argument, len(words), 1, most)
    for word in words:
        check_text(argument, word, 0, 256)


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise ``ValueError`` for more than 50 tags, and for keys and values that are too long or hold other signs."""
    check_count("tags", len(tags), 0, 50)
    for key, value in tags.items():
        check_text("tags: key", key, 1, 128)
        check_text(f"tags[{key!r}]", value, 0, 256)
        for text in (key, value):
            wrong = next((one for one in text if not _in_a_tag(one)), None)
            if wrong is not None:
                raise ValueError(
                    f"tags: {text!r} holds {wrong!r}; allowed are letters, digits, spaces and {_TAG_SIGNS}"
                )


def _in_a_tag(character: str) -> bool:
    return character in _TAG_SIGNS or unicodedata.category(character)[0] in _TAG_CATEGORIES
