"""Watches a queue for alarms: what an ``AssetWatcher`` of a retraining DAG waits with."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async

from airflow_model_monitor._compat import HAS_ACKNOWLEDGED_STREAMS, BaseEventTrigger, TriggerEvent
from airflow_model_monitor.triggers.alarm_filter import AlarmFilter, DeleteOrLeave
from airflow_model_monitor.triggers.alarm_queue import AlarmQueue
from airflow_model_monitor.triggers.alarm_stream import AlarmStream

if TYPE_CHECKING:
    from collections.abc import Hashable

    from airflow_model_monitor.triggers.alarm_stream import Received

_LONGEST_PAUSE = 300.0
# Time a message keeps to itself beyond the handover, for a slow queue.
_SPARE = 30


class AlarmMessageTrigger(BaseEventTrigger):
    """Fires an event for every alarm of CloudWatch whose message arrives in an SQS queue.

    Use it in ``Asset("…", watchers=[AssetWatcher(name="…", trigger=AlarmMessageTrigger(queue_url=…))])``. It reads
    messages from SNS with and without raw delivery, from EventBridge, and from EventBridge through SNS; composite
    alarms and metric math too. The payload, ``event.extra["payload"]`` in the DAG, is that of
    :meth:`AlarmMessage.to_document <airflow_model_monitor.contract.alarm_message.AlarmMessage.to_document>` and the
    queue's ``message_id``.

    A message is deleted only after its event was handed over, so an alarm may be told twice and never not at all:
    ``dedup`` in the payload is the same for all tellings of one change of state. Airflow 3.3 says when an event is
    stored; before, ``handover_seconds`` is what storing it may take. Messages that nobody can read are logged and left,
    for the queue's redrive policy to put them aside; they hold up no others. An error of the queue is logged and tried
    again with growing pauses.

    Give every queue one watcher. Several share a queue on Airflow 3.3 if their arguments differ only in which alarms
    they wait for.

    :param queue_url: address of the queue.
    :param alarm_names: the alarms to wait for; None for all.
    :param alarm_name_prefix: what their names begin with; None for all.
    :param states: the new states that count: ``"ALARM"``, ``"OK"``, ``"INSUFFICIENT_DATA"``; default: ALARM.
    :param on_other: what becomes of messages that are understood and not waited for, such as other alarms and state
        changes of processing jobs: ``"delete"`` or ``"leave"``.
    :param on_unreadable: what becomes of messages that nobody can read: ``"leave"`` or ``"delete"``.
    :param visibility_timeout: seconds for which a received message is kept from other readers.
    :param handover_seconds: seconds between an event and the deletion of its message, before Airflow 3.3.
    :param poll_interval: seconds between two looks at an empty queue.
    :param aws_conn_id: Airflow connection of type ``aws``; None means boto3's own credentials.
    :param region_name: AWS region, where the connection names none.
    :param verify: TLS verification, as boto3 takes it.
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    """

    def __init__(
        self,
        *,
        queue_url: str,
        alarm_names: Sequence[str] | None = None,
        alarm_name_prefix: str | None = None,
        states: Sequence[str] = ("ALARM",),
        on_other: DeleteOrLeave = "delete",
        on_unreadable: DeleteOrLeave = "leave",
        visibility_timeout: int = 120,
        handover_seconds: float = 10.0,
        poll_interval: float = 10.0,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if not handover_seconds + _SPARE <= visibility_timeout <= 43_200:
            raise ValueError(
                f"visibility_timeout={visibility_timeout!r}: expected {_SPARE} seconds more than handover_seconds="
                f"{handover_seconds!r}, so that no other reader gets a message before it is deleted, and at most 43200"
            )
        if not poll_interval > 0:
            raise ValueError(f"poll_interval={poll_interval!r}: expected seconds, more than 0")
        self.queue = AlarmQueue(
            queue_url=queue_url,
            visibility_timeout=visibility_timeout,
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=_decoded(botocore_config),
        )
        self.filter = AlarmFilter(
            alarm_names=_listed(alarm_names),
            alarm_name_prefix=alarm_name_prefix,
            states=_listed(states),
            on_other=on_other,
            on_unreadable=on_unreadable,
        )
        self.handover_seconds = handover_seconds
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and the constructor's arguments."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        own = {"handover_seconds": self.handover_seconds, "poll_interval": self.poll_interval}
        return path, {**dataclasses.asdict(self.queue), **dataclasses.asdict(self.filter), **own}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Receive, hand over, delete, for ever."""
        async for messages in self.batches():
            done = []
            handed_over = False
            for message in messages:
                fate, payload = self.filter.judge(message, self.log)
                if fate == "event":
                    yield TriggerEvent(payload)  # type: ignore[no-untyped-call]
                    handed_over = True
                if fate != "leave":
                    done.append(message)
            if handed_over:
                # The triggerer takes its events to the database about once a second, and tells nobody when.
                await asyncio.sleep(self.handover_seconds)
            await self.delete(done)

    def shared_stream_key(self) -> Hashable | None:
        """On Airflow 3.3: what all watchers of one queue have in common."""
        if not HAS_ACKNOWLEDGED_STREAMS:
            return None
        queue = json.dumps(dataclasses.asdict(self.queue), sort_keys=True)
        return (type(self).__qualname__, queue, self.poll_interval)

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> Any:
        """On Airflow 3.3: what receives and deletes for all watchers of one queue."""
        return AlarmStream(cls(**kwargs))

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Received]) -> AsyncIterator[TriggerEvent]:
        """On Airflow 3.3: this watcher's events of the queue's messages."""
        async for received in shared_stream:
            fate, payload = self.filter.judge(received.message, self.log)
            received.fates.append(fate)
            if fate == "event":
                yield TriggerEvent(payload)  # type: ignore[no-untyped-call]

    async def batches(self) -> AsyncIterator[list[dict[str, Any]]]:
        """Received messages, whenever there are some; never ends, whatever the queue answers."""
        # asgiref rather than asyncio.to_thread, as in ExecutionPublishedTrigger: before Airflow 3.3 only asgiref's
        # threads find their way back to the loop that reads connections.
        receive = sync_to_async(self.queue.receive, thread_sensitive=False)
        pause = self.poll_interval
        while True:
            try:
                messages = await receive()
            except Exception:  # an event trigger that ends is started again at once, without a pause
                self.log.exception("Queue %s cannot be read; next try in %.0f s", self.queue.queue_url, pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, max(_LONGEST_PAUSE, self.poll_interval))
                continue
            pause = self.poll_interval
            if messages:
                yield messages
            else:
                await asyncio.sleep(pause)

    async def delete(self, messages: Sequence[dict[str, Any]]) -> None:
        """Delete messages that were dealt with; what stays is received again, which the log says."""
        if not messages:
            return
        try:
            failures = await sync_to_async(self.queue.delete, thread_sensitive=False)(messages)
        except Exception:  # as above
            self.log.exception("%s messages could not be deleted and will come again", len(messages))
            return
        for failure in failures:
            self.log.error("A message could not be deleted and will come again: %s", failure)


def _listed(given: Sequence[str] | None) -> Any:
    # A lone text is left as it is, for the filter to refuse it.
    return given if given is None or isinstance(given, str) else list(given)


def _decoded(value: Any) -> Any:
    """A setting as it was given.

    Airflow 3.0 hands the dictionaries among a watcher's arguments to the triggerer as it has encoded them: each is
    ``{type: "dict", var: …}``, under keys whose spelling depends on the Python it runs on.
    """
    if not isinstance(value, dict):
        return value
    if len(value) == 2 and "dict" in value.values():
        found = [one for key, one in value.items() if str(key) in ("Encoding.VAR", "__var")]
        if found:
            return _decoded(found[0])
    return {key: _decoded(one) for key, one in value.items()}
