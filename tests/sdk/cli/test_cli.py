"""Data quality with nothing but the AWS CLI: the commands of its reference, from a bucket to an alarm's message."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aws_command import Aws, CommandError
from churn import FEATURES, csv, customers, score
from local_service import eventually, move_to, next_hour

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/MonitorRole"
ANALYZER = "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer"
BUCKET = "churn-cli"
ENDPOINT = "churn-cli"
DEFINITION = "churn-cli-definition"
SCHEDULE = "churn-cli-schedule"
ENDED = ("Completed", "CompletedWithViolations", "Failed", "Stopped")
TRAINED_ON = customers(120, seed=61)


class Story(NamedTuple):
    """What the commands printed."""

    baseline: dict[str, Any]
    definition: dict[str, Any]
    schedule: dict[str, Any]
    quiet: dict[str, Any]
    drifted: dict[str, Any]
    message: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def story(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("cli")
    baseline = make_baseline(aws, folder)
    make_endpoint(aws, folder)
    move_to(next_hour(10))
    definition = make_definition(aws, folder)
    schedule = make_schedule(aws)
    queue = make_alarm(aws)
    ask(aws, folder, TRAINED_ON)
    quiet = run_hour(aws)
    eventually(lambda: alarm_state(aws) == "OK", "a quiet alarm")
    ask(aws, folder, customers(120, seed=61, older=40))
    drifted = run_hour(aws)
    move_to(next_hour(5))
    received = eventually(lambda: received_by(aws, queue), "a message of the alarm")
    yield Story(baseline, definition, schedule, quiet, drifted, json.loads(received["Body"]), folder)
    aws("sagemaker", "delete-monitoring-schedule", "--monitoring-schedule-name", SCHEDULE)


def make_baseline(aws: Aws, folder: Path) -> dict[str, Any]:
    lines = [f"{score(row):.6f},{csv([row])}" for row in TRAINED_ON]
    train = folder / "train.csv"
    train.write_text("\n".join([",".join(("score", *FEATURES)), *lines]) + "\n")
    aws("s3", "mb", f"s3://{BUCKET}")
    aws("s3", "cp", str(train), f"s3://{BUCKET}/train/train.csv")
    request = {
        "ProcessingJobName": "churn-cli-baseline",
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": ANALYZER},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
        },
        "ProcessingInputs": [
            {
                "InputName": "baseline_dataset_input",
                "S3Input": {
                    "S3Uri": f"s3://{BUCKET}/train/train.csv",
                    "LocalPath": "/opt/ml/processing/input/baseline_dataset_input",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "monitoring_output",
                    "S3Output": {
                        "S3Uri": f"s3://{BUCKET}/baseline",
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        "Environment": {
            "dataset_format": json.dumps({"csv": {"header": True, "output_columns_position": "START"}}),
            "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
        },
    }
    aws("sagemaker", "create-processing-job", "--cli-input-json", json.dumps(request))
    name = ("--processing-job-name", "churn-cli-baseline")

    def ended() -> dict[str, Any] | None:
        job = aws("sagemaker", "describe-processing-job", *name)
        return None if job["ProcessingJobStatus"] == "InProgress" else dict(job)

    job = eventually(ended, "the end of the baseline")
    aws("sagemaker", "wait", "processing-job-completed-or-stopped", *name)
    return job


def make_endpoint(aws: Aws, folder: Path) -> None:
    model = Path(os.environ["CHURN_MODEL"])
    aws("s3", "cp", str(model), f"s3://{BUCKET}/model/{model.name}")
    container = {
        "Image": f"{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/churn:1",
        "ModelDataUrl": f"s3://{BUCKET}/model/{model.name}",
    }
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": ENDPOINT,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.xlarge",
    }
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    aws(
        *("sagemaker", "create-model", "--model-name", ENDPOINT, "--execution-role-arn", ROLE),
        *("--primary-container", json.dumps(container)),
    )
    aws(
        *("sagemaker", "create-endpoint-config", "--endpoint-config-name", ENDPOINT),
        *("--production-variants", json.dumps([variant]), "--data-capture-config", json.dumps(capture)),
    )
    aws("sagemaker", "create-endpoint", "--endpoint-name", ENDPOINT, "--endpoint-config-name", ENDPOINT)
    aws("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", ENDPOINT)


def make_definition(aws: Aws, folder: Path) -> dict[str, Any]:
    document = {
        "JobDefinitionName": DEFINITION,
        "DataQualityBaselineConfig": {
            "ConstraintsResource": {"S3Uri": f"s3://{BUCKET}/baseline/constraints.json"},
            "StatisticsResource": {"S3Uri": f"s3://{BUCKET}/baseline/statistics.json"},
        },
        "DataQualityAppSpecification": {
            "ImageUri": ANALYZER,
            "Environment": {"publish_cloudwatch_metrics": "Enabled"},
        },
        "DataQualityJobInput": {
            "EndpointInput": {"EndpointName": ENDPOINT, "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": f"s3://{BUCKET}/reports", "LocalPath": "/opt/ml/processing/output"}}
            ]
        },
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}},
        "RoleArn": ROLE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    file = folder / "definition.json"
    file.write_text(json.dumps(document))
    aws("sagemaker", "create-data-quality-job-definition", "--cli-input-json", f"file://{file}")
    return dict(aws("sagemaker", "describe-data-quality-job-definition", "--job-definition-name", DEFINITION))


def make_schedule(aws: Aws) -> dict[str, Any]:
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinitionName": DEFINITION,
        "MonitoringType": "DataQuality",
    }
    aws(
        *("sagemaker", "create-monitoring-schedule", "--monitoring-schedule-name", SCHEDULE),
        *("--monitoring-schedule-config", json.dumps(config)),
    )
    return eventually(lambda: scheduled(aws), "a schedule that is Scheduled")


def described(aws: Aws) -> dict[str, Any]:
    return dict(aws("sagemaker", "describe-monitoring-schedule", "--monitoring-schedule-name", SCHEDULE))


def scheduled(aws: Aws) -> dict[str, Any] | None:
    found = described(aws)
    return found if found["MonitoringScheduleStatus"] == "Scheduled" else None


def make_alarm(aws: Aws) -> str:
    """A drift alarm, its topic, and a queue that listens; the queue's address."""
    topic = aws("sns", "create-topic", "--name", "churn-cli")["TopicArn"]
    queue = aws("sqs", "create-queue", "--queue-name", "churn-cli")["QueueUrl"]
    arn = aws("sqs", "get-queue-attributes", "--queue-url", queue, "--attribute-names", "QueueArn")
    aws(
        *("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs"),
        *("--notification-endpoint", arn["Attributes"]["QueueArn"]),
    )
    aws(
        *("cloudwatch", "put-metric-alarm", "--alarm-name", "churn-cli", "--statistic", "Maximum"),
        *("--metric-name", "feature_baseline_drift_age", "--namespace", "aws/sagemaker/Endpoints/data-metrics"),
        *("--dimensions", f"Name=Endpoint,Value={ENDPOINT}", f"Name=MonitoringSchedule,Value={SCHEDULE}"),
        *("--period", "3600", "--evaluation-periods", "1", "--threshold", "0.1"),
        *("--comparison-operator", "GreaterThanThreshold", "--treat-missing-data", "notBreaching"),
        *("--alarm-actions", topic),
    )
    return str(queue)


def alarm_state(aws: Aws) -> str:
    (alarm,) = aws("cloudwatch", "describe-alarms", "--alarm-names", "churn-cli")["MetricAlarms"]
    return str(alarm["StateValue"])


def received_by(aws: Aws, queue: str) -> dict[str, Any] | None:
    answer = aws("sqs", "receive-message", "--queue-url", queue, "--wait-time-seconds", "1")
    return answer["Messages"][0] if answer else None


def ask(aws: Aws, folder: Path, rows: list[tuple[float, ...]]) -> None:
    """One request with a line for each customer."""
    body, answer = folder / "request.csv", folder / "answer.csv"
    body.write_text(csv(rows))
    aws(
        *("sagemaker-runtime", "invoke-endpoint", "--endpoint-name", ENDPOINT, "--body", f"fileb://{body}"),
        *("--content-type", "text/csv", "--accept", "text/csv", str(answer)),
    )
    scores = [float(text) for text in answer.read_text().split()]
    assert scores == pytest.approx([score(row) for row in rows], abs=1e-4)


def run_hour(aws: Aws) -> dict[str, Any]:
    """The next hour's execution, once it has ended."""
    moment = next_hour(30)
    move_to(moment)
    due = moment.replace(minute=0).timestamp()

    def ended() -> dict[str, Any] | None:
        found = aws(
            *("sagemaker", "list-monitoring-executions", "--monitoring-schedule-name", SCHEDULE),
            *("--sort-by", "ScheduledTime", "--sort-order", "Descending", "--max-results", "1"),
        )["MonitoringExecutionSummaries"]
        # Version 1 of the CLI shows times as they come: seconds since 1970.
        if not found or found[0]["ScheduledTime"] < due:
            return None
        return dict(found[0]) if found[0]["MonitoringExecutionStatus"] in ENDED else None

    return eventually(ended, f"the execution before {moment}")


def test_the_baseline_is_made(aws: Aws, story: Story) -> None:
    assert story.baseline["ProcessingJobStatus"] == "Completed"
    aws("s3", "cp", f"s3://{BUCKET}/baseline/statistics.json", str(story.folder))
    statistics = json.loads((story.folder / "statistics.json").read_text())
    assert [one["name"] for one in statistics["features"]] == ["score", *FEATURES]


def test_the_definition_is_described(story: Story) -> None:
    assert story.definition["RoleArn"] == ROLE
    assert story.definition["DataQualityJobInput"]["EndpointInput"]["EndpointName"] == ENDPOINT
    assert story.definition["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}


def test_the_schedule_is_listed(aws: Aws, story: Story) -> None:
    listed = aws("sagemaker", "list-monitoring-schedules", "--endpoint-name", ENDPOINT)["MonitoringScheduleSummaries"]
    assert [one["MonitoringScheduleName"] for one in listed] == [SCHEDULE]
    assert listed[0]["MonitoringScheduleArn"] == story.schedule["MonitoringScheduleArn"]
    definitions = aws("sagemaker", "list-data-quality-job-definitions", "--name-contains", DEFINITION)
    assert definitions["JobDefinitionSummaries"][0]["EndpointName"] == ENDPOINT


def test_a_quiet_hour_and_one_that_drifts(aws: Aws, story: Story) -> None:
    assert story.quiet["MonitoringExecutionStatus"] == "Completed"
    assert story.drifted["MonitoringExecutionStatus"] == "CompletedWithViolations"
    name = story.drifted["ProcessingJobArn"].rpartition("/")[2]
    job = aws("sagemaker", "describe-processing-job", "--processing-job-name", name)
    assert job["ExitMessage"].startswith("CompletedWithViolations: ")
    (output,) = job["ProcessingOutputConfig"]["Outputs"]
    aws("s3", "cp", f"{output['S3Output']['S3Uri']}/constraint_violations.json", str(story.folder))
    violations = json.loads((story.folder / "constraint_violations.json").read_text())["violations"]
    assert ("age", "baseline_drift_check") in {
        (one["feature_name"], one["constraint_check_type"]) for one in violations
    }


def test_the_alarm_sends_a_message(aws: Aws, story: Story) -> None:
    alarm = json.loads(story.message["Message"])
    assert (alarm["AlarmName"], alarm["NewStateValue"]) == ("churn-cli", "ALARM")
    metrics = aws("cloudwatch", "list-metrics", "--namespace", "aws/sagemaker/Endpoints/data-metrics")["Metrics"]
    assert "feature_baseline_drift_income" in {one["MetricName"] for one in metrics}


def test_a_schedule_is_stopped_and_started(aws: Aws, story: Story) -> None:
    name = ("--monitoring-schedule-name", SCHEDULE)
    aws("sagemaker", "stop-monitoring-schedule", *name)
    eventually(lambda: described(aws)["MonitoringScheduleStatus"] == "Stopped", "a stopped schedule")
    aws("sagemaker", "start-monitoring-schedule", *name)
    eventually(lambda: scheduled(aws), "a schedule that is Scheduled again")


def test_alerts_are_listed_and_changed(aws: Aws, story: Story) -> None:
    name = ("--monitoring-schedule-name", SCHEDULE)
    (alert,) = aws("sagemaker", "list-monitoring-alerts", *name)["MonitoringAlertSummaries"]
    aws(
        *("sagemaker", "update-monitoring-alert", *name, "--monitoring-alert-name", alert["MonitoringAlertName"]),
        *("--datapoints-to-alert", "2", "--evaluation-period", "3"),
    )
    (changed,) = aws("sagemaker", "list-monitoring-alerts", *name)["MonitoringAlertSummaries"]
    assert (changed["DatapointsToAlert"], changed["EvaluationPeriod"]) == (2, 3)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            ("describe-monitoring-schedule", "--monitoring-schedule-name", "no-such"),
            "An error occurred (ResourceNotFound) when calling the DescribeMonitoringSchedule operation",
        ),
        (
            ("delete-data-quality-job-definition", "--job-definition-name", "no-such"),
            "An error occurred (ResourceNotFound) when calling the DeleteDataQualityJobDefinition operation",
        ),
        (
            (
                *("create-monitoring-schedule", "--monitoring-schedule-name", "every-minute"),
                "--monitoring-schedule-config",
                json.dumps(
                    {
                        "ScheduleConfig": {"ScheduleExpression": "cron(* * ? * * *)"},
                        "MonitoringJobDefinitionName": DEFINITION,
                        "MonitoringType": "DataQuality",
                    }
                ),
            ),
            "An error occurred (ValidationException) when calling the CreateMonitoringSchedule operation",
        ),
    ],
    ids=["no-schedule", "no-definition", "every-minute"],
)
def test_a_wrong_command_is_refused_as_aws_does(aws: Aws, story: Story, command: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said.replace("(", r"\(").replace(")", r"\)")):
        aws("sagemaker", *command)
