"""The local CloudWatch as clients see it: metrics, alarms, and messages in a queue."""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.golden_folder import golden_folder
from tests.local_aws import START, Client, local_aws

NAMESPACE = "aws/sagemaker/Endpoints/data-metrics"
DIMENSIONS = [{"Name": "Endpoint", "Value": "churn"}, {"Name": "MonitoringSchedule", "Value": "hourly"}]
ALARM: dict[str, Any] = {
    "AlarmName": "age drifts",
    "Namespace": NAMESPACE,
    "MetricName": "feature_baseline_drift_age",
    "Dimensions": DIMENSIONS,
    "Statistic": "Maximum",
    "Period": 3600,
    "EvaluationPeriods": 1,
    "Threshold": 0.1,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


def publish(aws: Client, *values: float, **given: Any) -> None:
    data = [{"MetricName": ALARM["MetricName"], "Dimensions": DIMENSIONS, "Value": one, **given} for one in values]
    aws.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)


def queue(aws: Client, name: str = "alarms", **attributes: str) -> tuple[str, str]:
    """Address and ARN of a new queue."""
    url = aws.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


def topic(aws: Client, arn: str, **attributes: str) -> str:
    """ARN of a topic that sends to a queue."""
    made = aws.client("sns").create_topic(Name="drift")["TopicArn"]
    aws.client("sns").subscribe(TopicArn=made, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return str(made)


def received(aws: Client, url: str, **given: Any) -> list[Any]:
    """Bodies of the messages in a queue, which stay there unacknowledged."""
    found = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, **given).get("Messages", [])
    return [json.loads(one["Body"]) for one in found]


def state(aws: Client, name: str = "age drifts") -> str:
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return str([*found["MetricAlarms"], *found["CompositeAlarms"]][0]["StateValue"])


def test_metrics_are_found_at_simulated_times(aws: Client) -> None:
    cloudwatch = aws.client("cloudwatch")
    publish(aws, 0.2, 0.4, Timestamp=START - timedelta(minutes=30))
    publish(aws, 0.9)
    found = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=ALARM["MetricName"],
        Dimensions=DIMENSIONS,
        StartTime=START - timedelta(hours=1),
        EndTime=START + timedelta(hours=1),
        Period=3600,
        Statistics=["Maximum", "SampleCount"],
    )["Datapoints"]
    assert [(one["Timestamp"], one["Maximum"], one["SampleCount"]) for one in found] == [
        (START - timedelta(hours=1), 0.4, 2.0),
        (START, 0.9, 1.0),
    ]
    metric = {"Namespace": NAMESPACE, "MetricName": ALARM["MetricName"], "Dimensions": DIMENSIONS}
    data = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Maximum"}},
            {"Id": "e1", "Expression": "m1 * 100"},
        ],
        StartTime=START - timedelta(hours=1),
        EndTime=START + timedelta(hours=1),
    )["MetricDataResults"]
    assert [one["Values"] for one in data] == [[0.9, 0.4], [90.0, 40.0]]
    assert cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"] == [metric]


def test_more_than_a_page_of_metrics_is_listed_once_each(aws: Client) -> None:
    cloudwatch = aws.client("cloudwatch")
    data = [{"MetricName": f"m{number:04d}", "Value": 1.0} for number in range(700)]
    cloudwatch.put_metric_data(Namespace="many", MetricData=data)
    cloudwatch.put_metric_data(Namespace="many", MetricData=data[:5])
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="many")
    assert [one["MetricName"] for page in pages for one in page["Metrics"]] == [one["MetricName"] for one in data]


def test_what_cloudwatch_refuses(aws: Client) -> None:
    with pytest.raises(ClientError, match="past two weeks") as refused:
        publish(aws, 1.0, Timestamp=START - timedelta(days=400))
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
    with pytest.raises(ClientError, match="MetricData.member.2.Value".replace(".", r"\.")) as refused:
        publish(aws, 1.0, float("nan"))
    assert aws.client("cloudwatch").list_metrics()["Metrics"] == []
    with pytest.raises(ClientError) as refused:
        aws.client("cloudwatch").put_metric_alarm(**{**ALARM, "Period": 45})
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(ClientError) as refused:
        aws.client("cloudwatch").set_alarm_state(AlarmName="nobody", StateValue="OK", StateReason="why")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"


def test_an_alarm_reaches_a_queue_enveloped_and_raw(aws: Client) -> None:
    enveloped, first = queue(aws, "enveloped")
    raw, second = queue(aws, "raw")
    arn = topic(aws, first)
    aws.client("sns").subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=second, Attributes={"RawMessageDelivery": "true"}
    )
    aws.client("cloudwatch").put_metric_alarm(**ALARM, AlarmActions=[arn], OKActions=[arn])
    assert state(aws) == "INSUFFICIENT_DATA"
    publish(aws, 0.42)
    assert state(aws) == "ALARM"
    (envelope,), (message,) = received(aws, enveloped), received(aws, raw)
    assert json.loads(envelope["Message"]) == message
    assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", arn)
    assert envelope["Subject"] == 'ALARM: "age drifts" in US West (Oregon)'
    assert (message["NewStateValue"], message["OldStateValue"]) == ("ALARM", "INSUFFICIENT_DATA")
    assert message["StateChangeTime"] == START.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    aws.advance("PT4H")
    assert [one["NewStateValue"] for one in received(aws, raw)] == ["OK"]


def test_the_envelope_has_the_shape_of_a_recorded_one(aws: Client) -> None:
    recorded = json.loads((golden_folder() / "service-jobs" / "cloudwatch-alarm-sqs-enveloped.json").read_text())
    expected = json.loads(recorded["Body"])
    url, arn = queue(aws)
    aws.client("cloudwatch").put_metric_alarm(**ALARM, AlarmActions=[topic(aws, arn)])
    publish(aws, 0.42)
    (envelope,) = received(aws, url)
    assert list(envelope) == list(expected)
    message, wanted = json.loads(envelope["Message"]), json.loads(expected["Message"])
    assert list(message) == list(wanted)
    assert list(message["Trigger"]) == list(wanted["Trigger"])
    same = ("MetricName", "Namespace", "Statistic", "Period", "EvaluationPeriods", "Threshold", "TreatMissingData")
    assert {name: message["Trigger"][name] for name in same} == {name: wanted["Trigger"][name] for name in same}


def test_an_alarm_put_after_its_data_is_looked_at_all_the_same(aws: Client) -> None:
    publish(aws, 0.42)
    aws.client("cloudwatch").put_metric_alarm(**ALARM)
    deadline = time.monotonic() + 20
    while state(aws) != "ALARM" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert state(aws) == "ALARM"


def test_a_composite_alarm_over_many_features(aws: Client) -> None:
    url, arn = queue(aws)
    cloudwatch = aws.client("cloudwatch")
    for name in ("age", "income"):
        cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": name, "MetricName": f"feature_baseline_drift_{name}"})
    cloudwatch.put_composite_alarm(
        AlarmName="any", AlarmRule='ALARM("age") OR ALARM("income")', AlarmActions=[topic(aws, arn)]
    )
    publish(aws, 0.42)
    assert (state(aws, "any"), state(aws, "income")) == ("ALARM", "OK")
    (message,) = received(aws, url)
    assert json.loads(message["Message"])["AlarmRule"] == 'ALARM("age") OR ALARM("income")'
    listed = cloudwatch.describe_alarms()
    assert ([one["AlarmName"] for one in listed["MetricAlarms"]], listed["CompositeAlarms"]) == (["age", "income"], [])
    with pytest.raises(ClientError, match="do not exist"):
        cloudwatch.put_composite_alarm(AlarmName="x", AlarmRule="ALARM(nobody)")


def test_states_set_by_hand_act(aws: Client) -> None:
    url, arn = queue(aws)
    aws.client("cloudwatch").put_metric_alarm(**ALARM, AlarmActions=[topic(aws, arn)])
    aws.client("cloudwatch").set_alarm_state(AlarmName="age drifts", StateValue="ALARM", StateReason="a drill")
    (message,) = received(aws, url)
    assert json.loads(message["Message"])["NewStateReason"] == "a drill"
    kinds = aws.client("cloudwatch").describe_alarm_history(AlarmName="age drifts", ScanBy="TimestampAscending")
    assert [one["HistoryItemType"] for one in kinds["AlarmHistoryItems"]] == [
        "ConfigurationUpdate",
        "StateUpdate",
        "Action",
    ]


def test_alarms_reach_eventbridge(aws: Client) -> None:
    url, arn = queue(aws)
    events = aws.client("events")
    events.put_rule(
        Name="alarms",
        EventPattern=json.dumps({"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}),
    )
    events.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": arn}])
    aws.client("cloudwatch").put_metric_alarm(**ALARM)
    publish(aws, 0.42)
    (event,) = received(aws, url)
    assert (event["source"], event["detail-type"], event["detail"]["alarmName"]) == (
        "aws.cloudwatch", "CloudWatch Alarm State Change", "age drifts",
    )  # fmt: skip
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert event["time"] == START.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_tags_and_deletion(aws: Client) -> None:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, Tags=[{"Key": "team", "Value": "credit"}])
    arn = cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "test"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    found = cloudwatch.describe_alarms_for_metric(
        Namespace=NAMESPACE, MetricName=ALARM["MetricName"], Dimensions=DIMENSIONS
    )
    assert [one["AlarmName"] for one in found["MetricAlarms"]] == ["age drifts"]
    cloudwatch.delete_alarms(AlarmNames=["age drifts"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_by_a_real_clock_alarms_are_looked_at_by_themselves() -> None:
    with local_aws(clock=None) as aws:
        aws.client("cloudwatch").put_metric_alarm(**{**ALARM, "Period": 10})
        publish(aws, 0.42)
        assert state(aws) == "ALARM"
        history = aws.client("cloudwatch").describe_alarm_history(AlarmName="age drifts")["AlarmHistoryItems"]
        assert abs(history[0]["Timestamp"] - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize("protocol", ["query", "json"])
def test_older_clients_speak_other_protocols(aws: Client, protocol: str) -> None:
    aws.client("cloudwatch").put_metric_alarm(**ALARM)
    publish(aws, 0.42)
    scope = "Credential=test/20260101/us-west-2/monitoring/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    if protocol == "query":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=age+drifts"
        expected = "<StateValue>ALARM</StateValue>"
    else:
        headers["Content-Type"] = "application/x-amz-json-1.0"
        headers["X-Amz-Target"] = "GraniteServiceVersion20100801.DescribeAlarms"
        body, expected = json.dumps({"AlarmNames": ["age drifts"]}), '"StateValue": "ALARM"'
    request = urllib.request.Request(aws.url, data=body.encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert expected in answer.read().decode()
