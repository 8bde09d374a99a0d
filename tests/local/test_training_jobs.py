"""Training jobs: what a program finds that stands in for a training image, and what becomes of what it leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.traffic import CLUSTER, keys
from tests.local.training import IMAGE, PROGRAM, ROWS, archive, train, trained, written
from tests.local_aws import BUCKET, START, Client, local_aws

FILES = {
    "FileSystemId": "fs-0123456789abcdef0",
    "FileSystemAccessMode": "ro",
    "FileSystemType": "EFS",
    "DirectoryPath": "/data",
}


def of(image: str) -> dict[str, str]:
    """An ``AlgorithmSpecification``."""
    return {"TrainingImage": image, "TrainingInputMode": "File"}


@pytest.fixture(scope="module")
def aws() -> Iterator[Client]:
    with local_aws(training_images={IMAGE: PROGRAM, "lost": ("/no/such/program",)}) as client:
        client.make_bucket()
        yield client


def test_a_program_finds_what_a_training_container_finds(aws: Client) -> None:
    train(aws, "told", hyperparameters={"depth": "3"}, Environment={"TEAM": "credit"})
    job = trained(aws, "told")

    files = archive(aws, job["ModelArtifacts"]["S3ModelArtifacts"])
    told = json.loads(files["told.json"])
    assert files["deep/training.csv"] == ROWS
    assert told["arguments"] == ["train"]
    assert told["files"]["hyperparameters.json"] == {"do": "tell", "depth": "3"}
    assert told["files"]["inputdataconfig.json"]["training"] == {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
        "ContentType": "text/csv",
    }
    assert told["files"]["resourceconfig.json"]["hosts"] == ["algo-1"]
    variables = told["variables"]
    assert json.loads(variables["SM_HPS"]) == {"do": "tell", "depth": 3}
    assert (variables["SM_HP_DEPTH"], variables["TEAM"]) == ("3", "credit")
    assert (variables["TRAINING_JOB_NAME"], variables["AWS_ENDPOINT_URL"]) == ("told", aws.url)
    assert told["folder"] == os.getcwd()


def test_a_job_is_described_from_its_start_to_its_model(aws: Client) -> None:
    train(aws, "described")
    job = trained(aws, "described")

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    passed = [(one["Status"], one["StatusMessage"]) for one in job["SecondaryStatusTransitions"]]
    assert [status for status, _ in passed] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert passed[-1] == ("Completed", "Training job completed")
    assert all("EndTime" in one for one in job["SecondaryStatusTransitions"])
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/models/described/output/model.tar.gz"
    assert archive(aws, f"s3://{BUCKET}/models/described/output/output.tar.gz") == {"notes.txt": "trained"}
    assert START <= job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert job["BillableTimeInSeconds"] >= 1
    group = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
    (stream,) = aws.client("logs").describe_log_streams(**group, logStreamNamePrefix="described/")["logStreams"]
    events = aws.client("logs").get_log_events(**group, logStreamName=stream["logStreamName"])["events"]
    assert [one["message"] for one in events] == ["epoch 1"]


def test_a_model_may_be_left_unpacked(aws: Client) -> None:
    place = {"S3OutputPath": f"s3://{BUCKET}/plain", "CompressionType": "NONE"}
    train(aws, "plain", OutputDataConfig=place)

    assert trained(aws, "plain")["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/plain/plain/output/model/"
    assert keys(aws, "plain/plain/output/model") == ["deep/training.csv", "told.json"]


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ("fail", "AlgorithmError: no labels, exit code: 3"),
        ("die", "AlgorithmError: See job logs for more information, exit code: 137"),
    ],
)
def test_a_failure_says_what_the_program_said(aws: Client, do: str, reason: str) -> None:
    train(aws, do, do=do)
    job = trained(aws, do)

    assert (job["TrainingJobStatus"], job["SecondaryStatus"], job["FailureReason"]) == ("Failed", "Failed", reason)
    assert keys(aws, f"models/{do}") == []


def test_a_job_that_is_stopped_saves_what_it_has(aws: Client, tmp_path: Path) -> None:
    train(aws, "stopped", do="wait", hyperparameters={"flag": str(tmp_path / "flag")})
    written(tmp_path / "flag")
    aws.sagemaker.stop_training_job(TrainingJobName="stopped")
    job = trained(aws, "stopped")

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "Stopping" in [one["Status"] for one in job["SecondaryStatusTransitions"]]
    assert archive(aws, job["ModelArtifacts"]["S3ModelArtifacts"]) == {"half.txt": "half trained"}
    with pytest.raises(ClientError, match="is in status Stopped"):
        aws.sagemaker.stop_training_job(TrainingJobName="stopped")


def test_a_job_that_takes_longer_than_it_may_is_stopped(aws: Client, tmp_path: Path) -> None:
    flag = {"flag": str(tmp_path / "flag")}
    train(aws, "too-long", do="wait", hyperparameters=flag, StoppingCondition={"MaxRuntimeInSeconds": 1})
    job = trained(aws, "too-long")

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


@pytest.mark.parametrize(
    ("name", "members", "said"),
    [
        ("other", {"AlgorithmSpecification": of("xgboost:1")}, "--training-image xgboost=COMMAND"),
        ("lost", {"AlgorithmSpecification": of("lost")}, "is no program that is found"),
        ("two", {"ResourceConfig": {**CLUSTER, "InstanceCount": 2}}, "one instance"),
        ("checked", {"CheckpointConfig": {"S3Uri": "s3://monitored/checkpoints"}}, "keeps no checkpoints"),
        ("nowhere", {"OutputDataConfig": {"S3OutputPath": "s3://nowhere/models"}}, "NoSuchBucket"),
    ],
)
def test_what_cannot_be_run_fails_and_says_what_to_do(
    aws: Client, name: str, members: dict[str, Any], said: str
) -> None:
    train(aws, name, **members)
    job = trained(aws, name)

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert said in job["FailureReason"]


def test_a_channel_without_data_is_named(aws: Client) -> None:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://monitored/nothing"}
    train(aws, "empty", InputDataConfig=[{"ChannelName": "training", "DataSource": {"S3DataSource": source}}])

    reason = trained(aws, "empty")["FailureReason"]
    assert reason.startswith('ClientError: No S3 objects found under S3 URL "s3://monitored/nothing"')


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"TrainingJobName": "not_a_name"}, "regular expression pattern"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "Quick"}}, "enum value set"),
        ({"InputDataConfig": [{"ChannelName": "a", "DataSource": {"FileSystemDataSource": FILES}}]}, "is not of S3"),
    ],
)
def test_requests_are_checked(aws: Client, members: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said) as refused:
        train(aws, "refused", **members)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_jobs_are_found_by_name_tagged_and_deleted(aws: Client) -> None:
    for name in ("first-kept", "second-kept"):
        train(aws, name, Tags=[{"Key": "team", "Value": "credit"}])
        job = trained(aws, name)
    with pytest.raises(ClientError, match="already exists") as taken:
        train(aws, "first-kept")
    assert taken.value.response["Error"]["Code"] == "ResourceInUse"

    found = aws.sagemaker.list_training_jobs(NameContains="kept", StatusEquals="Completed", SortOrder="Ascending")
    assert [one["TrainingJobName"] for one in found["TrainingJobSummaries"]] == ["first-kept", "second-kept"]
    tags = aws.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "credit"}]
    aws.sagemaker.delete_training_job(TrainingJobName="first-kept")
    with pytest.raises(ClientError, match=r"Requested resource not found\.") as missing:
        aws.sagemaker.describe_training_job(TrainingJobName="first-kept")
    assert missing.value.response["Error"]["Code"] == "ValidationException"
