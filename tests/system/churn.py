"""A small service in the local SageMaker: customers of some age leave or stay; one day all are thirty years older.

The model knows that who is older than 50 leaves. After the change that is who is older than 80, which it has to learn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.local.traffic import capture, captured, data_quality_definition, keys, put, read, schedule
from tests.local_aws import START, Client

AGED = 30
CHANGE, HOURS = 2, 6  # hours of the day: when they age, and how many are there at first
ROWS = 120
TRAINING = 600
HOUR = timedelta(hours=1)
TOPIC, QUEUE, ALARM = "drift", "alarms", "churn-age-drifts"


def ages(hour: int, rows: int = ROWS) -> list[int]:
    """Ages of an hour's customers, 20 to 79, and later 50 to 109."""
    return [20 + (7 * row + hour) % 60 + (AGED if hour >= CHANGE else 0) for row in range(rows)]


def leaves(age: int, hour: int) -> int:
    """What comes true."""
    return int(age > 50 + (AGED if hour >= CHANGE else 0))


def requests(customers: Iterable[int]) -> list[str]:
    return [f"{age},{'basic' if age % 3 else 'gold'}" for age in customers]


def prepare(aws: Client, make_endpoint: Callable[[Client], object]) -> str:
    """Training data, captures and labels of some hours, and the alarm's way to a queue; returns the queue's address.

    :param make_endpoint: makes the endpoint ``churn``, when the training data are there
    """
    aws.make_bucket()
    known = ages(0, TRAINING)
    rows = [f"{request},{leaves(age, 0)}" for request, age in zip(requests(known), known)]
    put(aws, "training/rows.csv", "\n".join(["age,plan,left", *rows]) + "\n")
    make_endpoint(aws)
    for hour in range(HOURS):
        answer_hour(aws, hour, border=50)
    sqs, sns = aws.client("sqs"), aws.client("sns")
    queue = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=TOPIC)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return str(queue)


def answer_hour(aws: Client, hour: int, *, border: int) -> None:
    """An hour's captures, answered by a model that draws the line at an age, and its labels."""
    start = START + hour * HOUR
    customers = ages(hour)
    answers = [f"{int(age > border)},{0.9 if age > border else 0.1}" for age in customers]
    capture(aws, start, captured(requests(customers), answers, start, names(hour)))
    label_hour(aws, hour)


def names(hour: int) -> Sequence[str]:
    """The inference ids of an hour's requests."""
    return [f"{START + hour * HOUR:%Y%m%d%H}-{row}" for row in range(ROWS)]


def label_hour(aws: Client, hour: int) -> None:
    """What came true of an hour's customers."""
    start = START + hour * HOUR
    labels = [
        {
            "groundTruthData": {"data": str(leaves(age, hour)), "encoding": "CSV"},
            "eventMetadata": {"eventId": name},
            "eventVersion": "0",
        }
        for name, age in zip(names(hour), ages(hour))
    ]
    put(aws, f"labels/{start:%Y/%m/%d/%H}/labels.jsonl", "".join(json.dumps(label) + "\n" for label in labels))


def watch(aws: Client) -> None:
    """SageMaker's own schedule with the baseline that Airflow made, and an alarm on its metric."""
    baseline = "s3://monitored/baselines/churn"
    config = {
        "ConstraintsResource": {"S3Uri": f"{baseline}/constraints.json"},
        "StatisticsResource": {"S3Uri": f"{baseline}/statistics.json"},
    }
    aws.sagemaker.create_data_quality_job_definition(**data_quality_definition(DataQualityBaselineConfig=config))
    schedule(aws, "hourly")
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        Namespace="aws/sagemaker/Endpoints/data-metrics",
        MetricName="feature_baseline_drift_age",
        Dimensions=[{"Name": "Endpoint", "Value": "churn"}, {"Name": "MonitoringSchedule", "Value": "hourly"}],
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=HOURS - CHANGE,
        Threshold=0.15,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[aws.client("sns").create_topic(Name=TOPIC)["TopicArn"]],
    )


def alarm_again(aws: Client, at: datetime) -> None:
    """The alarm's message once more, as of another instant."""
    message = {
        "AlarmName": ALARM,
        "NewStateValue": "ALARM",
        "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": f"{at:%Y-%m-%dT%H:%M:%S}.000+0000",
        "AWSAccountId": "123456789012",
        "Region": "US West (Oregon)",
        "AlarmArn": f"arn:aws:cloudwatch:us-west-2:123456789012:alarm:{ALARM}",
        "Trigger": {"MetricName": "feature_baseline_drift_age", "Namespace": "aws/sagemaker/Endpoints/data-metrics"},
    }
    topic = aws.client("sns").create_topic(Name=TOPIC)["TopicArn"]
    aws.client("sns").publish(TopicArn=topic, Message=json.dumps(message), Subject="ALARM")


def state(aws: Client) -> dict[str, Any]:
    """What the chain is to leave behind: which model serves, by which baselines, and how the retraining ended."""
    deployments = [read(aws, f"models/churn/deployments/{name}") for name in keys(aws, "models/churn/deployments")]
    outcomes = [name for name in keys(aws, "retrainings/retrainings") if name.endswith("outcome.json")]
    monitors = ("churn", "churn-quality")
    promoted = {monitor: read(aws, f"baselines/{monitor}/promotion.json") for monitor in monitors}
    return {
        "deployed": [(one["version"], one["since"]) for one in deployments],
        "versions": sorted({name.split("/")[0] for name in keys(aws, "models/churn/versions")}),
        "promoted": {monitor: (one["version"], one["effective_from"]) for monitor, one in promoted.items()},
        "outcomes": [(name, read(aws, f"retrainings/retrainings/{name}")["outcome"]) for name in outcomes],
    }
