"""Processing jobs: what they read, how they end, and what is left of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.jobs.model_server import Request, serving
from tests.local.traffic import ANALYZER, BASELINE, CLARIFY, CLUSTER, baseline_job, ended, keys, put
from tests.local_aws import REGION, ROLE, Client, local_aws

ROWS = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(20))
SHAP: dict[str, Any] = {
    "dataset_type": "text/csv",
    "headers": ["a", "b"],
    "methods": {"shap": {"baseline": [[0, 0]], "num_samples": 4}},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with local_aws() as client:
        client.make_bucket()
        yield client


@pytest.fixture
def aws(server: Client) -> Iterator[Client]:
    yield server
    found = server.s3.list_objects_v2(Bucket="monitored").get("Contents", [])
    for one in found:
        server.s3.delete_object(Bucket="monitored", Key=one["Key"])


def create(aws: Client, name: str, inputs: dict[str, str], image: str = ANALYZER, **members: Any) -> None:
    """A job with inputs by container path, and an output."""
    given = [
        {
            "InputName": f"input-{number}",
            "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
        }
        for number, (path, uri) in enumerate(inputs.items())
    ]
    place = {"S3Uri": BASELINE, "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    aws.sagemaker.create_processing_job(
        **{
            "ProcessingJobName": name,
            "ProcessingResources": {"ClusterConfig": CLUSTER},
            "AppSpecification": {"ImageUri": image},
            "RoleArn": ROLE,
            "ProcessingInputs": given,
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": place}]},
            **members,
        }
    )


@contextmanager
def waiting_job(aws: Client, name: str, **members: Any) -> Iterator[threading.Event]:
    """A job that waits for its model's answer; yields what lets the model answer."""
    answer = threading.Event()

    def slow(request: Request) -> str:
        answer.wait(30)
        return "\n".join("0.5" for _ in request.body.decode().split("\n"))

    with serving(slow) as model:
        predictor = {"content_type": "text/csv", "endpoint_url": model.url}
        config = str({**SHAP, "predictor": predictor}).replace("'", '"')
        inputs = {
            "/opt/ml/processing/input/data": put(aws, f"{name}/data/part.csv", "1,2\n3,4\n"),
            "/opt/ml/processing/input/config": put(aws, f"{name}/config/analysis_config.json", config),
        }
        create(aws, name, inputs, CLARIFY, **members)
        try:
            yield answer
        finally:
            answer.set()


def test_what_was_asked_is_described_and_what_was_printed_is_logged(aws: Client) -> None:
    job = baseline_job(aws, "asked", ROWS)
    assert job["Environment"]["dataset_format"] == '{"csv": {"header": true, "output_columns_position": "START"}}'
    assert job["ProcessingResources"]["ClusterConfig"] == CLUSTER
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"] <= job["LastModifiedTime"]
    assert "MonitoringScheduleArn" not in job
    logs = aws.client("logs")
    group = {"logGroupName": "/aws/sagemaker/ProcessingJobs"}
    (stream,) = logs.describe_log_streams(**group, logStreamNamePrefix="asked/")["logStreams"]
    events = logs.get_log_events(**group, logStreamName=stream["logStreamName"])["events"]
    assert events[-1]["message"] == "Completed: Job completed successfully with no violations."


def test_a_folder_of_files_is_read_and_other_folders_that_begin_alike_are_not(aws: Client) -> None:
    path = "/opt/ml/processing/input/baseline_dataset_input"
    put(aws, "rows/one/a.csv", ROWS)
    put(aws, "rows/one/deep/b.csv", ROWS)
    put(aws, "rows/one-more/c.csv", "no,table,at\nall\n")
    environment = {"dataset_source": path, "dataset_format": '{"csv": {"header": true}}'}
    create(aws, "folder", {path: "s3://monitored/rows/one"}, Environment=environment)
    assert ended(aws, "folder")["ProcessingJobStatus"] == "Completed"
    statistics = aws.s3.get_object(Bucket="monitored", Key="baseline/statistics.json")["Body"].read().decode()
    assert '"item_count" : 40' in statistics


def test_bad_input_fails_the_job_and_nothing_is_left(aws: Client) -> None:
    job = baseline_job(aws, "bad", ROWS, dataset_format='{"csv": {"header": tru')
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["ExitMessage"].startswith("Error: ")
    assert job["FailureReason"].startswith("AlgorithmError: ")
    assert job["FailureReason"].endswith("exit code: 255")
    assert keys(aws, "baseline") == []


def test_missing_inputs_are_named(aws: Client) -> None:
    create(aws, "missing", {"/opt/ml/processing/input/data": "s3://nowhere/at/all"})
    job = ended(aws, "missing")
    assert job["FailureReason"].startswith(
        'ClientError: No S3 objects found under S3 URL "s3://nowhere/at/all" given in input data source.'
    )


def test_an_output_that_cannot_be_written_is_named(aws: Client) -> None:
    path = "/opt/ml/processing/input/baseline_dataset_input"
    place = {"S3Uri": "s3://nowhere/out", "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    create(
        aws,
        "nowhere",
        {path: put(aws, "rows/a.csv", ROWS)},
        Environment={"dataset_source": path, "dataset_format": '{"csv": {"header": true}}'},
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": place}]},
    )
    job = ended(aws, "nowhere")
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: s3://nowhere/out/")
    assert "NoSuchBucket" in job["FailureReason"]


def test_files_of_a_manifest_are_read(aws: Client) -> None:
    path = "/opt/ml/processing/input/baseline_dataset_input"
    put(aws, "rows/a.csv", ROWS)
    put(aws, "rows/b.csv", ROWS)
    manifest = put(aws, "manifest.json", '[{"prefix": "s3://monitored/rows/"}, "a.csv"]')
    source = {"S3Uri": manifest, "LocalPath": path, "S3DataType": "ManifestFile", "S3InputMode": "File"}
    create(
        aws,
        "manifest",
        {},
        ProcessingInputs=[{"InputName": "rows", "S3Input": source}],
        Environment={"dataset_source": path, "dataset_format": '{"csv": {"header": true}}'},
    )
    assert ended(aws, "manifest")["ProcessingJobStatus"] == "Completed"
    statistics = aws.s3.get_object(Bucket="monitored", Key="baseline/statistics.json")["Body"].read().decode()
    assert '"item_count" : 20' in statistics


@pytest.mark.parametrize(
    ("image", "runs"),
    [
        (f"123456789012.dkr.ecr.{REGION}.amazonaws.com/airflow-model-monitor:0.1.0", True),
        (f"123456789012.dkr.ecr.{REGION}.amazonaws.com/sklearn:1.2", False),
    ],
)
def test_images_of_this_package_run_and_others_do_not(aws: Client, image: str, runs: bool) -> None:
    path = "/opt/ml/processing/input/baseline_dataset_input"
    environment = {"dataset_source": path, "dataset_format": '{"csv": {"header": true}}'}
    name = "own" if runs else "other"
    create(aws, name, {path: put(aws, "rows/a.csv", ROWS)}, image, Environment=environment)
    job = ended(aws, name)
    assert job["ProcessingJobStatus"] == ("Completed" if runs else "Failed")
    if not runs:
        assert "cannot be run by the local SageMaker" in job["FailureReason"]


def test_metrics_are_published_for_schedules_only(aws: Client) -> None:
    job = baseline_job(aws, "published", ROWS, publish_cloudwatch_metrics="Enabled")
    assert (job["ProcessingJobStatus"], job["FailureReason"]) == (
        "Failed",
        "AlgorithmError: CloudWatch publishing is available only for jobs from MonitoringSchedules.",
    )


def test_a_job_is_stopped(aws: Client) -> None:
    with waiting_job(aws, "stopped"):
        time.sleep(0.2)
        aws.sagemaker.stop_processing_job(ProcessingJobName="stopped")
        job = ended(aws, "stopped")
    assert job["ProcessingJobStatus"] == "Stopped"
    assert keys(aws, "baseline") == []
    with pytest.raises(ClientError, match="is in status Stopped"):
        aws.sagemaker.stop_processing_job(ProcessingJobName="stopped")
    aws.sagemaker.delete_processing_job(ProcessingJobName="stopped")
    with pytest.raises(ClientError, match="Could not find requested job with name: stopped"):
        aws.sagemaker.describe_processing_job(ProcessingJobName="stopped")


def test_a_job_that_takes_longer_than_it_may_is_stopped(aws: Client) -> None:
    with waiting_job(aws, "too-long", StoppingCondition={"MaxRuntimeInSeconds": 1}):
        assert ended(aws, "too-long")["ProcessingJobStatus"] == "Stopped"


def test_two_jobs_run_at_a_time_and_one_that_waits_can_be_stopped(aws: Client) -> None:
    with waiting_job(aws, "first") as first, waiting_job(aws, "second") as second:
        create(aws, "third", {"/opt/ml/processing/input/data": "s3://nowhere/at/all"})
        time.sleep(1.0)
        described = aws.sagemaker.describe_processing_job(ProcessingJobName="third")
        assert described["ProcessingJobStatus"] == "InProgress"
        assert "ProcessingStartTime" not in described
        aws.sagemaker.stop_processing_job(ProcessingJobName="third")
        first.set()
        second.set()
        assert ended(aws, "third")["ProcessingJobStatus"] == "Stopped"
        assert ended(aws, "second")["ProcessingJobStatus"] == "Completed"
    listed = aws.sagemaker.list_processing_jobs(NameContains="ir", SortBy="Name", SortOrder="Ascending")
    assert [one["ProcessingJobName"] for one in listed["ProcessingJobSummaries"]] == ["first", "third"]


def test_names_are_taken_once(aws: Client) -> None:
    create(aws, "twice", {"/opt/ml/processing/input/data": "s3://nowhere/at/all"})
    with pytest.raises(ClientError) as error:
        create(aws, "twice", {"/opt/ml/processing/input/data": "s3://nowhere/at/all"})
    assert error.value.response["Error"]["Code"] == "ResourceInUse"
