"""How a published execution is found: the arguments that a sensor and its trigger share, and one look at the store."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_model_monitor.service.revisions import Revision


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PublishedExecution:
    """Which execution, where, and read with which connection. All of it is text, numbers and None: it travels as JSON.

    :param output_uri: root of the monitors' output.
    :param monitoring_schedule_name: the monitor.
    :param window_start: first instant of the window, ISO 8601 with offset.
    :param window_end: first instant after the window, ISO 8601 with offset.
    :param endpoint_name: the endpoint it watches; None for batch-transform data.
    :param aws_conn_id: Airflow connection for addresses on S3; local folders need none.
    :param region_name: region, where the connection names none.
    :param verify: TLS verification, as boto3 takes it.
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    """

    output_uri: str
    monitoring_schedule_name: str
    window_start: str
    window_end: str
    endpoint_name: str | None = None
    aws_conn_id: str | None = "aws_default"
    region_name: str | None = None
    verify: bool | str | None = None
    botocore_config: dict[str, Any] | None = None

    def read(self) -> Revision | None:
        """The newest published revision, or None: it has not run, or not to its end. Blocks on the store."""
        from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
        from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
        from airflow_model_monitor.service.windows import Window

        hook = ModelMonitorHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )
        window = Window(datetime.fromisoformat(self.window_start), datetime.fromisoformat(self.window_end))
        key = ExecutionKey(self.monitoring_schedule_name, window, self.endpoint_name)
        return ExecutionStore(self.output_uri, hook.storage_options(self.output_uri)).read(key)

    def __str__(self) -> str:
        watched = f" of endpoint {self.endpoint_name}" if self.endpoint_name else ""
        return (
            f"execution of {self.monitoring_schedule_name}{watched} over {self.window_start} to {self.window_end} "
            f"below {self.output_uri}"
        )
