"""Queues and their messages. Of moto: ``sqs_backends``, ``SQSBackend.create_queue`` and ``set_queue_attributes``, and
the attributes of ``Queue`` and ``Message`` named below.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from airflow_model_monitor.local.journal import Journal
from airflow_model_monitor.local.kept.difference import Difference

_ALWAYS: Final = (
    *("DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds"),
    *("VisibilityTimeout", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"),
)
_FIFO: Final = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
_LATER: Final = ("Policy", "RedrivePolicy")
"""Set when all queues are there: a queue's dead letters go to another."""
_CHANGING: Final = (
    *("receipt_handle", "approximate_receive_count", "approximate_first_receive_timestamp"),
    *("visible_at", "delayed_until"),
)
_MESSAGE: Final = (
    *("body", "receipt_handle", "sender_id", "sent_timestamp", "approximate_first_receive_timestamp"),
    *("approximate_receive_count", "deduplication_id", "group_id", "sequence_number", "visible_at", "delayed_until"),
)


class Queues:
    """All queues of all accounts and regions."""

    def __init__(self, journal: Journal) -> None:
        self._queues = Difference(journal, "sqs-queues")
        self._messages = Difference(journal, "sqs-messages")
        # What of each message may change, and the document it was made into: queues are long, changes are few.
        self._made: dict[str, tuple[Any, dict[str, Any]]] = {}

    def keep(self) -> None:
        """Bring the journal to what there is."""
        from moto.sqs.models import sqs_backends

        queues: dict[str, Any] = {}
        messages: dict[str, Any] = {}
        for account, regions in list(sqs_backends.items()):
            for region, backend in list(regions.items()):
                for name, queue in list(backend.queues.items()):
                    place = f"{account}/{region}/{name}"
                    queues[place] = _queue(queue)
                    for message in list(queue._messages):
                        key = f"{place}/{message.id}"
                        messages[key] = self._document(key, message)
        self._queues.bring(queues)
        for key in self._messages.bring(messages):
            self._made.pop(key, None)

    def _document(self, key: str, message: Any) -> dict[str, Any]:
        changing = tuple(getattr(message, name) for name in _CHANGING)
        made = self._made.get(key)
        if made is None or made[0] != changing:
            made = self._made[key] = changing, _message(message)
        return made[1]

    def restore(self) -> None:
        """Make the queues that were kept, with their messages; those in flight reappear when their time is over."""
        if not self._queues.items():
            return
        from moto.sqs.models import sqs_backends

        for place, kept in self._queues.items():
            account, region, name = place.split("/")
            attributes = {key: value for key, value in kept["attributes"].items() if key not in _LATER}
            backend = sqs_backends[account][region]
            queue = backend.create_queue(name, kept["tags"], region=region, **attributes)
            queue.created_timestamp = kept["created"]
        for place, kept in self._queues.items():
            account, region, name = place.split("/")
            later = {key: kept["attributes"][key] for key in _LATER if key in kept["attributes"]}
            if later:
                sqs_backends[account][region].set_queue_attributes(name, later)
        for place, kept in self._messages.items():
            account, region, name, identifier = place.split("/")
            _restore_message(sqs_backends[account][region].queues[name], identifier, kept)


def _queue(queue: Any) -> dict[str, Any]:
    # Not queue.attributes, which counts all messages each time.
    from moto.core.utils import camelcase_to_underscores

    attributes: dict[str, Any] = {}
    for name in (*_ALWAYS, *(_FIFO if queue.fifo_queue else ()), *_LATER):
        value = getattr(queue, camelcase_to_underscores(name))
        if value is not None:
            plain = str(value).lower() if isinstance(value, bool) else value
            attributes[name] = json.dumps(plain) if isinstance(plain, dict) else plain
    return {"attributes": attributes, "tags": dict(queue.tags), "created": queue.created_timestamp}


def _message(message: Any) -> dict[str, Any]:
    return {
        **{name: getattr(message, name) for name in _MESSAGE},
        "message_attributes": {name: _texts(one) for name, one in message.message_attributes.items()},
        "system_attributes": {name: _texts(one) for name, one in message.system_attributes.items()},
        "old_receipt_handles": [handle for handle in message._old_receipt_handles if handle is not None],
    }


def _restore_message(queue: Any, identifier: str, kept: Mapping[str, Any]) -> None:
    from moto.sqs.models import Message

    message = Message(identifier, kept["body"])
    for name in _MESSAGE:
        setattr(message, name, kept[name])
    message.message_attributes = {name: _values(one) for name, one in kept["message_attributes"].items()}
    message.system_attributes = {name: _values(one) for name, one in kept["system_attributes"].items()}
    message._old_receipt_handles = list(kept["old_receipt_handles"])
    queue._messages.append(message)
    if message.receipt_handle is not None and not message.visible:
        queue.pending_messages.add(message)


def _texts(attribute: Any) -> Any:
    """An attribute with its bytes as base64."""
    if isinstance(attribute, Mapping):
        return {name: _texts(value) for name, value in attribute.items()}
    return {"base64": base64.b64encode(attribute).decode()} if isinstance(attribute, bytes) else attribute


def _values(attribute: Any) -> Any:
    if isinstance(attribute, Mapping):
        if attribute.keys() == {"base64"}:
            return base64.b64decode(attribute["base64"])
        return {name: _values(value) for name, value in attribute.items()}
    return attribute
