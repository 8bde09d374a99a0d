"""Training jobs for tests of the local SageMaker."""

from __future__ import annotations

import io
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

from tests.local.traffic import CLUSTER, put
from tests.local_aws import BUCKET, ROLE, Client

IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/trees"
PROGRAM = (sys.executable, str(Path(__file__).with_name("training_program.py")))
ROWS = "age,left\n30,0\n60,1\n"


def train(
    aws: Client, name: str, *, do: str = "tell", hyperparameters: dict[str, str] | None = None, **members: Any
) -> None:
    """Create a training job, of the test's program unless ``members`` say otherwise."""
    source = {"S3DataType": "S3Prefix", "S3Uri": put(aws, "training/rows.csv", ROWS)}
    aws.sagemaker.create_training_job(
        **{
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": f"{IMAGE}:1", "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "HyperParameters": {"do": do, **(hyperparameters or {})},
            "InputDataConfig": [
                {"ChannelName": "training", "DataSource": {"S3DataSource": source}, "ContentType": "text/csv"}
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": CLUSTER,
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            **members,
        }
    )


def trained(aws: Client, name: str) -> dict[str, Any]:
    """A training job when it has come to its end, awaited as clients do."""
    waiter = aws.sagemaker.get_waiter("training_job_completed_or_stopped")
    try:
        waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 300})
    except Exception as error:
        if "terminal failure" not in str(error):
            raise
    return aws.sagemaker.describe_training_job(TrainingJobName=name)  # type: ignore[no-any-return]


def archive(aws: Client, uri: str) -> dict[str, str]:
    """The files of an archive in S3."""
    key = uri.removeprefix(f"s3://{BUCKET}/")
    content = aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as packed:
        members = {one.name: packed.extractfile(one) for one in packed if one.isfile()}
        return {name: stream.read().decode() for name, stream in members.items() if stream is not None}


def written(flag: Path) -> int:
    """Wait until a program has written its process id to a file."""
    deadline = time.monotonic() + 60
    while not (flag.exists() and flag.read_text()):
        assert time.monotonic() < deadline, f"{flag} was not written"
        time.sleep(0.05)
    return int(flag.read_text())
