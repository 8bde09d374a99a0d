"""What a server has that was stopped and started again: settings of queues, topics and buses."""

from __future__ import annotations

import json
import random
import threading
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.local.cloudwatch.test_service import queue, received, topic
from tests.local_aws import BUCKET, Client, local_aws

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
    }
)


def test_queues_with_their_settings_and_dead_letters(tmp_path: Path) -> None:
    with local_aws(data=tmp_path) as aws:
        sqs = aws.client("sqs")
        _, dead = queue(aws, "dead")
        redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
        url, _ = queue(aws, "alarms", RedrivePolicy=redrive, Policy=POLICY, VisibilityTimeout="0", DelaySeconds="0")
        sqs.tag_queue(QueueUrl=url, Tags={"team": "credit"})
        sqs.send_message(QueueUrl=url, MessageBody='"often"', MessageSystemAttributes={})
        assert received(aws, url) == ["often"]
        fifo, _ = queue(aws, "ordered.fifo", FifoQueue="true", ContentBasedDeduplication="true")
        for number in (1, 2, 2):
            sqs.send_message(QueueUrl=fifo, MessageBody=str(number), MessageGroupId="g")
        before = {name: sqs.get_queue_attributes(QueueUrl=one, AttributeNames=["All"])["Attributes"]
                  for name, one in (("alarms", url), ("ordered.fifo", fifo))}  # fmt: skip
    with local_aws(data=tmp_path, clock=None) as aws:
        sqs = aws.client("sqs")
        urls = {name: sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in ("alarms", "dead", "ordered.fifo")}
        for name, attributes in before.items():
            found = sqs.get_queue_attributes(QueueUrl=urls[name], AttributeNames=["All"])["Attributes"]
            ours = {key: value for key, value in attributes.items() if key != "LastModifiedTimestamp"}
            assert {key: found.get(key) for key in ours} == ours
        assert sqs.list_queue_tags(QueueUrl=urls["alarms"])["Tags"] == {"team": "credit"}
        # It was received once, which is as often as it may be: now it is a dead letter.
        assert received(aws, urls["alarms"]) == []
        assert received(aws, urls["dead"]) == ["often"]
        # The duplicate was refused before, and is now; the order stays.
        sqs.send_message(QueueUrl=urls["ordered.fifo"], MessageBody="2", MessageGroupId="g")
        assert received(aws, urls["ordered.fifo"]) == [1, 2]


def test_topics_and_subscriptions_with_their_settings(tmp_path: Path) -> None:
    with local_aws(data=tmp_path) as aws:
        url, arn = queue(aws)
        sent = topic(aws, arn, RawMessageDelivery="false")
        aws.client("sns").set_topic_attributes(TopicArn=sent, AttributeName="DisplayName", AttributeValue="Drift")
        aws.client("sns").publish(TopicArn=sent, Message="one")
        gone = aws.client("sns").create_topic(Name="gone")["TopicArn"]
        aws.client("sns").delete_topic(TopicArn=gone)
    with local_aws(data=tmp_path, clock=None) as aws:
        sns = aws.client("sns")
        assert [one["TopicArn"] for one in sns.list_topics()["Topics"]] == [sent]
        assert sns.get_topic_attributes(TopicArn=sent)["Attributes"]["DisplayName"] == "Drift"
        (subscription,) = sns.list_subscriptions_by_topic(TopicArn=sent)["Subscriptions"]
        attributes = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
        assert attributes["RawMessageDelivery"] == "false"
        sns.publish(TopicArn=sent, Message="two")
        url = aws.client("sqs").get_queue_url(QueueName="alarms")["QueueUrl"]
        assert [one["Message"] for one in received(aws, url)] == ["one", "two"]  # in envelopes
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    with local_aws(data=tmp_path, clock=None) as aws:
        assert aws.client("sns").list_subscriptions()["Subscriptions"] == []


def test_buses_and_rules_with_their_targets(tmp_path: Path) -> None:
    with local_aws(data=tmp_path) as aws:
        events = aws.client("events")
        _, arn = queue(aws)
        events.create_event_bus(Name="own")
        pattern = json.dumps({"source": ["app"]})
        events.put_rule(Name="r", EventPattern=pattern, EventBusName="own", State="DISABLED", Description="why")
        events.put_rule(Name="r", EventPattern=pattern, Tags=[{"Key": "team", "Value": "credit"}])
        events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn, "InputPath": "$.detail"}])
        events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    with local_aws(data=tmp_path, clock=None) as aws:
        events = aws.client("events")
        own = events.describe_rule(Name="r", EventBusName="own")
        assert (own["State"], own["Description"], own["EventPattern"]) == ("DISABLED", "why", pattern)
        assert {one["Name"] for one in events.list_rules()["Rules"]} == {"r", "hourly"}
        assert events.list_targets_by_rule(Rule="r")["Targets"] == [{"Id": "1", "Arn": arn, "InputPath": "$.detail"}]


def test_a_file_that_no_object_names_is_removed(tmp_path: Path) -> None:
    with local_aws(data=tmp_path) as aws:
        aws.make_bucket()
        aws.s3.put_object(Bucket=BUCKET, Key="k", Body=b"kept")
    stray = tmp_path / "s3" / "00" / "stray.partial"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"half a file, as a crash leaves it")
    with local_aws(data=tmp_path, clock=None) as aws:
        assert aws.s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"kept"
        assert not stray.exists()


def test_objects_that_many_write_at_once(tmp_path: Path) -> None:
    failures: list[str] = []

    def work(number: int, client: Any) -> None:
        chance = random.Random(number)
        for _ in range(25):
            key, what = f"k{chance.randrange(4)}", chance.random()
            try:
                if what < 0.6:
                    body = bytes([number]) * chance.randrange(1, 9_000)
                    client.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata={"by": str(number)})
                elif what < 0.8:
                    client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
                else:
                    client.delete_object(Bucket=BUCKET, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] != "NoSuchKey":
                    failures.append(repr(error))

    def state(aws: Client) -> dict[str, Any]:
        found = aws.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        objects = {one["Key"]: aws.s3.get_object(Bucket=BUCKET, Key=one["Key"]) for one in found}
        return {key: (one["ETag"], one["Metadata"], one["Body"].read()) for key, one in objects.items()}

    with local_aws(data=tmp_path) as aws:
        aws.make_bucket()
        threads = [threading.Thread(target=work, args=(number, aws.s3)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        before = state(aws)
    assert failures == []
    with local_aws(data=tmp_path, clock=None) as aws:
        assert state(aws) == before


def test_versions_and_delete_markers(tmp_path: Path) -> None:
    with local_aws(data=tmp_path) as aws:
        aws.make_bucket()
        aws.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        first = aws.s3.put_object(Bucket=BUCKET, Key="k", Body=b"one")["VersionId"]
        aws.s3.put_object(Bucket=BUCKET, Key="k", Body=b"two")
        aws.s3.delete_object(Bucket=BUCKET, Key="k")
    with local_aws(data=tmp_path, clock=None) as aws:
        assert aws.s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
        assert aws.s3.get_object(Bucket=BUCKET, Key="k", VersionId=first)["Body"].read() == b"one"
        found = aws.s3.list_object_versions(Bucket=BUCKET)
        assert (len(found["Versions"]), len(found["DeleteMarkers"])) == (2, 1)
        aws.s3.delete_object(Bucket=BUCKET, Key="k", VersionId=found["DeleteMarkers"][0]["VersionId"])
    with local_aws(data=tmp_path, clock=None) as aws:
        assert aws.s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"two"


def test_a_deleted_bucket_stays_deleted(tmp_path: Path) -> None:
    with local_aws(data=tmp_path) as aws:
        aws.make_bucket()
        aws.s3.put_object(Bucket=BUCKET, Key="k", Body=b"one")
        aws.s3.delete_object(Bucket=BUCKET, Key="k")
        aws.s3.delete_bucket(Bucket=BUCKET)
    with local_aws(data=tmp_path, clock=None) as aws:
        assert aws.s3.list_buckets()["Buckets"] == []


def test_a_server_without_a_folder_forgets() -> None:
    with local_aws() as aws:
        aws.make_bucket()
        aws.s3.put_object(Bucket=BUCKET, Key="k", Body=b"one")
        assert aws.s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"one"
    with local_aws() as aws:
        assert aws.s3.list_buckets()["Buckets"] == []
