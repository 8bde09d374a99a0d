"""Alarm messages in a real queue become events, and are deleted no sooner."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator

from airflow_model_monitor._compat import HAS_ACKNOWLEDGED_STREAMS, TriggerEvent
from airflow_model_monitor.triggers.alarm_message import AlarmMessageTrigger
from tests.airflow.cloud import REGION, aws  # noqa: F401  a fixture
from tests.airflow.conftest import register
from tests.contract.test_alarm_message import EVENT, NOTIFICATION, enveloped

PROCESSING_JOB = {"detail-type": "SageMaker Processing Job State Change", "source": "aws.sagemaker", "detail": {}}


@pytest.fixture
def sqs(aws: Callable[[str], Any]) -> Any:  # noqa: F811
    return aws("sqs")


@pytest.fixture
def queue_url(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName=f"alarms-{uuid.uuid4().hex}")["QueueUrl"])


def watcher(queue_url: str, **changed: Any) -> AlarmMessageTrigger:
    arguments = {"queue_url": queue_url, "aws_conn_id": "cloud", "poll_interval": 0.05, "handover_seconds": 0.2}
    return AlarmMessageTrigger(**{**arguments, **changed})


def send(sqs: Any, queue_url: str, *bodies: Any) -> None:
    for body in bodies:
        sqs.send_message(QueueUrl=queue_url, MessageBody=body if isinstance(body, str) else json.dumps(body))


def messages(sqs: Any, queue_url: str) -> int:
    """How many are in the queue, whether visible or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    for _ in range(int(seconds / 0.05)):
        if await asyncio.to_thread(condition):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come true")


async def events_of(trigger: AlarmMessageTrigger, count: int) -> tuple[list[dict[str, Any]], AsyncIterator[Any]]:
    stream = trigger.run()
    return [(await asyncio.wait_for(anext(stream), 10)).payload for _ in range(count)], stream


def test_an_event_comes_first_and_the_deletion_after_it(sqs: Any, queue_url: str) -> None:
    send(sqs, queue_url, enveloped(NOTIFICATION))

    async def watch() -> tuple[dict[str, Any], int]:
        (payload,), stream = await events_of(watcher(queue_url), 1)
        left = await asyncio.to_thread(messages, sqs, queue_url)
        going_on = asyncio.ensure_future(anext(stream))
        await until(lambda: messages(sqs, queue_url) == 0)
        going_on.cancel()
        return payload, left

    payload, left_when_told = asyncio.run(watch())

    assert left_when_told == 1
    assert payload["alarm_name"] == "churn-drift"
    assert payload["monitoring_schedule"] == "churn"
    assert payload["message_id"]
    json.dumps(payload, allow_nan=False)


def test_a_triggerer_that_dies_in_between_leaves_the_message_to_the_next(sqs: Any, queue_url: str) -> None:
    send(sqs, queue_url, NOTIFICATION)

    async def watch() -> list[dict[str, Any]]:
        first, stream = await events_of(watcher(queue_url, visibility_timeout=31, handover_seconds=1), 1)
        await stream.aclose()
        message = await asyncio.to_thread(in_flight)
        sqs.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=message, VisibilityTimeout=0)
        second, stream = await events_of(watcher(queue_url), 1)
        return first + second

    def in_flight() -> str:
        # The server lends no handle twice: take the one it gave to the watcher that died.
        import moto.core.models

        backend = moto.backends.get_backend("sqs")[moto.core.DEFAULT_ACCOUNT_ID][REGION]
        return str(backend.queues[queue_url.rsplit("/", 1)[-1]]._messages[0].receipt_handle)

    first, second = asyncio.run(watch())

    assert first["dedup"] == second["dedup"]


def test_one_change_told_on_two_routes_has_one_dedup(sqs: Any, queue_url: str) -> None:
    send(sqs, queue_url, enveloped(NOTIFICATION), EVENT)

    payloads, _ = asyncio.run(events_of(watcher(queue_url), 2))

    assert len({payload["dedup"] for payload in payloads}) == 1
    assert {payload["route"] for payload in payloads} == {"sns", "eventbridge"}


def test_what_is_not_waited_for_makes_no_event(sqs: Any, queue_url: str) -> None:
    others = [
        PROCESSING_JOB,
        NOTIFICATION | {"NewStateValue": "OK"},
        NOTIFICATION | {"AlarmName": "other-drift"},
    ]
    send(sqs, queue_url, *others, NOTIFICATION)

    async def watch() -> dict[str, Any]:
        (payload,), stream = await events_of(watcher(queue_url, alarm_name_prefix="churn"), 1)
        going_on = asyncio.ensure_future(anext(stream))
        await until(lambda: messages(sqs, queue_url) == 0)
        going_on.cancel()
        return payload

    assert asyncio.run(watch())["alarm_name"] == "churn-drift"


@pytest.mark.parametrize(("on_unreadable", "left"), [("leave", 2), ("delete", 0)])
def test_unreadable_messages_hold_up_nothing(sqs: Any, queue_url: str, on_unreadable: Any, left: int) -> None:
    send(sqs, queue_url, "poison", NOTIFICATION | {"NewStateValue": "?"}, NOTIFICATION)

    async def watch() -> dict[str, Any]:
        (payload,), stream = await events_of(watcher(queue_url, on_unreadable=on_unreadable), 1)
        going_on = asyncio.ensure_future(anext(stream))
        await until(lambda: messages(sqs, queue_url) == left)
        going_on.cancel()
        return payload

    assert asyncio.run(watch())["alarm_name"] == "churn-drift"


def test_a_queue_that_cannot_be_read_is_tried_again(sqs: Any) -> None:
    name = f"later-{uuid.uuid4().hex}"

    async def watch() -> dict[str, Any]:
        told = asyncio.ensure_future(events_of(watcher(f"{sqs.meta.endpoint_url}/123456789012/{name}"), 1))
        await asyncio.sleep(0.5)
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        send(sqs, url, NOTIFICATION)
        (payload,), _ = await told
        return payload

    assert asyncio.run(watch())["alarm_name"] == "churn-drift"


@pytest.mark.skipif(not HAS_ACKNOWLEDGED_STREAMS, reason="shared streams that acknowledge came with Airflow 3.3")
def test_two_watchers_share_a_queue_and_a_message_goes_when_its_event_is_stored(sqs: Any, queue_url: str) -> None:
    from airflow.triggers.shared_stream import SharedStreamManager

    send(sqs, queue_url, NOTIFICATION, NOTIFICATION | {"AlarmName": "fraud-drift", "AlarmArn": None}, "poison")
    watchers = {1: watcher(queue_url, alarm_names=["churn-drift"]), 2: watcher(queue_url, alarm_names=["fraud-drift"])}
    told: list[tuple[int, str]] = []
    sequence: list[int | None] = []

    async def listen(manager: SharedStreamManager, number: int) -> None:
        trigger = watchers[number]
        key = trigger.shared_stream_key()
        stream = manager.subscribe(trigger_id=number, trigger=trigger, key=key)
        async for event in trigger.filter_shared_stream(stream):
            told.append((number, event.payload["alarm_name"]))
            sequence.append(manager.bind_pending_event(trigger_id=number, key=key))

    async def watch() -> list[int]:
        import structlog

        manager = SharedStreamManager(log=structlog.get_logger())
        listening = [asyncio.ensure_future(listen(manager, number)) for number in watchers]
        await until(lambda: len(told) == 2)
        await asyncio.sleep(0.3)
        counts = [await asyncio.to_thread(messages, sqs, queue_url)]
        manager.confirm_persisted([number for number in sequence if number is not None])
        await until(lambda: messages(sqs, queue_url) == 1)
        counts.append(1)
        for one in listening:
            one.cancel()
        await manager.stop_all()
        return counts

    assert watchers[1].shared_stream_key() == watchers[2].shared_stream_key()
    assert asyncio.run(watch()) == [3, 1]
    assert sorted(told) == [(1, "churn-drift"), (2, "fraud-drift")]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"alarm_names": "churn-drift"}, "alarm_names='churn-drift': expected a list"),
        ({"alarm_names": []}, "alarm_names"),
        ({"states": ["alarm"]}, "states: 'alarm'; allowed are 'OK', 'ALARM'"),
        ({"on_other": "keep"}, "on_other='keep'"),
        ({"visibility_timeout": 20}, "visibility_timeout=20"),
        ({"poll_interval": 0}, "poll_interval=0"),
    ],
)
def test_refuses_by_name_and_value(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AlarmMessageTrigger(queue_url="https://sqs/1/q", **changed)


def test_it_travels_in_a_dag_and_its_event_reaches_the_asset(airflow_db: None) -> None:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.models.trigger import Trigger
    from airflow.sdk import DAG, Asset, AssetWatcher
    from airflow.utils.session import create_session
    from sqlalchemy import select

    trigger = AlarmMessageTrigger(
        queue_url="https://sqs/1/q",
        verify=False,
        region_name="eu-west-1",
        botocore_config={"read_timeout": 5, "retries": {"mode": "standard"}},
    )
    name = f"alarms-{uuid.uuid4().hex}"
    watched = Asset(name, watchers=[AssetWatcher(name="queue", trigger=trigger)])
    with DAG(name, schedule=[watched], is_paused_upon_creation=False) as dag:
        EmptyOperator(task_id="retrain")
    for _ in range(2):  # Airflow 3.0 knows an asset as active only when it reads the DAG again
        register(dag)
    payload = {"dedup": "one", "state": "ALARM"}

    with create_session() as session:
        asset = session.scalars(select(AssetModel).where(AssetModel.name == name)).one()
        (row,) = asset.triggers
        rebuilt = AlarmMessageTrigger(**row.kwargs)
        Trigger.submit_event(row.id, TriggerEvent(payload), session=session)
        session.flush()
        events = session.scalars(select(AssetEvent).where(AssetEvent.asset_id == asset.id)).all()
        told = [event.extra for event in events]

    assert rebuilt.serialize() == trigger.serialize()
    assert told == [{"from_trigger": True, "payload": payload}]
