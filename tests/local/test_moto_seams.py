"""What the local SageMaker uses of moto beside its API: when one of these fails, a new moto has moved it.

Each test says what depends on it. The behaviour itself is tested over HTTP in ``tests/local``.
"""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

import pytest

pytest.importorskip("moto.server")

from airflow_model_monitor.local.cloudwatch.actions import _HANDLERS
from airflow_model_monitor.local.kept import object_document, queues


def test_the_version_is_one_that_was_tried() -> None:
    major, minor = version("moto").split(".")[:2]
    assert (major, minor) == ("5", "2"), "widen the range in pyproject.toml once every test in tests/local has passed"


def test_actions_are_found_by_name_on_the_response_class() -> None:
    """``local/moto_seam.py``: CloudWatch's actions are replaced by setting attributes."""
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult, BaseResponse

    assert "method_names_from_class" in inspect.getsource(BaseResponse.call_action)
    assert not hasattr(BaseResponse.call_action, "cache_info")
    assert hasattr(ActionResult, "execute_result")
    assert {"list_tags_for_resource", "tag_resource", "untag_resource"} <= set(CloudWatchResponse.__dict__)
    assert {"put_metric_alarm", "put_metric_data", "describe_alarms"} <= set(_HANDLERS) & set(dir(CloudWatchResponse))
    assert list(inspect.signature(BaseResponse._get_params).parameters) == ["self"]


@pytest.fixture
def message() -> Any:
    from moto.sqs.models import Message

    return Message("id", "body")


def test_messages_have_what_is_kept_of_them(message: Any) -> None:
    """``local/kept/queues.py``."""
    wanted = {*queues._MESSAGE, "message_attributes", "system_attributes", "_old_receipt_handles", "visible"}
    assert wanted <= set(dir(message))
    unknown = set(vars(message)) - wanted - {"id", "user_id"}
    assert unknown == set(), "a message has something that is not kept"


def test_queues_have_what_is_kept_of_them() -> None:
    """``local/kept/queues.py``."""
    from moto.sqs.models import Queue

    queue = Queue("q", "us-west-2", "123456789012")
    assert {*queues._ALWAYS, *queues._LATER} <= set(Queue.BASE_ATTRIBUTES) | set(Queue.KMS_ATTRIBUTES)
    assert set(queues._FIFO) == set(Queue.FIFO_ATTRIBUTES)
    assert {"_messages", "_pending_messages", "tags", "created_timestamp"} <= set(vars(queue))


def test_topics_and_subscriptions_are_made_of_plain_values() -> None:
    """``local/kept/topics.py``."""
    import json

    from moto.sns.models import SNSBackend, Subscription, Topic

    topic = Topic("t", SNSBackend("us-west-2", "123456789012"))
    settings = {name: value for name, value in vars(topic).items() if name not in ("sns_backend", "sent_notifications")}
    assert json.loads(json.dumps(settings)) == settings
    subscription = Subscription("123456789012", topic, "arn", "sqs")
    assert {"arn", "topic", "endpoint", "protocol", "attributes", "confirmed"} <= set(vars(subscription))
    assert list(inspect.signature(SNSBackend.publish).parameters)[1:6:2] == [
        "message",
        "phone_number",
        "message_attributes",
    ]


def test_rules_have_what_is_kept_of_them() -> None:
    """``local/kept/rules.py`` and ``local/event_bridge.py``."""
    from moto.events.models import EventsBackend

    backend = EventsBackend("us-west-2", "123456789012")
    rule = backend.put_rule("r", event_pattern='{"source": ["aws.cloudwatch"]}')
    assert rule.event_pattern.dump() == '{"source": ["aws.cloudwatch"]}'
    assert rule.event_pattern.matches_event({"source": "aws.cloudwatch", "detail-type": "x", "detail": {}})
    wanted = {"description", "scheduled_expression", "role_arn", "state", "targets", "arn"}
    assert wanted <= set(dir(rule))
    assert backend.event_buses["default"].rules == {"r": rule}


def test_buckets_take_the_dictionary_that_is_put_in_its_place() -> None:
    """``local/kept/objects.py``: keys are noted by a subclass of the dictionary."""
    from moto.s3 import models

    source = inspect.getsource(models.FakeBucket.__init__)
    assert "self.keys = _VersionedKeyStore()" in source
    assert {"__setitem__", "setlist", "pop"} <= set(models._VersionedKeyStore.__dict__)


def test_objects_have_what_is_kept_of_them() -> None:
    """``local/kept/object_document.py``."""
    from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, s3_backends

    key = FakeKey(name="k", value=b"v", account_id="123456789012", region_name="us-west-2", bucket_name="b")
    assert set(object_document._KEY) <= set(vars(key))
    assert {"_value_buffer", "lock", "multipart", "last_modified", "_metadata"} <= set(vars(key))
    marker = FakeDeleteMarker(key)
    assert {"last_modified", "_version_id"} <= set(vars(marker))
    bucket = FakeBucket("seams-of-moto", "123456789012", "us-west-2")
    assert set(object_document._BUCKET) <= set(vars(bucket))
    assert s3_backends.bucket_accounts.pop("seams-of-moto") == ("aws", "123456789012")
    key.dispose()
