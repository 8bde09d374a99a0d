"""Clarify's jobs ask the models of the local SageMaker, by endpoint and by model name, as they would at AWS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.jobs.predictors.test_onnx_model import linear
from tests.local.serving.test_endpoints import deploy
from tests.local.traffic import clarify_job, read
from tests.local_aws import BUCKET, Client

ROWS = "\n".join(f"{i},{1 - i / 8}" for i in range(8))


@pytest.mark.parametrize(
    "predictor",
    [
        {"endpoint_name": "linear"},
        {"model_name": "linear", "instance_type": "ml.m5.large", "initial_instance_count": 1},
    ],
    ids=lambda predictor: next(iter(predictor)),
)
def test_shap_values_of_a_deployed_model(aws: Client, predictor: dict[str, Any]) -> None:
    aws.make_bucket()
    aws.s3.put_object(Bucket=BUCKET, Key="models/linear.onnx", Body=linear())
    deploy(aws, "linear", ModelDataUrl=f"s3://{BUCKET}/models/linear.onnx")
    config = {
        "dataset_type": "text/csv",
        "headers": ["a", "b"],
        "methods": {"shap": {"baseline": [[0, 0]], "num_samples": 4, "agg_method": "mean_abs"}},
        "predictor": {"content_type": "text/csv", "accept_type": "text/csv", **predictor},
    }
    job = clarify_job(aws, "shap", config, ROWS)
    assert job["ProcessingJobStatus"] == "Completed", job
    found = read(aws, "baseline/analysis.json")["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    # The model is 0.5 a - b: with a baseline of zeros each value is the mean size of its own term.
    assert found == pytest.approx({"a": 0.5 * 3.5, "b": 1 - 3.5 / 8}, abs=1e-5)
