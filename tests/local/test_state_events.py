"""SageMaker's events reach a queue by a rule of EventBridge."""

from __future__ import annotations

import json
from pathlib import Path

from tests.local.cloudwatch.test_service import queue, received
from tests.local.traffic import baseline_job, data_quality_definition, schedule
from tests.local.training import train, trained
from tests.local_aws import BUCKET, Client, LocalAwsProcess

ROWS = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(40))


def listen(aws: Client, detail_type: str) -> str:
    url, arn = queue(aws)
    pattern = {"source": ["aws.sagemaker"], "detail-type": [detail_type]}
    aws.client("events").put_rule(Name="states", EventPattern=json.dumps(pattern))
    aws.client("events").put_targets(Rule="states", Targets=[{"Id": "1", "Arn": arn}])
    return url


def test_a_processing_job_says_how_it_goes(aws: Client) -> None:
    aws.make_bucket()
    url = listen(aws, "SageMaker Processing Job State Change")
    job = baseline_job(aws, "baseline", ROWS)
    begun, ended = received(aws, url)
    assert (begun["detail"]["ProcessingJobStatus"], ended["detail"]["ProcessingJobStatus"]) == (
        "InProgress",
        "Completed",
    )
    assert ended["resources"] == [job["ProcessingJobArn"]]
    assert ended["detail"]["ExitMessage"] == job["ExitMessage"]
    assert ended["detail"]["ProcessingEndTime"] == round(job["ProcessingEndTime"].timestamp() * 1000)


def test_a_training_job_says_how_it_goes(aws: Client) -> None:
    aws.make_bucket()
    url = listen(aws, "SageMaker Training Job State Change")
    train(aws, "told")
    job = trained(aws, "told")
    begun, ended = received(aws, url)
    assert begun["detail"]["TrainingJobStatus"] == "InProgress"
    assert ended["resources"] == [job["TrainingJobArn"]]
    # Nothing stands in for its image here.
    assert (ended["detail"]["SecondaryStatus"], ended["detail"]["FailureReason"]) == ("Failed", job["FailureReason"])


def test_a_schedule_passes_its_states_and_the_rule_survives(tmp_path: Path) -> None:
    with LocalAwsProcess(data=tmp_path) as aws:
        aws.make_bucket()
        aws.make_endpoint(capture=f"s3://{BUCKET}/capture")
        aws.sagemaker.create_data_quality_job_definition(**data_quality_definition())
        url = listen(aws, "SageMaker Monitoring Schedule State Change")
        schedule(aws, "hourly")
        aws.advance("PT0S")
        assert [one["detail"]["MonitoringScheduleStatus"] for one in received(aws, url)] == ["Pending", "Scheduled"]
        aws.kill()
    with LocalAwsProcess(data=tmp_path, clock=None) as again:
        again.sagemaker.stop_monitoring_schedule(MonitoringScheduleName="hourly")
        again.advance("PT0S")
        url = again.client("sqs").get_queue_url(QueueName="alarms")["QueueUrl"]
        stopped = [one["detail"]["MonitoringScheduleStatus"] for one in received(again, url)]
        assert stopped == ["Pending", "Stopped"]
