from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.processing_job import (
    ProcessingCluster,
    ProcessingInput,
    ProcessingJobRequest,
    ProcessingNetwork,
    ProcessingOutput,
)
from tests.golden_folder import golden_files

RECORDINGS = golden_files("sdk-requests/*.json")
REQUEST = ProcessingJobRequest(
    job_name="job-1",
    inputs=(ProcessingInput("data", "/data/train.csv", "/opt/ml/processing/input"),),
    outputs=(ProcessingOutput("result", "file:///out", "/opt/ml/processing/output", "Continuous"),),
    environment={"dataset_source": "/opt/ml/processing/input"},
    image_uri="image",
    role_arn="role",
    cluster=ProcessingCluster(volume_kms_key="key"),
    network=ProcessingNetwork(("sg-1",), ("subnet-1",), isolation=False),
    container_entrypoint=("python",),
    max_runtime_in_seconds=1800,
    tags={"team": "risk"},
)


def test_round_trip() -> None:
    assert ProcessingJobRequest.from_api(REQUEST.to_api()) == REQUEST


def test_a_local_job_needs_neither_image_nor_role() -> None:
    assert ProcessingJobRequest(job_name="job-1").to_api() == {"ProcessingJobName": "job-1"}


def test_inputs_and_outputs_by_name() -> None:
    assert REQUEST.input("data") == REQUEST.inputs[0]
    assert (REQUEST.output("result"), REQUEST.output("other")) == (REQUEST.outputs[0], None)


def test_missing_member_is_named() -> None:
    request = REQUEST.to_api()
    del request["ProcessingInputs"][0]["S3Input"]["LocalPath"]
    with pytest.raises(ContractError, match=re.escape("ProcessingInputs[0].S3Input.LocalPath: is missing")):
        ProcessingJobRequest.from_api(request)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recorded_requests_read_and_write_back(path: Path) -> None:
    calls = json.loads(path.read_text())["calls"]
    for call in calls:
        if call["operation"] == "CreateProcessingJob":
            request = ProcessingJobRequest.from_api(call["api_params"])
            assert request.to_api(app_managed=False) == call["api_params"]
