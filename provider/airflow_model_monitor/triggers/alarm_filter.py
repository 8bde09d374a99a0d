"""Which of a queue's messages a watcher is about, and what becomes of the others."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any, Literal

from airflow_model_monitor.assets.airflow_metrics import alarm_told
from airflow_model_monitor.contract.alarm_message import ALARM_STATES, OtherMessage, parse_alarm_message
from airflow_model_monitor.contract.errors import ContractError

DeleteOrLeave = Literal["delete", "leave"]
Fate = Literal["event", "delete", "leave"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlarmFilter:
    """The alarms and states that are waited for.

    :param alarm_names: the alarms; None for all.
    :param alarm_name_prefix: what their names begin with; None for all.
    :param states: the new states that count.
    :param on_other: what becomes of messages that are understood and not waited for.
    :param on_unreadable: what becomes of messages that nobody can read.
    """

    alarm_names: list[str] | None = None
    alarm_name_prefix: str | None = None
    states: list[str] = dataclasses.field(default_factory=lambda: ["ALARM"])
    on_other: DeleteOrLeave = "delete"
    on_unreadable: DeleteOrLeave = "leave"

    def __post_init__(self) -> None:
        for argument, value in (("alarm_names", self.alarm_names), ("states", self.states)):
            # A lone text is a sequence too, of its letters, and would match nothing for ever.
            if isinstance(value, str) or (value is not None and not value):
                raise ValueError(f"{argument}={value!r}: expected a list of texts with at least one in it")
        unknown = next((state for state in self.states if state not in ALARM_STATES), None)
        if unknown is not None:
            raise ValueError(f"states: {unknown!r}; allowed are {', '.join(map(repr, ALARM_STATES))}")
        for argument in ("on_other", "on_unreadable"):
            if getattr(self, argument) not in ("delete", "leave"):
                raise ValueError(f"{argument}={getattr(self, argument)!r}: expected 'delete' or 'leave'")

    def judge(self, message: dict[str, Any], log: logging.Logger) -> tuple[Fate, dict[str, Any]]:
        """What becomes of a message, and the payload of its event if it makes one.

        :param message: as ``ReceiveMessage`` hands it over.
        :param log: gets a line for every message that makes no event.
        """
        name = message.get("MessageId")
        try:
            found = parse_alarm_message(message.get("Body", ""))
        except ContractError as error:
            left = "left for the queue's redrive policy" if self.on_unreadable == "leave" else "deleted"
            log.error("Message %s is unreadable and %s: %s", name, left, error)
            return self.on_unreadable, {}
        if isinstance(found, OtherMessage):
            log.info("Message %s is no alarm but %s: %s", name, found.kind, self.on_other)
            return self.on_other, {}
        if not self._wanted(found.alarm_name, found.state):
            log.info("Message %s, %s is %s, is not waited for: %s", name, found.alarm_name, found.state, self.on_other)
            return self.on_other, {}
        alarm_told(state=found.state)
        return "event", {**found.to_document(), "message_id": name}

    def _wanted(self, alarm: str, state: str) -> bool:
        named = self.alarm_names is None or alarm in self.alarm_names
        return named and alarm.startswith(self.alarm_name_prefix or "") and state in self.states
