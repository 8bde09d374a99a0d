"""From drift to a message: metric alarm, topic and queue made with boto3 as AWS documents them; monitoring alerts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from aws_sdk import (
    CronExpressionGenerator,
    DatasetFormat,
    DefaultModelMonitor,
    S3Uploader,
    Session,
)
from churn import FEATURES, csv, customers, score
from deployment import Deployment
from executions import run_until
from local_service import eventually, move_to, next_hour

SCHEDULE = "churn-alarms"
ENDPOINT = "churn-al"
ALARM = "churn-age-drifts"
DIMENSIONS = [{"Name": "Endpoint", "Value": ENDPOINT}, {"Name": "MonitoringSchedule", "Value": SCHEDULE}]
NAMESPACE = "aws/sagemaker/Endpoints/data-metrics"


class Story(NamedTuple):
    """All that happened, for the tests to look at."""

    monitor: Any
    before: str
    quiet: str
    drifted: dict[str, Any]
    message: dict[str, Any]
    alerts: list[Any]


@pytest.fixture(scope="module")
def story(session: Session, bucket: str, role: str, model_uri: str) -> Iterator[Story]:
    trained_on = customers(200, seed=31)
    endpoint = Deployment(
        session, ENDPOINT, role=role, model_uri=model_uri, capture_uri=f"s3://{bucket}/churn-al/capture"
    )
    lines = [f"{score(row):.6f},{csv([row])}" for row in trained_on]
    data = S3Uploader.upload_string_as_file_body(
        "\n".join([",".join(("score", *FEATURES)), *lines]) + "\n",
        f"s3://{bucket}/churn-al/train.csv",
        sagemaker_session=session,
    )
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session)
    monitor.suggest_baseline(
        baseline_dataset=data,
        dataset_format=DatasetFormat.csv(header=True),
        output_s3_uri=f"s3://{bucket}/churn-al/baseline",
        wait=True,
        logs=False,
    )
    move_to(next_hour(10))
    monitor.create_monitoring_schedule(
        monitor_schedule_name=SCHEDULE,
        endpoint_input=endpoint.name,
        output_s3_uri=f"s3://{bucket}/churn-al/reports",
        statistics=monitor.baseline_statistics(),
        constraints=monitor.suggested_constraints(),
        schedule_cron_expression=CronExpressionGenerator.hourly(),
        enable_cloudwatch_metrics=True,
    )
    boto_session = session.boto_session
    cloudwatch, sns, sqs = (boto_session.client(name) for name in ("cloudwatch", "sns", "sqs"))
    topic = sns.create_topic(Name="churn-drift")["TopicArn"]
    queue = sqs.create_queue(QueueName="churn-drift")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        AlarmDescription="The age of customers has drifted",
        MetricName="feature_baseline_drift_age",
        Namespace=NAMESPACE,
        Statistic="Maximum",
        Dimensions=DIMENSIONS,
        Period=3600,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=0.1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
        ActionsEnabled=True,
    )

    def state() -> str:
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
        return str(alarm["StateValue"])

    before = state()
    for row in trained_on:
        endpoint.ask(csv([row]))
    run_until(session, SCHEDULE, next_hour(30))
    quiet = eventually(lambda: state() if state() != "INSUFFICIENT_DATA" else None, "a quiet alarm")
    for row in customers(200, seed=31, older=40):
        endpoint.ask(csv([row]))
    drifted = run_until(session, SCHEDULE, next_hour(30))
    move_to(next_hour(5))
    eventually(lambda: state() == "ALARM", "the alarm")
    received = eventually(
        lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"), "a message of the alarm"
    )
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=received[0]["ReceiptHandle"])
    alerts, _ = monitor.list_monitoring_alerts()
    yield Story(monitor, before, quiet, drifted, json.loads(received[0]["Body"]), alerts)
    monitor.delete_monitoring_schedule()


def test_an_alarm_starts_without_data(story: Story) -> None:
    assert story.before == "INSUFFICIENT_DATA"


def test_a_quiet_hour_leaves_it_quiet(story: Story) -> None:
    assert story.quiet == "OK"


def test_drift_sends_a_message_through_topic_and_queue(story: Story) -> None:
    assert story.drifted["MonitoringExecutionStatus"] == "CompletedWithViolations"
    assert story.message["Type"] == "Notification"
    assert story.message["Subject"].startswith(f'ALARM: "{ALARM}" in ')
    alarm = json.loads(story.message["Message"])
    assert (alarm["AlarmName"], alarm["NewStateValue"], alarm["OldStateValue"]) == (ALARM, "ALARM", "OK")
    assert alarm["Trigger"]["MetricName"] == "feature_baseline_drift_age"
    named = {one["name"]: one["value"] for one in alarm["Trigger"]["Dimensions"]}
    assert named == {one["Name"]: one["Value"] for one in DIMENSIONS}


def test_the_metric_is_what_the_execution_measured(session: Session, story: Story) -> None:
    cloudwatch = session.boto_session.client("cloudwatch")
    moment = story.drifted["ScheduledTime"]
    points = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="feature_baseline_drift_age",
        Dimensions=DIMENSIONS,
        StartTime=moment.replace(minute=0, hour=0),
        EndTime=moment.replace(minute=59, hour=23),
        Period=3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert max(one["Maximum"] for one in points) > 0.1


def test_the_schedules_own_alert_is_raised(story: Story) -> None:
    (alert,) = story.alerts
    assert alert.alert_status == "InAlert"
    assert (alert.data_points_to_alert, alert.evaluation_period) == (1, 1)


def test_an_alert_is_changed_and_has_a_history(story: Story) -> None:
    name = story.alerts[0].alert_name
    story.monitor.update_monitoring_alert(name, data_points_to_alert=2, evaluation_period=3)
    (changed,), _ = story.monitor.list_monitoring_alerts()
    assert (changed.data_points_to_alert, changed.evaluation_period) == (2, 3)
    history, _ = story.monitor.list_monitoring_alert_history(monitoring_alert_name=name)
    assert "InAlert" in {one.alert_status for one in history}
