"""The whole way: traffic, capture, schedule, drift, metric, alarm, topic, queue; killed with the message in hand."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from tests.jobs.model_server import Reply, Request, serving
from tests.local.cloudwatch.test_service import ALARM, queue, state, topic
from tests.local.serving.test_endpoints import CAPTURE, deploy
from tests.local.traffic import baseline_job, data_quality_definition, schedule
from tests.local_aws import START, Client, LocalAwsProcess

ROWS = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(60))


def rich(request: Request) -> Reply:
    """A model: everybody over forty is."""
    return Reply(f"{int(float(request.body) > 40)}", headers={"Content-Type": "text/csv; charset=utf-8"})


def ask(aws: Client, ages: list[int]) -> None:
    runtime = aws.client("sagemaker-runtime")
    for age in ages:
        runtime.invoke_endpoint(EndpointName="churn", Body=str(age), ContentType="text/csv")


def test_drifted_traffic_ends_as_a_message_that_outlives_the_server(tmp_path: Path) -> None:
    with serving(rich) as model, LocalAwsProcess(data=tmp_path) as aws:
        aws.make_bucket()
        deploy(aws, capture=CAPTURE, Environment={"endpoint_url": model.url})
        assert baseline_job(aws, "baseline", ROWS)["ProcessingJobStatus"] == "Completed"
        aws.sagemaker.create_data_quality_job_definition(**data_quality_definition())
        schedule(aws, "hourly")
        url, arn = queue(aws, "alarms", VisibilityTimeout="3")
        aws.client("cloudwatch").put_metric_alarm(**ALARM, AlarmActions=[topic(aws, arn)])

        ask(aws, [20 + number for number in range(40)])
        calm = aws.advance("PT1H")
        assert [one["MonitoringExecutionStatus"] for one in calm["executions"]] == ["Completed"]
        assert state(aws) == "OK"

        ask(aws, [200 + number for number in range(40)])
        moved = aws.advance("PT1H")
        assert [one["MonitoringExecutionStatus"] for one in moved["executions"]] == ["CompletedWithViolations"]
        assert state(aws) == "ALARM"
        sqs = aws.client("sqs")
        held = sqs.receive_message(QueueUrl=url)["Messages"][0]
        sent = json.loads(json.loads(held["Body"])["Message"])
        assert (sent["AlarmName"], sent["NewStateValue"]) == ("age drifts", "ALARM")
        assert sent["Trigger"]["MetricName"] == "feature_baseline_drift_age"
        # The datapoint is the captured hour's, the change of state the execution's.
        assert sent["StateChangeTime"].startswith("2026-01-01T02:00:")
        aws.kill()

        with LocalAwsProcess(data=tmp_path, clock=None) as again:
            assert state(again) == "ALARM"
            assert again.get("/_model_monitor/clock")["now"] == "2026-01-01T02:00:00Z"
            found = again.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="hourly")
            assert found["MonitoringScheduleStatus"] == "Scheduled"
            assert [one["MonitoringExecutionStatus"] for one in again.executions("hourly")] == [
                "Completed",
                "CompletedWithViolations",
            ]
            drift = again.client("cloudwatch").get_metric_statistics(
                Namespace=ALARM["Namespace"],
                MetricName=ALARM["MetricName"],
                Dimensions=ALARM["Dimensions"],
                StartTime=START,
                EndTime=START + timedelta(hours=2),
                Period=3600,
                Statistics=["Maximum"],
            )["Datapoints"]
            assert [one["Timestamp"] for one in drift] == [START, START + timedelta(hours=1)]
            assert drift[0]["Maximum"] <= 0.1 < drift[1]["Maximum"]
            sqs = again.client("sqs")
            url = sqs.get_queue_url(QueueName="alarms")["QueueUrl"]
            came = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"][0]
            assert (came["MessageId"], came["Body"]) == (held["MessageId"], held["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=came["ReceiptHandle"])

            # Life goes on: the endpoint answers, the next hour is calm again, and the alarm says so once.
            ask(again, [20 + number for number in range(40)])
            assert [one["MonitoringExecutionStatus"] for one in again.advance("PT1H")["executions"]] == ["Completed"]
            assert state(again) == "OK"
            assert "Messages" not in sqs.receive_message(QueueUrl=url)
