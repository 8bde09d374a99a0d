"""From an alarm to a guarded DAG run: CloudWatch, SNS and SQS of the local AWS, a real triggerer and scheduler."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_model_monitor.operators.create_drift_alarm import CreateDriftAlarmOperator
from tests.contract.test_alarm_message import NOTIFICATION
from tests.system.stack import Stack

pytestmark = pytest.mark.system

DAG = "on_alarm"
SCHEDULE = "churn-system"


class Cloud:
    """The local AWS, with a topic that tells the queue which the DAG watches."""

    def __init__(self, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        import boto3

        connection = json.loads(stack.services["scheduler"].environment["AIRFLOW_CONN_LOCAL_AWS"])
        monkeypatch.setenv("AIRFLOW_CONN_LOCAL_AWS", json.dumps(connection))
        extra = connection["extra"]
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        clients = [boto3.client(name, **extra, **keys) for name in ("sns", "sqs", "cloudwatch")]
        self.sns, self.sqs, self.cloudwatch = clients
        self.topic = self.sns.create_topic(Name="system-test-alarms")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="system-test-alarms")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def waiting(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)


@pytest.fixture
def cloud(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    return Cloud(stack, monkeypatch)


def note(stack: Stack, run: dict[str, Any]) -> str:
    return str(stack.call("GET", f"dags/{DAG}/dagRuns/{run['dag_run_id']}")["note"])


def test_an_alarm_starts_a_guarded_run_and_the_next_one_in_the_cool_down_is_stopped(stack: Stack, cloud: Cloud) -> None:
    stack.unpause(DAG)
    CreateDriftAlarmOperator(
        task_id="alarm",
        monitoring_schedule_name=SCHEDULE,
        endpoint_name="churn-endpoint",
        features=["age"],
        threshold=0.1,
        alarm_actions=[cloud.topic],
        aws_conn_id="local_aws",
    ).execute({})

    cloud.cloudwatch.set_alarm_state(AlarmName=f"{SCHEDULE}-drift", StateValue="ALARM", StateReason="drift of age")
    (first,) = stack.until(lambda: stack.finished(DAG, run_type="asset_triggered", count=1), seconds=120)
    stack.until(lambda: cloud.waiting() == 0, seconds=60)
    for state in ("OK", "ALARM"):
        cloud.cloudwatch.set_alarm_state(AlarmName=f"{SCHEDULE}-drift", StateValue=state, StateReason="again")
    _, second = stack.until(lambda: stack.finished(DAG, run_type="asset_triggered", count=2), seconds=120)

    assert [run["state"] for run in (first, second)] == ["success", "success"]
    assert stack.task_states(DAG, first) == {"guard": "success", "retrain": "success", "finished": "success"}
    assert stack.task_states(DAG, second) == {"guard": "success", "retrain": "skipped", "finished": "skipped"}
    assert note(stack, first).startswith(f"**Retraining begins**: alarm of {SCHEDULE}-drift")
    assert note(stack, second).startswith("**No retraining**: CoolDown: the last retraining was at")


def test_what_cannot_be_read_stays_and_holds_up_nothing(stack: Stack, cloud: Cloud) -> None:
    before = len(stack.call("GET", f"dags/{DAG}/dagRuns")["dag_runs"])
    for body in ("poison", json.dumps(NOTIFICATION | {"AlarmName": "other"}), json.dumps(NOTIFICATION)):
        cloud.sqs.send_message(QueueUrl=cloud.queue, MessageBody=body)

    stack.until(lambda: cloud.waiting() == 1, seconds=60)
    runs = stack.until(lambda: stack.finished(DAG, run_type="asset_triggered", count=before + 1), seconds=120)

    extra = stack.xcom(DAG, runs[-1], "guard")
    assert [one["subject"] for one in extra["findings"]] == ["churn-drift"]
