"""A training job whose server is killed: its program ends with the server, and is run again by the next."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.local.training import IMAGE, PROGRAM, archive, train, trained, written
from tests.local_aws import LocalAwsProcess

STANDS_IN = ("--training-image", f"{IMAGE}={shlex.join(PROGRAM)}")


def test_killed_in_the_middle_of_a_training_it_trains_again(tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    flag = tmp_path / "flag"
    with LocalAwsProcess(*STANDS_IN, data=tmp_path / "data") as aws:
        aws.make_bucket()
        train(aws, "twice", do="once", hyperparameters={"flag": str(flag)})
        program = psutil.Process(written(flag))
        aws.kill()
        program.wait(timeout=10)
    with LocalAwsProcess(*STANDS_IN, data=tmp_path / "data") as aws:
        job = trained(aws, "twice")
        assert job["TrainingJobStatus"] == "Completed"
        assert archive(aws, job["ModelArtifacts"]["S3ModelArtifacts"]) == {"second.txt": "trained the second time"}
