"""Alarm messages on every route that leads to a queue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_model_monitor.contract.alarm_message import AlarmMessage, AlarmMetric, OtherMessage, parse_alarm_message
from airflow_model_monitor.contract.errors import ContractError
from tests.golden_folder import golden_files

ARN = "arn:aws:cloudwatch:us-west-2:111122223333:alarm:churn-drift"
CHANGED = "2026-11-22T18:05:00.123+0000"
DIMENSIONS = {"Endpoint": "churn-endpoint", "MonitoringSchedule": "churn"}
METRIC = AlarmMetric("feature_baseline_drift_age", "aws/sagemaker/Endpoints/data-metrics", DIMENSIONS)
TRIGGER: dict[str, Any] = {
    "MetricName": METRIC.name,
    "Namespace": METRIC.namespace,
    "Dimensions": [{"value": value, "name": name} for name, value in DIMENSIONS.items()],
    "Threshold": 0.1,
}
NOTIFICATION: dict[str, Any] = {
    "AlarmName": "churn-drift",
    "AlarmDescription": None,
    "AWSAccountId": "111122223333",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed",
    "StateChangeTime": CHANGED,
    "Region": "US West (Oregon)",
    "AlarmArn": ARN,
    "OldStateValue": "OK",
    "Trigger": TRIGGER,
}
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
    "detail-type": "CloudWatch Alarm State Change",
    "source": "aws.cloudwatch",
    "account": "111122223333",
    "time": "2026-11-22T18:05:01Z",
    "region": "us-west-2",
    "resources": [ARN],
    "detail": {
        "alarmName": "churn-drift",
        "state": {"value": "ALARM", "reason": "Threshold Crossed", "timestamp": CHANGED},
        "previousState": {"value": "OK", "timestamp": "2026-11-22T17:05:00.000+0000"},
        "configuration": {
            "metrics": [
                {
                    "id": "m1",
                    "metricStat": {
                        "metric": {"namespace": METRIC.namespace, "name": METRIC.name, "dimensions": DIMENSIONS},
                        "period": 3600,
                        "stat": "Maximum",
                    },
                    "returnData": True,
                }
            ]
        },
    },
}


def enveloped(message: Any) -> str:
    return json.dumps({"Type": "Notification", "Timestamp": "2026-11-22T18:05:02.000Z", "Message": json.dumps(message)})


def parsed(body: str) -> AlarmMessage:
    found = parse_alarm_message(body)
    assert isinstance(found, AlarmMessage)
    return found


@pytest.mark.parametrize(
    ("body", "route"),
    [
        (json.dumps(NOTIFICATION), "raw"),
        (enveloped(NOTIFICATION), "sns"),
        (json.dumps(EVENT), "eventbridge"),
        (enveloped(EVENT), "eventbridge"),
    ],
)
def test_one_change_of_state_on_every_route(body: str, route: str) -> None:
    result = parsed(body)

    assert (result.alarm_name, result.state, result.previous_state) == ("churn-drift", "ALARM", "OK")
    assert (result.account, result.region, result.route) == ("111122223333", "us-west-2", route)
    assert result.metrics == (METRIC,)
    assert result.dedup == f"{ARN}|ALARM|2026-11-22T18:05:00.123000Z"
    assert result.to_document()["endpoint"] == "churn-endpoint"
    assert result.to_document()["monitoring_schedule"] == "churn"


@pytest.mark.parametrize("path", golden_files("service-jobs/cloudwatch-alarm-sqs-*.json"))
def test_recorded_messages(path: Any) -> None:
    result = parsed(json.loads(path.read_text())["Body"])

    assert result.state == "ALARM"
    assert result.metrics[0].name in {"feature_baseline_drift_age", "ErrorCount"}
    assert result.arn is not None


def test_a_composite_alarm_names_the_children_that_changed_it() -> None:
    child = f"{ARN}/age"
    composite = {key: value for key, value in NOTIFICATION.items() if key != "Trigger"} | {
        "AlarmRule": 'ALARM("a") OR ALARM("b")',
        "TriggeringChildren": [{"Arn": child, "State": {"Value": "ALARM", "Timestamp": CHANGED}}],
    }

    result = parsed(json.dumps(composite))

    assert (result.metrics, result.children, result.threshold) == ((), (child,), None)
    assert result.rule == 'ALARM("a") OR ALARM("b")'


def test_metric_math_has_several_metrics_and_says_what_they_share() -> None:
    def stat(name: str, endpoint: str) -> dict[str, Any]:
        dimensions = [{"name": "Endpoint", "value": endpoint}, {"name": "MonitoringSchedule", "value": "churn"}]
        return {"MetricStat": {"Metric": {"MetricName": name, "Namespace": "n", "Dimensions": dimensions}}, "Id": name}

    trigger = {
        "Threshold": 1,
        "Metrics": [{"Expression": "m1+m2", "Id": "e1"}, stat("m1", "one"), stat("m2", "two")],
    }

    result = parsed(json.dumps(NOTIFICATION | {"Trigger": trigger}))

    assert [metric.name for metric in result.metrics] == ["m1", "m2"]
    assert result.dimension("MonitoringSchedule") == "churn"
    assert result.dimension("Endpoint") is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            json.dumps(
                {
                    "detail-type": "SageMaker Processing Job State Change",
                    "source": "aws.sagemaker",
                    "detail": {"ProcessingJobName": "model-monitoring-1", "ProcessingJobStatus": "Completed"},
                }
            ),
            "SageMaker Processing Job State Change (model-monitoring-1 Completed)",
        ),
        (
            json.dumps(EVENT | {"detail-type": "CloudWatch Alarm Configuration Change"}),
            "CloudWatch Alarm Configuration Change (churn-drift)",
        ),
        (
            json.dumps({"Type": "SubscriptionConfirmation", "Message": "You have chosen", "Token": "x"}),
            "SNS SubscriptionConfirmation",
        ),
    ],
)
def test_other_messages_are_named(body: str, kind: str) -> None:
    assert parse_alarm_message(body) == OtherMessage(kind)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("hello", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[1]", "no JSON object"),
        ("{}", "AlarmName"),
        (enveloped([1]), "no JSON object"),
        (json.dumps({"Type": "Notification", "Message": "plain text"}), "the Message in SNS's envelope is no JSON"),
        (json.dumps(NOTIFICATION | {"NewStateValue": "BROKEN"}), "BROKEN"),
        (json.dumps(NOTIFICATION | {"StateChangeTime": "yesterday"}), "StateChangeTime"),
        (json.dumps(NOTIFICATION | {"StateChangeTime": None}), "StateChangeTime"),
        (json.dumps(EVENT | {"detail": "x"}), "detail"),
        (json.dumps(EVENT | {"detail": {"alarmName": "x"}}), "detail.state.value"),
    ],
)
def test_what_is_no_message_of_an_alarm_is_refused(body: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        parse_alarm_message(body)


def test_nothing_in_it_can_break_a_database() -> None:
    body = json.dumps(
        NOTIFICATION
        | {"NewStateReason": "\x00a\ud800" + "x" * 10_000, "Trigger": TRIGGER | {"Threshold": float("nan")}}
    )

    document = parsed(body).to_document()

    assert document["threshold"] is None
    assert document["reason"].startswith("a?x")
    assert len(json.dumps(document, allow_nan=False).encode()) < 6000
