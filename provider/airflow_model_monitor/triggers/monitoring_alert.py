"""Waits, without a worker, for an alert of a SageMaker monitoring schedule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from asgiref.sync import sync_to_async

from airflow_model_monitor._compat import BaseTrigger, TriggerEvent
from airflow_model_monitor.hooks.aws_failure import is_transient
from airflow_model_monitor.hooks.aws_reader import AwsReader, AwsSettings
from airflow_model_monitor.hooks.monitoring_alerts import MonitoringAlerts, NoSuchAlertError

_LONGEST_PAUSE: Final = 600.0  # seconds


class MonitoringAlertTrigger(BaseTrigger):
    """Fires once, when the alert has the status: ``{"status": "reached", "alert": …}``.

    ``{"status": "missing", "error": …}`` when there is no such alert, and ``{"status": "error", "error": …}`` when
    SageMaker refuses to tell. Throttling and faults are waited out with
    growing pauses, until the task's own time-out.

    :param monitoring_schedule_name: the schedule
    :param monitoring_alert_name: the alert; None takes the schedule's only one
    :param status: ``InAlert`` or ``OK``
    :param poke_interval: seconds between two looks
    :param aws_conn_id: Airflow connection of type ``aws``; None means boto3's own credentials
    :param region_name: AWS region, where the connection names none
    :param verify: TLS verification, as boto3 takes it
    :param botocore_config: keyword arguments of ``botocore.config.Config``
    """

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        monitoring_alert_name: str | None = None,
        status: str = "InAlert",
        poke_interval: float = 60.0,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.monitoring_schedule_name = monitoring_schedule_name
        self.monitoring_alert_name = monitoring_alert_name
        self.status = status
        self.poke_interval = poke_interval
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and the constructor's arguments."""
        names = (
            *("monitoring_schedule_name", "monitoring_alert_name", "status", "poke_interval"),
            *("aws_conn_id", "region_name", "verify", "botocore_config"),
        )
        return f"{type(self).__module__}.{type(self).__qualname__}", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until it is so."""
        settings = AwsSettings.of(self.aws_conn_id, self.region_name, self.verify, self.botocore_config)
        # asgiref rather than asyncio.to_thread, as in ExecutionPublishedTrigger.
        look = sync_to_async(MonitoringAlerts(AwsReader(settings)).one, thread_sensitive=False)
        failures = 0
        while True:
            try:
                alert = await look(self.monitoring_schedule_name, self.monitoring_alert_name)
            except NoSuchAlertError as error:
                event: dict[str, Any] = {"status": "missing", "error": str(error)}
                break
            except Exception as error:  # noqa: BLE001  the task has to fail with the cause, not with "Trigger failure"
                if not is_transient(error):
                    event = {"status": "error", "error": f"{type(error).__name__}: {error}"}
                    break
                failures += 1
                self.log.warning("AWS does not answer, looking again later: %s", error)
            else:
                failures = 0
                if alert["status"] == self.status:
                    event = {"status": "reached", "alert": alert}
                    break
            pause = self.poke_interval * 2 ** min(failures, 10)
            await asyncio.sleep(min(pause, max(self.poke_interval, _LONGEST_PAUSE)))
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]
