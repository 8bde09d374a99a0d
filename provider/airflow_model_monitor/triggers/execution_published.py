"""Waits, without a worker, for an execution to be published."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async

from airflow_model_monitor._compat import BaseTrigger, TriggerEvent
from airflow_model_monitor.triggers.published_execution import PublishedExecution


class ExecutionPublishedTrigger(BaseTrigger):
    """Fires once when the execution of a window is published: ``{"status": "published", "revision": …}``.

    It looks at the store in a thread, so that a slow bucket does not stop the other triggers. An error of the store
    (no access, a damaged file) ends the trigger and fails the waiting task with that error.

    :param poke_interval: seconds between two looks.
    The other arguments are those of :class:`~airflow_model_monitor.triggers.published_execution.PublishedExecution`.
    """

    def __init__(
        self,
        *,
        output_uri: str,
        monitoring_schedule_name: str,
        window_start: str,
        window_end: str,
        endpoint_name: str | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        poke_interval: float = 60.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.execution = PublishedExecution(
            output_uri=output_uri,
            monitoring_schedule_name=monitoring_schedule_name,
            window_start=window_start,
            window_end=window_end,
            endpoint_name=endpoint_name,
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=botocore_config,
        )
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and the constructor's arguments."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, {**dataclasses.asdict(self.execution), "poke_interval": self.poke_interval}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until it is there."""
        # asgiref rather than asyncio.to_thread: reading an Airflow connection from the thread has to find its way back
        # to the triggerer's event loop, and before Airflow 3.3 only asgiref's threads know it.
        look = sync_to_async(self.execution.read, thread_sensitive=False)
        while (revision := await look()) is None:
            await asyncio.sleep(self.poke_interval)
        yield TriggerEvent(  # type: ignore[no-untyped-call]
            {"status": "published", "revision": revision.execution.revision}
        )
