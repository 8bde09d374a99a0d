"""From an Airflow connection to what the rest of the package takes: storage options and boto3 clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_model_monitor._compat import BaseHook

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

_S3 = ("s3", "s3a")


class ModelMonitorHook(BaseHook):
    """Open what a monitor reads and writes with the credentials of an Airflow connection.

    Use it wherever an address may be on S3. Nothing is looked up before an address needs it: with local folders, and
    with ``aws_conn_id=None``, neither a connection nor AWS is touched.

    :param aws_conn_id: Airflow connection of type ``aws``; its ``endpoint_url`` (also that of ``service_config``) is
        respected, so any store that speaks S3 will do. None means boto3's own chain of credentials.
    :param region_name: AWS region, where the connection names none or another.
    :param verify: whether TLS certificates are verified, or the path of a CA bundle, as boto3 takes it.
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    """

    conn_name_attr = "aws_conn_id"
    default_conn_name = "aws_default"

    def __init__(
        self,
        aws_conn_id: str | None = default_conn_name,
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = dict(botocore_config or {})

    def storage_options(self, url: str = "s3://") -> dict[str, Any]:
        """What fsspec needs to open an address.

        For S3 these are s3fs's keyword arguments: credentials, ``endpoint_url``, region, TLS verification. Credentials
        of an assumed role are those of this moment; ask again for a job that outlives them.

        :param url: the address that is to be opened; for anything but S3 the answer is empty
        """
        if "://" not in url or url.split("://", 1)[0] not in _S3:
            return {}
        region, verify, endpoint_url = self.region_name, self.verify, None
        config = dict(self.botocore_config)
        options: dict[str, Any] = {}
        if self.aws_conn_id is not None:
            hook = self._aws_hook("s3")
            region, verify = hook.region_name, hook.verify
            endpoint_url = hook.conn_config.get_service_endpoint_url("s3")
            config = {**hook.conn_config.extra_config.get("config_kwargs", {}), **config}
            credentials = hook.get_session().get_credentials()
            if credentials is not None:
                frozen = credentials.get_frozen_credentials()
                options = {"key": frozen.access_key, "secret": frozen.secret_key, "token": frozen.token}
        client = {name: value for name, value in (("region_name", region), ("verify", verify)) if value is not None}
        if endpoint_url is not None:
            options["endpoint_url"] = endpoint_url
        if client:
            options["client_kwargs"] = client
        if config:
            options["config_kwargs"] = config
        return {name: value for name, value in options.items() if value is not None}

    def session(self) -> Any:
        """A boto3 session with the connection's credentials and region."""
        if self.aws_conn_id is not None:
            return self._aws_hook("sts").get_session(region_name=self.region_name)
        import boto3

        return boto3.Session(region_name=self.region_name)

    def client(
        self, service_name: str, *, config: Any = None, defaults: Any = None, endpoint_url: str | None = None
    ) -> Any:
        """A boto3 client of one AWS service, with the connection's endpoint, TLS verification and configuration.

        Of two settings the later one counts: ``defaults``, the connection's ``config_kwargs``, ``botocore_config``,
        ``config``.

        :param config: a ``botocore.config.Config`` of the caller's, which wins over the connection's
        :param defaults: likewise, but for what the connection says nothing about
        :param endpoint_url: address of the service, where the connection names none
        """
        from botocore.config import Config

        own = Config(**self.botocore_config)
        if self.aws_conn_id is None:
            effective = _merged(defaults, own, config)
            return self.session().client(service_name, verify=self.verify, config=effective, endpoint_url=endpoint_url)
        # Given a configuration of ours, Amazon's hook would forget the connection's.
        hook = self._aws_hook(service_name, configured=False)
        return hook.get_client_type(config=_merged(defaults, hook.config, own, config))

    def _aws_hook(self, client_type: str, *, configured: bool = True) -> AwsGenericHook[Any]:
        # Imported here: this module pulls in boto3, and every DAG file imports our operators.
        from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

        return AwsGenericHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            client_type=client_type,
            config=(self.botocore_config or None) if configured else None,
        )


def _merged(*configs: Any) -> Any:
    """One ``botocore.config.Config``; of two settings the later one counts, and None is none."""
    from botocore.config import Config

    merged = Config()
    for config in configs:
        merged = merged if config is None else merged.merge(config)
    return merged
