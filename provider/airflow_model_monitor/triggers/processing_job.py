"""Waits, without a worker, for the end of a processing job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from asgiref.sync import sync_to_async

from airflow_model_monitor._compat import TRIGGERS_LEARN_OF_KILLS, BaseTrigger, TriggerEvent
from airflow_model_monitor.triggers.processing_job_poller import ended
from airflow_model_monitor.triggers.processing_services import processing_service

if TYPE_CHECKING:
    from airflow_model_monitor.hooks.aws_reader import AwsSettings

Outcome = Literal["ended", "vanished", "timeout", "error"]
#: States that only somebody's action on the task, or its end, can have brought about while its trigger still waited.
_KILLED: Final = ("failed", "success", "skipped", "upstream_failed", "removed", "restarting")


class ProcessingJobTrigger(BaseTrigger):
    """Fires once: ``{"status": "ended", "job_name": …, "job_status": "Completed", "message": "", "carried": …}``.

    ``status`` may also be ``vanished`` (somebody has deleted the job), ``timeout`` (it still runs at ``deadline``) or
    ``error`` (the service refuses to say); ``message`` then says what is known. All triggers of a process with the same
    connection share one look at the service, in a thread. While it is throttling or out of reach they go on.

    A job is stopped when somebody marks the deferred task as failed or succeeded, or clears it; on Airflow before 3.3
    only where the task's state proves that. A triggerer that restarts stops nothing.

    :param job_name: the processing job.
    :param aws_conn_id: Airflow connection of type ``aws``.
    :param region_name: region, where the connection names none.
    :param verify: TLS verification, as boto3 takes it.
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    :param waiter_delay: seconds between two looks.
    :param deadline: ISO 8601 with offset: when to give up waiting; None waits as long as it runs.
    :param carried: what the event gives back as ``carried``: JSON that the waiting task goes on with.
    """

    def __init__(
        self,
        *,
        job_name: str,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        waiter_delay: float = 30.0,
        deadline: str | None = None,
        carried: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.job_name = job_name
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self.waiter_delay = waiter_delay
        self.deadline = deadline
        self.carried = carried

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and the constructor's arguments."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, {
            "job_name": self.job_name,
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region_name,
            "verify": self.verify,
            "botocore_config": self.botocore_config,
            "waiter_delay": self.waiter_delay,
            "deadline": self.deadline,
            "carried": self.carried,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until it has ended."""
        try:
            event = await self._end()
        except asyncio.CancelledError:
            if not TRIGGERS_LEARN_OF_KILLS and await self._was_killed():
                await self.on_kill()
            raise
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Stop the job: somebody has acted on the task that waits for it."""
        self.log.info("Stopping processing job %s: its task was killed", self.job_name)
        await sync_to_async(self._stop, thread_sensitive=False)()

    async def _end(self) -> dict[str, Any]:
        left = None
        if self.deadline is not None:
            left = max(0.0, (datetime.fromisoformat(self.deadline) - datetime.now(UTC)).total_seconds())
        try:
            status = await asyncio.wait_for(ended(self._settings, self.job_name, self.waiter_delay), left)
        except TimeoutError:
            return self._event("timeout")
        except Exception as error:  # noqa: BLE001  whatever it is, the waiting task has to be told
            return self._event("error", message=f"{type(error).__name__}: {error}")
        return self._event("vanished") if status is None else self._event("ended", job_status=status)

    def _event(self, status: Outcome, *, job_status: str = "", message: str = "") -> dict[str, Any]:
        return {
            "status": status,
            "job_name": self.job_name,
            "job_status": job_status,
            "message": message,
            "carried": self.carried,
        }

    @property
    def _settings(self) -> AwsSettings:
        from airflow_model_monitor.hooks.aws_reader import AwsSettings

        return AwsSettings.of(self.aws_conn_id, self.region_name, self.verify, self.botocore_config)

    def _stop(self) -> None:
        processing_service(self._settings).stop(self.job_name)

    async def _was_killed(self) -> bool:
        """Whether the task's state proves that somebody acted on it; False where it cannot be known."""
        try:
            return await sync_to_async(self._task_state, thread_sensitive=False)() in _KILLED
        except Exception as error:  # noqa: BLE001  without a proof nothing is stopped
            self.log.warning("The task's state is not known (%s): processing job %s goes on", error, self.job_name)
            return False

    def _task_state(self) -> str | None:
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        task: Any = self.task_instance
        states = RuntimeTaskInstance.get_task_states(
            dag_id=task.dag_id, task_ids=[task.task_id], run_ids=[task.run_id], map_index=task.map_index
        )
        # A mapped task's state stands under its name and index.
        mapped = task.map_index is not None and task.map_index >= 0
        key = f"{task.task_id}_{task.map_index}" if mapped else task.task_id
        found = states.get(task.run_id, {}).get(key)
        return None if found is None else str(getattr(found, "value", found))
