"""What every operator that reads or writes a monitor's files has in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook


class ConnectedOperator(BaseOperator):
    """Opens addresses with the credentials of an Airflow connection. The base of our operators, not one itself.

    :param aws_conn_id: Airflow connection for addresses on S3 and for CloudWatch; local folders need none. None means
        boto3's own credentials. (templated)
    :param region_name: AWS region, where the connection names none. (templated)
    :param verify: TLS verification, as boto3 takes it. (templated)
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    """

    template_fields: Sequence[str] = ("aws_conn_id", "region_name", "verify")
    ui_color = "#e8f4ea"

    def __init__(
        self,
        *,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config

    @abstractmethod
    def execute(self, context: Context) -> Any:
        """Do what the operator is for."""

    @cached_property
    def hook(self) -> ModelMonitorHook:
        """The connection's hook; it looks nothing up before an address needs it."""
        from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook

        return ModelMonitorHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )

    @property
    def connection(self) -> dict[str, Any]:
        """The connection arguments that find a result again, for the report's page."""
        return {"aws_conn_id": self.aws_conn_id, "region_name": self.region_name, "verify": self.verify}
