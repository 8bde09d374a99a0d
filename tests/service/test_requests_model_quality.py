from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Csv, Json
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.requests_merge import merge_request, window_merge_request
from airflow_model_monitor.service.requests_model_quality import analysis_request, baseline_request, monitoring_request
from airflow_model_monitor.service.sagemaker_job import SageMakerJob
from airflow_model_monitor.service.windows import Window

START = datetime(2026, 1, 2, 2, tzinfo=UTC)
HOUR = Window(START, START + timedelta(hours=1))
ON_SAGEMAKER = SageMakerJob(role_arn="arn:aws:iam::111122223333:role/MonitorRole", region="us-west-2")
BINARY = ModelQualityAttributes(
    problem_type="BinaryClassification",
    inference_attribute="prediction",
    probability_attribute="score",
    ground_truth_attribute="label",
)


def baseline(**arguments: Any) -> ProcessingJobRequest:
    arguments = {"dataset": "s3://b/train.csv", "dataset_format": Csv(), "output_uri": "s3://b/baseline", **arguments}
    return baseline_request(**{"attributes": BINARY, **arguments})


def monitoring(**arguments: Any) -> ProcessingJobRequest:
    arguments = {
        "monitor": "hourly",
        "window": HOUR,
        "endpoint": "churn",
        "output_uri": "s3://b/reports/",
        "attributes": BINARY,
        "baseline_constraints": "s3://b/baseline/constraints.json",
        **arguments,
    }
    return monitoring_request(**arguments)


def merge(**arguments: Any) -> ProcessingJobRequest:
    arguments = {
        "monitor": "hourly",
        "window": HOUR,
        "endpoint": "churn",
        "captured_data_uri": "s3://b/capture/",
        "ground_truth_uri": "s3://b/labels/",
        "output_uri": "s3://b/reports/",
        **arguments,
    }
    return window_merge_request(**arguments)


def test_an_execution_reads_the_window_of_the_merge() -> None:
    request = monitoring()
    assert [(one.name, one.uri, one.local_path) for one in request.inputs] == [
        ("constraints", "s3://b/baseline/constraints.json", "/opt/ml/processing/baseline/constraints"),
        (
            "endpoint_input_1",
            "s3://b/reports/merge/churn/AllTraffic/2026/01/02/02",
            "/opt/ml/processing/input_data/churn/AllTraffic/2026/01/02/02",
        ),
    ]
    assert request.outputs[0].uri == "s3://b/reports/churn/hourly/2026/01/02/03"
    assert request.job_name.startswith("model-quality-monitoring-202601020300-")


def test_a_published_merge_is_judged_under_its_name() -> None:
    revision = "s3://b/reports/_merges/churn/hourly/x/000002"
    request = monitoring(merged_data={"": revision}, coverage=0.75, merge_revision="000002")
    assert (request.inputs[1].uri, request.inputs[1].local_path) == (revision, "/opt/ml/processing/input_data")
    assert request.environment["coverage"] == "0.75"
    assert request.environment["merge_revision"] == "000002"
    assert "coverage" not in ON_SAGEMAKER.applied_to(request).environment


def test_a_baseline_with_a_script_and_a_default_bucket() -> None:
    request = baseline(output_uri=None, default_bucket="b", post_analytics_processor_script="s3://b/code/post.py")
    assert request.outputs[0].uri == f"s3://b/model-monitor/baselining/{request.job_name}/results"
    assert request.environment["post_analytics_processor_script"] == (
        "/opt/ml/processing/input/post_analytics_processor_script_input/post.py"
    )
    assert request.inputs[1].name == "post_analytics_processor_script_input"


def test_a_merge_runs_the_merger_image_without_our_variables() -> None:
    request = merge(environment={"label_choice": "newest"})
    sent = ON_SAGEMAKER.applied_to(request)
    assert sent.image_uri == "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-groundtruth-merger"
    assert set(request.environment) - set(sent.environment) == {
        "label_choice",
        "sagemaker_endpoint_name",
        "sagemaker_monitoring_schedule_name",
    }
    image = "111122223333.dkr.ecr.us-west-2.amazonaws.com/airflow-model-monitor"
    ours = SageMakerJob(role_arn=ON_SAGEMAKER.role_arn, image=image).applied_to(request)
    assert (ours.image_uri, ours.environment) == (image, request.environment)


def test_doubled_slashes_are_avoided() -> None:
    assert all("//" not in one.uri.removeprefix("s3://") for one in (*merge().inputs, *merge().outputs))


def test_names_depend_on_everything_and_on_nothing_else() -> None:
    requests = [
        merge(),
        merge(monitor="other"),
        merge(environment={"label_choice": "all"}),
        monitoring(),
        monitoring(coverage=0.5),
        monitoring(attributes=ModelQualityAttributes(problem_type="Regression", inference_attribute="0")),
        baseline(),
        baseline(dataset="s3://b/other.csv"),
    ]
    assert len({request.job_name for request in requests}) == len(requests)
    assert merge().job_name == merge().job_name
    assert all(len(request.job_name) <= 63 for request in requests)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"problem_type": "Binary"}, r"problem_type: 'Binary'; allowed are 'Regression'"),
        ({"problem_type": "Regression"}, r"inference_attribute: None, but Regression needs a prediction; give inf"),
        ({"problem_type": "Regression", "probability_attribute": "0"}, r"inference_attribute: None, but Regression"),
        ({"problem_type": "BinaryClassification"}, r"give inference_attribute or probability_attribute"),
        (
            {"problem_type": "BinaryClassification", "probability_attribute": "0", "probability_threshold": 1.5},
            r"probability_threshold: 1\.5; allowed are 0 to 1",
        ),
    ],
)
def test_attributes_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ModelQualityAttributes(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"transform_output_uri": "s3://b/x"}, r"give exactly one of them"),
        ({"endpoint": None}, r"endpoint: None; captured data lies below"),
        ({"captured_data_uri": None, "transform_output_uri": "s3://b/x"}, r"dataset_format: None; the output of a"),
        ({"monitor": "a/b"}, r"monitor: 'a/b'"),
        ({"ground_truth_uri": ""}, r"ground_truth_uri: '' is not an address"),
        ({"window": Window(START, START + timedelta(minutes=30))}, r"not a whole UTC hour"),
    ],
)
def test_arguments_of_a_merge_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        merge(**arguments)


def test_further_arguments_are_checked() -> None:
    no_label = ModelQualityAttributes(problem_type="Regression", inference_attribute="0")
    with pytest.raises(ValueError, match="ground_truth_attribute: None; name the column"):
        baseline(attributes=no_label)
    with pytest.raises(ValueError, match="ground_truth: no folder given"):
        merge_request(job_name="x", data={"a": "s3://b/a"}, ground_truth={}, output_uri="s3://b/o")
    with pytest.raises(ValueError, match="data: no folder given"):
        analysis_request(job_name="x", data={}, output_uri="s3://b/o", attributes=BINARY, baseline_constraints=None)
    with pytest.raises(ValueError, match="give the file, not its folder"):
        monitoring(baseline_constraints="s3://b/baseline/")


def test_a_labelled_data_set_instead_of_merged_data() -> None:
    request = monitoring(merged_data={"": "/data/week.jsonl"}, dataset_format=Json())
    assert request.inputs[1].uri == "/data/week.jsonl"
    assert request.environment["dataset_format"] == '{"json": {"lines": true}}'
