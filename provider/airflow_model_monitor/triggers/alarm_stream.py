"""A queue of alarms as a shared stream of Airflow 3.3: a message is deleted when its events are in the database."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from airflow_model_monitor._compat import SharedStreamProducer

if TYPE_CHECKING:
    from airflow_model_monitor.triggers.alarm_filter import Fate
    from airflow_model_monitor.triggers.alarm_message import AlarmMessageTrigger


@dataclasses.dataclass(slots=True)
class Received:
    """A message, and what became of it with each watcher that has looked at it."""

    message: dict[str, Any]
    fates: list[Fate] = dataclasses.field(default_factory=list)


class AlarmStream(SharedStreamProducer):
    """Receives for all watchers of a queue, and deletes what all have dealt with.

    :param trigger: one of the watchers; only what they have in common is used.
    """

    def __init__(self, trigger: AlarmMessageTrigger) -> None:
        self.trigger = trigger

    async def open_stream(self) -> AsyncIterator[tuple[Received, Received]]:
        """Every message as it is received, for ever."""
        async for messages in self.trigger.batches():
            for message in messages:
                received = Received(message)
                yield received, received

    def get_advance_lane(self, broker_payload: Received) -> int:
        """One for each message: they have no order, and none waits for another's event."""
        return id(broker_payload)

    async def advance(self, batch: Sequence[Any]) -> None:
        """Delete the messages whose events are stored."""
        await self.trigger.delete([item.broker_payload.message for item in batch if _is_done(*item)])

    async def aclose(self) -> None:
        """Nothing is held open."""


def _is_done(received: Received, outcome: Any) -> bool:
    # A watcher that goes away counts as if it had taken what waits for it; only one that has looked has a fate.
    looked = outcome.failed == 0 and 0 < outcome.acked <= len(received.fates)
    return looked and any(fate != "leave" for fate in received.fates)
