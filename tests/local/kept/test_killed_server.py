"""What a server that was killed has when it is started again."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any

from tests.local.cloudwatch.test_service import ALARM, publish, queue, received, state, topic
from tests.local_aws import BUCKET, START, Client, LocalAwsProcess


def killed(first: LocalAwsProcess, data: Path) -> LocalAwsProcess:
    """The server after ``kill -9``, started again."""
    first.kill()
    return LocalAwsProcess(data=data, clock=None)


def test_objects_as_they_were(tmp_path: Path) -> None:
    large = bytes(range(256)) * 80_000  # 20 MB: more than one part of a multipart upload
    with LocalAwsProcess(data=tmp_path) as aws:
        aws.make_bucket()
        aws.s3.put_object(
            Bucket=BUCKET,
            Key="a/b c.txt",
            Body=b"first",
            ContentType="text/plain",
            Metadata={"team": "credit"},
            Tagging="stage=test",
        )
        aws.s3.upload_fileobj(io.BytesIO(large), BUCKET, "large")
        aws.s3.put_object(Bucket=BUCKET, Key="gone", Body=b"x")
        aws.s3.put_object(Bucket=BUCKET, Key="gone too", Body=b"x")
        aws.s3.delete_object(Bucket=BUCKET, Key="gone")
        aws.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "gone too"}]})
        aws.s3.put_object(Bucket=BUCKET, Key="twice", Body=b"old")
        aws.s3.put_object(Bucket=BUCKET, Key="twice", Body=b"new")
        aws.s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "a/b c.txt"})
        before = {one["Key"]: one for one in aws.s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
        with killed(aws, tmp_path) as again:
            after = {one["Key"]: one for one in again.s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
            assert after == before
            assert set(after) == {"a/b c.txt", "large", "twice", "copy"}
            found = again.s3.get_object(Bucket=BUCKET, Key="a/b c.txt")
            assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (
                b"first", "text/plain", {"team": "credit"},
            )  # fmt: skip
            tags = again.s3.get_object_tagging(Bucket=BUCKET, Key="a/b c.txt")["TagSet"]
            assert tags == [{"Key": "stage", "Value": "test"}]
            assert again.s3.get_object(Bucket=BUCKET, Key="large")["Body"].read() == large
            part = again.s3.get_object(Bucket=BUCKET, Key="large", Range="bytes=256-511")["Body"].read()
            assert part == bytes(range(256))
            assert again.s3.get_object(Bucket=BUCKET, Key="twice")["Body"].read() == b"new"
            assert again.s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == aws.region
    assert len([path for path in (tmp_path / "s3").glob("*/*") if path.is_file()]) == 4


def first_message(aws: Client, url: str, **given: Any) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = aws.client("sqs").receive_message(QueueUrl=url, **given).get("Messages", [])
    return found[0] if found else None


def test_messages_that_nobody_acknowledged(tmp_path: Path) -> None:
    with LocalAwsProcess(data=tmp_path) as aws:
        sqs = aws.client("sqs")
        url, _ = queue(aws, "alarms")
        for body in ("for an hour", "for six seconds", "acknowledged", "waiting"):
            attribute = {"kind": {"DataType": "String", "StringValue": body}}
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attribute)
        hour = first_message(aws, url, VisibilityTimeout=3600)
        began = time.time()
        first_message(aws, url, VisibilityTimeout=6)
        done = first_message(aws, url)
        assert hour is not None
        assert done is not None
        sqs.delete_message(QueueUrl=url, ReceiptHandle=done["ReceiptHandle"])
        with killed(aws, tmp_path) as again:
            sqs = again.client("sqs")
            url = sqs.get_queue_url(QueueName="alarms")["QueueUrl"]
            # Those in flight come back when their time is over, not before, and count as received twice.
            seen: dict[str, tuple[dict[str, Any], float]] = {}
            given = {"MessageAttributeNames": ["All"], "AttributeNames": ["All"], "VisibilityTimeout": 600}
            while len(seen) < 2 and time.time() < began + 60:
                found = first_message(again, url, WaitTimeSeconds=2, **given)
                if found is not None:
                    seen[found["Body"]] = found, time.time()
            assert set(seen) == {"waiting", "for six seconds"}
            assert seen["waiting"][0]["MessageAttributes"]["kind"]["StringValue"] == "waiting"
            late, when = seen["for six seconds"]
            assert when >= began + 6
            assert late["Attributes"]["ApproximateReceiveCount"] == "2"
            # What was received before the kill may be acknowledged after it.
            sqs.delete_message(QueueUrl=url, ReceiptHandle=hour["ReceiptHandle"])
            counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
            assert counts["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "2"


def test_alarms_and_their_way_into_the_queue(tmp_path: Path) -> None:
    with LocalAwsProcess(data=tmp_path) as aws:
        url, arn = queue(aws)
        sent = topic(aws, arn, FilterPolicy='{"AlarmName": ["age drifts"]}', FilterPolicyScope="MessageBody")
        aws.client("cloudwatch").put_metric_alarm(**ALARM, AlarmActions=[sent], OKActions=[sent])
        aws.client("cloudwatch").put_metric_alarm(**{**ALARM, "AlarmName": "other"}, AlarmActions=[sent])
        aws.client("cloudwatch").put_composite_alarm(AlarmName="any", AlarmRule='ALARM("age drifts")')
        aws.client("events").put_rule(Name="alarms", EventPattern=json.dumps({"source": ["aws.cloudwatch"]}))
        aws.client("events").put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": arn}])
        publish(aws, 0.42)
        with killed(aws, tmp_path) as again:
            assert (state(again), state(again, "any")) == ("ALARM", "ALARM")
            url = again.client("sqs").get_queue_url(QueueName="alarms")["QueueUrl"]
            bodies = received(again, url)
            assert [json.loads(one["Message"])["AlarmName"] for one in bodies if "Message" in one] == ["age drifts"]
            assert {one["detail"]["alarmName"] for one in bodies if "detail" in one} == {"age drifts", "other", "any"}
            history = again.client("cloudwatch").describe_alarm_history(AlarmName="age drifts")["AlarmHistoryItems"]
            assert "Alarm updated from INSUFFICIENT_DATA to ALARM" in {one["HistorySummary"] for one in history}
            # Nothing was said twice, and what comes next is said on the same way.
            again.advance("PT4H")
            later = [json.loads(one["Message"]) for one in received(again, url) if "Message" in one]
            assert [(one["AlarmName"], one["NewStateValue"]) for one in later] == [("age drifts", "OK")]
            metrics = again.client("cloudwatch").get_metric_statistics(
                Namespace=ALARM["Namespace"],
                MetricName=ALARM["MetricName"],
                Dimensions=ALARM["Dimensions"],
                StartTime=START,
                EndTime=START.replace(hour=1),
                Period=60,
                Statistics=["Maximum"],
            )
            assert [one["Maximum"] for one in metrics["Datapoints"]] == [0.42]
