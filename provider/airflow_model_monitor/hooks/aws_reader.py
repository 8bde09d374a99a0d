"""A client that only looks, often and for long: it asks again with new credentials when the old ones have expired."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
from airflow_model_monitor.hooks.renewed_client import RenewedClient
from airflow_model_monitor.service.api_call import ApiCall

# For connections that say nothing: botocore's own would wait five times a minute for one answer.
_DEFAULTS: Final[dict[str, Any]] = {
    "connect_timeout": 10,
    "read_timeout": 30,
    "retries": {"mode": "standard", "total_max_attempts": 5},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsSettings:
    """How AWS is reached. Settings that say the same are equal, and may share a client.

    :param aws_conn_id: Airflow connection of type ``aws``; None means boto3's own credentials
    :param region_name: region, where the connection names none
    :param verify: TLS verification, as boto3 takes it
    :param botocore_config: keyword arguments of ``botocore.config.Config``, as JSON text
    """

    aws_conn_id: str | None = "aws_default"
    region_name: str | None = None
    verify: bool | str | None = None
    botocore_config: str = "{}"

    @classmethod
    def of(
        cls,
        aws_conn_id: str | None,
        region_name: str | None,
        verify: bool | str | None,
        botocore_config: dict[str, Any] | None,
    ) -> AwsSettings:
        """The settings of an operator's four arguments."""
        return cls(
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=json.dumps(botocore_config or {}, sort_keys=True),
        )

    def hook(self) -> ModelMonitorHook:
        """A hook; it reads the connection anew."""
        return ModelMonitorHook(
            self.aws_conn_id, self.region_name, self.verify, json.loads(self.botocore_config) or None
        )


class AwsReader:
    """One service of AWS, asked by calls that change little. To be used by one thread at a time.

    Expired credentials are not the end: see :class:`~airflow_model_monitor.hooks.renewed_client.RenewedClient`.
    Retries are the connection's (``config_kwargs``) or the operator's (``botocore_config``), else ``standard`` with
    five attempts.

    :param settings: how AWS is reached
    :param service: e.g. ``sagemaker``
    """

    def __init__(self, settings: AwsSettings, service: str = "sagemaker") -> None:
        self._settings = settings
        self._service = service
        self._client = RenewedClient(self._make)

    def call(self, call: ApiCall) -> dict[str, Any]:
        """The answer to a call. Blocks.

        :raises botocore.exceptions.ClientError: the service's refusal, after the retries
        """
        answer: dict[str, Any] = getattr(self._client, call.method)(**call.parameters)
        return answer

    def close(self) -> None:
        """Close the client; the next call makes a new one."""
        self._client.close()

    def _make(self) -> Any:
        from botocore.config import Config

        return self._settings.hook().client(self._service, defaults=Config(**_DEFAULTS))
