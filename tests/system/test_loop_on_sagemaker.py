"""From a drift alarm to a new baseline with everything on SageMaker: training, endpoints, monitors and baselines."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.local.traffic import CLUSTER, keys
from tests.local_aws import BUCKET, ROLE, Client
from tests.system import churn
from tests.system.test_loop import (
    Loop,
    drive,
    running_loop,
    test_a_second_alarm_inside_the_cool_down_does_nothing,
    test_an_alarm_in_a_new_baseline_out,
    test_backfilled_violations_began_nothing,
    test_later_windows_are_judged_by_the_new_baseline_on_sagemakers_side_too,
)

pytestmark = pytest.mark.loop

__all__ = [
    "test_a_second_alarm_inside_the_cool_down_does_nothing",
    "test_an_alarm_in_a_new_baseline_out",
    "test_backfilled_violations_began_nothing",
    "test_later_windows_are_judged_by_the_new_baseline_on_sagemakers_side_too",
]
IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/trees"
PROGRAM = (sys.executable, str(Path(__file__).with_name("train_churn.py")))
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}


SOME = (["60,gold", "100,basic"], ["sixty", "hundred"])


def ask(aws: Client, rows: Sequence[str], names: Sequence[str]) -> list[str]:
    """What the endpoint answers to each request: the class. Whoever asks as a customer does has an inference id."""
    runtime = aws.client("sagemaker-runtime")
    request = {"EndpointName": "churn", "ContentType": "text/csv", "Accept": "text/csv"}
    answers = [runtime.invoke_endpoint(**request, InferenceId=name, Body=row) for row, name in zip(rows, names)]
    return [answer["Body"].read().decode().split(",")[0] for answer in answers]


class LoopOnSageMaker(Loop):
    """The running world, with an endpoint whose models SageMaker has trained."""

    # Why endpoints take their time: see loop.toml.
    ARGUMENTS = ("--endpoint-start", "15", "--training-image", f"{IMAGE}={shlex.join(PROGRAM)}")

    @staticmethod
    def make_endpoint(aws: Client) -> object:
        """Trains the first model, and lets it answer."""
        sagemaker = aws.sagemaker
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/training/rows.csv"}
        sagemaker.create_training_job(
            TrainingJobName="first",
            AlgorithmSpecification={"TrainingImage": f"{IMAGE}:1", "TrainingInputMode": "File"},
            RoleArn=ROLE,
            HyperParameters={"label": "left"},
            InputDataConfig=[{"ChannelName": "training", "DataSource": {"S3DataSource": source}}],
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/first"},
            ResourceConfig=CLUSTER,
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )
        waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
        waiter.wait(TrainingJobName="first", WaiterConfig={"Delay": 1, "MaxAttempts": 300})
        model = sagemaker.describe_training_job(TrainingJobName="first")["ModelArtifacts"]["S3ModelArtifacts"]
        container = {"Image": f"{IMAGE}:1", "ModelDataUrl": model}
        sagemaker.create_model(ModelName="first", ExecutionRoleArn=ROLE, PrimaryContainer=container)
        variant = {"VariantName": "AllTraffic", "ModelName": "first", "InstanceType": "ml.m5.large"}
        sagemaker.create_endpoint_config(
            EndpointConfigName="first",
            ProductionVariants=[{**variant, "InitialInstanceCount": 1}],
            DataCaptureConfig=CAPTURE,
        )
        return sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="first")

    def new_hour(self, hour: int) -> None:
        """Customers ask the endpoint, which captures them."""
        ask(self.aws, churn.requests(churn.ages(hour)), churn.names(hour))
        churn.label_hour(self.aws, hour)


@pytest.fixture(scope="module")
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    with running_loop(request, LoopOnSageMaker, {"MODEL_MONITOR_RUNTIME": "sagemaker"}) as world:
        # Who is 60 left when the first model was trained.
        assert ask(world.aws, *SOME) == ["1", "1"]
        drive(world)
        yield world


def test_the_endpoint_answers_by_the_model_that_sagemaker_has_trained(loop: Loop) -> None:
    sagemaker = loop.aws.sagemaker
    jobs = sagemaker.list_training_jobs(SortOrder="Ascending")["TrainingJobSummaries"]
    endpoint = sagemaker.describe_endpoint(EndpointName="churn")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    retrained = sagemaker.describe_training_job(TrainingJobName=jobs[-1]["TrainingJobName"])

    assert {one["TrainingJobStatus"] for one in jobs} == {"Completed"}
    # What the guards stopped has trained nothing; a repeated task adds a number to its job's name.
    assert len({"-".join(one["TrainingJobName"].split("-")[:2]) for one in jobs}) == 2
    assert model["PrimaryContainer"]["ModelDataUrl"] == retrained["ModelArtifacts"]["S3ModelArtifacts"]
    assert config["DataCaptureConfig"] == CAPTURE
    assert ask(loop.aws, *SOME) == ["0", "1"]


def test_our_questions_are_no_traffic_and_cost_nothing_any_more(loop: Loop) -> None:
    endpoints = loop.aws.sagemaker.list_endpoints()["Endpoints"]

    assert [one["EndpointName"] for one in endpoints] == ["churn"]
    assert {name.split("/")[0] for name in keys(loop.aws, "capture")} == {"churn"}
    captured = [
        json.loads(line)
        for name in keys(loop.aws, "capture")
        for line in loop.aws.s3.get_object(Bucket=BUCKET, Key=f"capture/{name}")["Body"].read().splitlines()
    ]
    assert all(record["eventMetadata"].get("inferenceId") for record in captured)


def test_monitors_and_baselines_were_processing_jobs_of_our_image(loop: Loop) -> None:
    sagemaker = loop.aws.sagemaker
    listed = sagemaker.list_processing_jobs(MaxResults=100)["ProcessingJobSummaries"]
    jobs = [sagemaker.describe_processing_job(ProcessingJobName=one["ProcessingJobName"]) for one in listed]
    ours = [job for job in jobs if "MonitoringScheduleArn" not in job]

    assert {job["ProcessingJobStatus"] for job in ours} == {"Completed"}
    assert {job["AppSpecification"]["ImageUri"].split("/")[1] for job in ours} == {"airflow-model-monitor:0.1.0"}
    # Each of six hours was looked at for drift, merged and judged; two monitors have got a baseline twice.
    assert len(ours) >= 3 * churn.HOURS + 4
