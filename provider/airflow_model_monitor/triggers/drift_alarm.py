"""Waits, without a worker, for an alarm to be in a state."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async

from airflow_model_monitor._compat import BaseTrigger, TriggerEvent
from airflow_model_monitor.triggers.watched_alarm import WatchedAlarm


class DriftAlarmTrigger(BaseTrigger):
    """Fires once: ``{"status": "reached" | "insufficient_data" | "missing", "alarm": …}``.

    An error of CloudWatch (no access, no such region) ends the trigger and fails the waiting task with that error.

    :param ends_on_insufficient_data: fire too when the alarm has no data.
    :param poke_interval: seconds between two looks.
    The other arguments are those of :class:`~airflow_model_monitor.triggers.watched_alarm.WatchedAlarm`.
    """

    def __init__(
        self,
        *,
        alarm_name: str,
        state: str = "ALARM",
        changed_after: str | None = None,
        ends_on_insufficient_data: bool = False,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        poke_interval: float = 60.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.alarm = WatchedAlarm(
            alarm_name=alarm_name,
            state=state,
            changed_after=changed_after,
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=botocore_config,
        )
        self.ends_on_insufficient_data = ends_on_insufficient_data
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and the constructor's arguments."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        own = {"ends_on_insufficient_data": self.ends_on_insufficient_data, "poke_interval": self.poke_interval}
        return path, {**dataclasses.asdict(self.alarm), **own}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until it is so."""
        # asgiref rather than asyncio.to_thread, as in ExecutionPublishedTrigger.
        look = sync_to_async(self.alarm.read, thread_sensitive=False)
        while True:
            status = await look()
            if status is None:
                event = {"status": "missing", "alarm": None}
            elif self.alarm.is_met(status):
                event = {"status": "reached", "alarm": status}
            elif status["state"] == "INSUFFICIENT_DATA" and self.ends_on_insufficient_data:
                event = {"status": "insufficient_data", "alarm": status}
            else:
                await asyncio.sleep(self.poke_interval)
                continue
            yield TriggerEvent(event)  # type: ignore[no-untyped-call]
            return
