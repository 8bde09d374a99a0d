"""Waits, without a worker, for an execution of a SageMaker monitoring schedule."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from airflow_model_monitor._compat import BaseTrigger, TriggerEvent
from airflow_model_monitor.hooks.aws_reader import AwsSettings
from airflow_model_monitor.service.due_execution import DueExecution
from airflow_model_monitor.triggers.execution_poller import waiting_for


class MonitoringExecutionTrigger(BaseTrigger):
    """Fires once when the execution has ended, however it did.

    The event is ``{"status": "ended", "execution": …}`` with the execution as the list tells of it, or ``{"status":
    "absent"}`` when a look after ``appears_before`` finds none, or ``{"status": "error", "error": …}`` when SageMaker
    refuses to tell.

    All triggers of a triggerer with the same connection settings share one list of executions per interval. Throttling
    and faults of the service are waited out with growing pauses, until the task's own time-out.

    :param monitoring_schedule_name: the schedule
    :param due_from: first instant at which the execution may have been due, ISO 8601 with offset
    :param due_before: first instant after those, likewise
    :param appears_before: when to stop waiting for one that has not appeared, likewise; None: never
    :param poke_interval: seconds between two looks; the most impatient trigger counts
    :param aws_conn_id: Airflow connection of type ``aws``; None means boto3's own credentials
    :param region_name: AWS region, where the connection names none
    :param verify: TLS verification, as boto3 takes it
    :param botocore_config: keyword arguments of ``botocore.config.Config``; retries, for example
    """

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        due_from: str,
        due_before: str,
        appears_before: str | None = None,
        poke_interval: float = 60.0,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.monitoring_schedule_name = monitoring_schedule_name
        self.due_from = due_from
        self.due_before = due_before
        self.appears_before = appears_before
        self.poke_interval = poke_interval
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and the constructor's arguments."""
        names = (
            *("monitoring_schedule_name", "due_from", "due_before", "appears_before", "poke_interval"),
            *("aws_conn_id", "region_name", "verify", "botocore_config"),
        )
        return f"{type(self).__module__}.{type(self).__qualname__}", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait with all the others."""
        settings = AwsSettings.of(self.aws_conn_id, self.region_name, self.verify, self.botocore_config)
        due = DueExecution(
            self.monitoring_schedule_name,
            datetime.fromisoformat(self.due_from),
            datetime.fromisoformat(self.due_before),
        )
        appears_before = None if self.appears_before is None else datetime.fromisoformat(self.appears_before)
        with waiting_for(due, settings, self.poke_interval, appears_before) as waiting:
            try:
                execution = await waiting.ended
            except Exception as error:  # noqa: BLE001  the task has to fail with the cause, not with "Trigger failure"
                event: dict[str, Any] = {"status": "error", "error": f"{type(error).__name__}: {error}"}
            else:
                event = (
                    {"status": "absent"}
                    if execution is None
                    else {"status": "ended", "execution": execution.to_event()}
                )
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]
