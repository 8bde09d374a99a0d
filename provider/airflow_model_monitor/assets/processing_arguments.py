"""Arguments of processing jobs as people and AWS's SDK write them, in one form that Airflow serialises and renders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class SdkNetworkConfig(Protocol):
    """A ``NetworkConfig`` of AWS's SDK."""

    enable_network_isolation: bool


NetworkConfig = Mapping[str, Any] | SdkNetworkConfig
Tags = Mapping[str, str] | Iterable[Mapping[str, str]]

_ISOLATION, _ENCRYPTION = "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption"
_API_MEMBERS = (_ISOLATION, _ENCRYPTION, "VpcConfig")


def plain_network(given: NetworkConfig | None) -> dict[str, Any] | None:
    """A network as the API has it: ``{"EnableNetworkIsolation": …, "VpcConfig": {"SecurityGroupIds", "Subnets"}}``.

    :param given: that, an object of ``contract.processing_job.ProcessingNetwork``, or a ``NetworkConfig`` of AWS's SDK,
        known by its members.
    :raises ValueError: it is none of them.
    """
    if given is None or hasattr(given, "operator"):  # another task's output is rendered later
        return given  # type: ignore[return-value]
    if isinstance(given, Mapping):
        unknown = sorted(set(given) - set(_API_MEMBERS))
        if unknown:
            raise ValueError(
                f"network_config={given!r}: {unknown[0]!r} is none of its members; expected {', '.join(_API_MEMBERS)}"
            )
        return dict(given)
    if hasattr(given, "to_api"):
        return dict(given.to_api())
    if not hasattr(given, "enable_network_isolation"):
        raise ValueError(
            f"network_config={given!r}: expected a mapping as the API has it, such as "
            '{"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, or a NetworkConfig of AWS\'s SDK'
        )
    # The members of both versions: flat in 2, a vpc_config of its own in 3.
    vpc = getattr(given, "vpc_config", None) or given
    result: dict[str, Any] = {}
    if isinstance(given.enable_network_isolation, bool):
        result[_ISOLATION] = given.enable_network_isolation
    for name in ("encrypt_inter_container_traffic", "enable_inter_container_traffic_encryption"):
        if isinstance(encrypted := getattr(given, name, None), bool):
            result[_ENCRYPTION] = encrypted
    groups, subnets = (_texts(getattr(vpc, name, None)) for name in ("security_group_ids", "subnets"))
    if groups or subnets:
        result["VpcConfig"] = {"SecurityGroupIds": groups, "Subnets": subnets}
    return result


def plain_tags(given: Tags | None) -> dict[str, str] | None:
    """Tags by key, given so or as the API has them: ``[{"Key": …, "Value": …}]``.

    :raises ValueError: they are neither.
    """
    if given is None or hasattr(given, "operator"):
        return given  # type: ignore[return-value]
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    try:
        return {str(tag["Key"]): str(tag["Value"]) for tag in given}
    except (TypeError, KeyError):
        raise ValueError(
            f'tags={given!r}: expected a mapping, such as {{"team": "fraud"}}, or the API\'s list of Key and Value'
        ) from None


def _texts(given: Any) -> list[str]:
    return [str(one) for one in given] if isinstance(given, list | tuple) else []
