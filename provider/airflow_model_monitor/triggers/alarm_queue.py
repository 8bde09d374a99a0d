"""A queue of SQS that alarms' messages arrive in: the arguments that describe it, and its blocking calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook

_MOST_MESSAGES = 10  # what one ReceiveMessage may ask for


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlarmQueue:
    """Which queue, and read with which connection. Texts, numbers and None: it travels as JSON.

    :param queue_url: address of the queue.
    :param visibility_timeout: seconds for which a message that was received is kept from other readers.
    :param aws_conn_id: Airflow connection of type ``aws``; None means boto3's own credentials.
    :param region_name: region, where the connection names none.
    :param verify: TLS verification, as boto3 takes it.
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    """

    queue_url: str
    visibility_timeout: int = 120
    aws_conn_id: str | None = "aws_default"
    region_name: str | None = None
    verify: bool | str | None = None
    botocore_config: dict[str, Any] | None = None

    def receive(self) -> list[dict[str, Any]]:
        """Up to ten messages that nobody else is dealing with, each with ``MessageId``, ``Body``, ``ReceiptHandle``.

        Returns at once where there are none: a long poll would hold one of the few threads that all triggers share.
        """
        answer = self._client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=_MOST_MESSAGES,
            VisibilityTimeout=self.visibility_timeout,
            WaitTimeSeconds=0,
        )
        return list(answer.get("Messages", []))

    def delete(self, messages: Sequence[dict[str, Any]]) -> list[str]:
        """Delete messages; what could not be, as ``MessageId: reason``, will be received again."""
        failures: list[str] = []
        for start in range(0, len(messages), _MOST_MESSAGES):
            batch = messages[start : start + _MOST_MESSAGES]
            entries = [
                {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]} for place, message in enumerate(batch)
            ]
            answer = self._client.delete_message_batch(QueueUrl=self.queue_url, Entries=entries)
            failures += [
                f"{batch[int(one['Id'])].get('MessageId')}: {one.get('Message') or one.get('Code')}"
                for one in answer.get("Failed", [])
            ]
        return failures

    @property
    def hook(self) -> ModelMonitorHook:
        """The connection's hook."""
        from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook

        return ModelMonitorHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )

    @cached_property
    def _client(self) -> Any:
        # One for the trigger's life: boto3 renews its credentials, and clients may be used from any thread.
        return self.hook.client("sqs")
