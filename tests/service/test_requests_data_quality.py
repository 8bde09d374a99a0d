from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest, ProcessingNetwork
from airflow_model_monitor.service.requests_data_quality import analysis_request, baseline_request, monitoring_request
from airflow_model_monitor.service.sagemaker_job import SageMakerJob
from airflow_model_monitor.service.windows import Window

ROLE = "arn:aws:iam::111122223333:role/MonitorRole"
START = datetime(2026, 1, 2, 2, tzinfo=UTC)
HOUR = Window(START, START + timedelta(hours=1))
WEEK = Window(datetime(2013, 6, 24, tzinfo=UTC), datetime(2013, 7, 1, tzinfo=UTC))


def baseline(**arguments: Any) -> ProcessingJobRequest:
    arguments = {"dataset": "s3://b/train.csv", "dataset_format": Csv(), "output_uri": "s3://b/baseline", **arguments}
    return baseline_request(**arguments)


def monitoring(**arguments: Any) -> ProcessingJobRequest:
    arguments = {
        "monitor": "hourly",
        "window": HOUR,
        "endpoint": "churn",
        "captured_data_uri": "s3://b/capture",
        "output_uri": "s3://b/reports",
        "baseline_constraints": "s3://b/baseline/constraints.json",
        "baseline_statistics": "s3://b/baseline/statistics.json",
        **arguments,
    }
    return monitoring_request(**arguments)


def on_sagemaker(request: ProcessingJobRequest, **arguments: Any) -> dict[str, Any]:
    return SageMakerJob(**{"role_arn": ROLE, "region": "us-west-2", **arguments}).applied_to(request).to_api()


def test_baseline_request_literally() -> None:
    request = baseline(job_name="dq-baseline-1", record_preprocessor_script="s3://b/code/pre.py")
    assert on_sagemaker(request, max_runtime_in_seconds=3600, tags={"team": "fraud"}) == {
        "ProcessingJobName": "dq-baseline-1",
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "AppSpecification": {
            "ImageUri": "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer"
        },
        "RoleArn": ROLE,
        "ProcessingInputs": [
            {
                "InputName": "baseline_dataset_input",
                "S3Input": {
                    "S3Uri": "s3://b/train.csv",
                    "LocalPath": "/opt/ml/processing/input/baseline_dataset_input",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                    "S3DataDistributionType": "FullyReplicated",
                    "S3CompressionType": "None",
                },
            },
            {
                "InputName": "record_preprocessor_script_input",
                "S3Input": {
                    "S3Uri": "s3://b/code/pre.py",
                    "LocalPath": "/opt/ml/processing/input/record_preprocessor_script_input",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                    "S3DataDistributionType": "FullyReplicated",
                    "S3CompressionType": "None",
                },
            },
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "monitoring_output",
                    "S3Output": {
                        "S3Uri": "s3://b/baseline",
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        "Environment": {
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
            "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
            "record_preprocessor_script": "/opt/ml/processing/input/record_preprocessor_script_input/pre.py",
            "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Tags": [{"Key": "team", "Value": "fraud"}],
    }


def test_an_execution_is_what_the_service_launches() -> None:
    request = monitoring(record_preprocessor_script="s3://b/code/pre.py")
    assert dict(request.environment) == {
        "baseline_constraints": "/opt/ml/processing/baseline/constraints/constraints.json",
        "baseline_statistics": "/opt/ml/processing/baseline/stats/statistics.json",
        "dataset_format": '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}',
        "dataset_source": "/opt/ml/processing/input/endpoint",
        "end_time": "2026-01-02T03:00:00Z",
        "metric_time": "2026-01-02T02:00:00Z",
        "monitoring_input_type": "ENDPOINT_INPUT",
        "output_path": "/opt/ml/processing/output",
        "publish_cloudwatch_metrics": "Disabled",
        "record_preprocessor_script": "/opt/ml/processing/code/preprocessing/pre.py",
        "sagemaker_endpoint_name": "churn",
        "sagemaker_monitoring_schedule_name": "hourly",
        "start_time": "2026-01-02T02:00:00Z",
    }
    assert [(one.name, one.uri, one.local_path) for one in request.inputs] == [
        (
            "endpoint_input_1",
            "s3://b/capture/churn/AllTraffic/2026/01/02/02",
            "/opt/ml/processing/input/endpoint/churn/AllTraffic/2026/01/02/02",
        ),
        ("baseline", "s3://b/baseline/statistics.json", "/opt/ml/processing/baseline/stats"),
        ("constraints", "s3://b/baseline/constraints.json", "/opt/ml/processing/baseline/constraints"),
        ("pre_processor_script", "s3://b/code/pre.py", "/opt/ml/processing/code/preprocessing"),
    ]
    (output,) = request.outputs
    assert (output.uri, output.upload_mode) == ("s3://b/reports/churn/hourly/2026/01/02/03", "Continuous")


def test_names_of_jobs_depend_on_everything_and_on_nothing_else() -> None:
    assert monitoring().job_name == monitoring().job_name
    assert monitoring().job_name.startswith("model-monitoring-202601020300-")
    others = [
        monitoring(window=WEEK),
        monitoring(environment={"compatibility": "corrected"}),
        monitoring(baseline_constraints="s3://b/other/constraints.json"),
        baseline(),
        baseline(dataset="s3://b/other.csv"),
    ]
    assert len({monitoring().job_name, *(other.job_name for other in others)}) == 6
    assert all(len(other.job_name) <= 63 for other in others)


def test_a_doubled_slash_in_the_capture_destination_is_avoided() -> None:
    assert monitoring(captured_data_uri="s3://b/capture/").inputs == monitoring().inputs


def test_a_dataset_instead_of_captured_data() -> None:
    request = monitoring(captured_data_uri=None, endpoint=None, dataset_uri="/data/week.csv", dataset_format=Csv())
    assert (request.inputs[0].uri, request.inputs[0].local_path) == (
        "/data/week.csv",
        "/opt/ml/processing/input/endpoint",
    )
    assert request.outputs[0].uri == "s3://b/reports/hourly/2026/01/02/03"
    assert "sagemaker_endpoint_name" not in request.environment


def test_a_week_fits_into_a_sagemaker_job_and_a_month_does_not() -> None:
    assert len(on_sagemaker(monitoring(window=WEEK))["ProcessingInputs"]) == 9
    month = monitoring(window=Window(datetime(2013, 6, 1, tzinfo=UTC), datetime(2013, 7, 1, tzinfo=UTC)))
    assert len(month.inputs) == 32
    with pytest.raises(ValueError, match=r"inputs: 32 .* at most 10\. Use shorter windows .*runtime=\"worker\""):
        on_sagemaker(month)


def test_aws_images_never_see_compatibility() -> None:
    ours = {"compatibility": "sagemaker", "exact_rows": "10", "enable_scripts": "true"}
    sent = on_sagemaker(monitoring(environment=ours))["Environment"]
    assert sent.keys().isdisjoint(ours)
    image = "111122223333.dkr.ecr.us-west-2.amazonaws.com/airflow-model-monitor"
    assert on_sagemaker(monitoring(environment=ours), image=image)["Environment"].items() >= ours.items()


def test_corrected_cannot_be_asked_of_aws_images() -> None:
    with pytest.raises(ValueError, match=r"compatibility: 'corrected', but AWS's image knows only 'sagemaker'"):
        on_sagemaker(monitoring(environment={"compatibility": "corrected"}))


@pytest.mark.parametrize("image", [None, "111122223333.dkr.ecr.us-west-2.amazonaws.com/airflow-model-monitor"])
def test_no_job_outside_a_schedule_publishes_metrics_itself(image: str | None) -> None:
    sent = on_sagemaker(monitoring(publish_cloudwatch_metrics=True), image=image)
    assert sent["Environment"]["publish_cloudwatch_metrics"] == "Disabled"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"job_name": "my_job"}, r"job_name: 'my_job' .*replace '_'"),
        ({"output_uri": None}, r"output_uri: None; .*default_bucket="),
        ({"dataset": ""}, r"dataset: '' is not an address"),
        (
            {"categorical_drift_method": "chi"},
            r"categorical_drift_method: 'chi'; allowed are 'LInfinity', 'ChiSquared'",
        ),
        ({"record_preprocessor_script": "s3://b/code/"}, r"record_preprocessor_script: .*not its folder"),
        ({"environment": {"output_path": "/x"}}, r"environment: output_path is set by the request itself"),
    ],
)
def test_baseline_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        baseline(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"endpoint": None}, r"endpoint: None; captured data lies below"),
        ({"dataset_uri": "s3://b/x"}, r"give exactly one"),
        ({"captured_data_uri": None, "dataset_uri": "s3://b/x"}, r"dataset_format: None"),
        ({"monitor": "a/b"}, r"monitor: 'a/b' \(3 characters\)"),
        ({"baseline_constraints": "s3://b/baseline/"}, r"baseline_constraints: .*give the file, not its folder"),
        ({"window": Window(START, START + timedelta(minutes=30))}, r"not a whole UTC hour"),
    ],
)
def test_execution_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        monitoring(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"role_arn": "MonitorRole"}, r"role_arn: 'MonitorRole' has 11 characters; allowed are 20 to 2048"),
        ({"role_arn": "arn:aws:iam::1:role/MonitorRole"}, r"role_arn: .* does not match"),
        ({"instance_type": "m5.xlarge"}, r"instance_type: 'm5\.xlarge' does not match .*ml\.m5\.xlarge"),
        ({"instance_count": 101}, r"instance_count: 101; allowed are 1 to 100"),
        ({"volume_size_gb": 0}, r"volume_size_gb: 0; allowed are 1 to 16384"),
        ({"max_runtime_in_seconds": 777_601}, r"max_runtime_in_seconds: 777601; allowed are 1 to 777600"),
        ({"image": "x" * 256}, r"image_uri: .* has 256 characters; allowed are 1 to 255"),
        ({"region": None}, r"region: None; give the AWS region"),
        ({"output_kms_key": "a key"}, r"output_kms_key: 'a key' does not match"),
        ({"network": ProcessingNetwork(subnets=("subnet-1",))}, r"security_group_ids: 0 given; allowed are 1 to 5"),
        ({"tags": {"": "x"}}, r"tags: key: '' has 0 characters"),
    ],
)
def test_limits_of_the_service_model(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        on_sagemaker(baseline(), **arguments)


@pytest.mark.parametrize(
    ("request_arguments", "message"),
    [
        ({"dataset": "/data/train.csv"}, r"baseline_dataset_input: uri: '/data/train\.csv' .*S3 only"),
        ({"output_uri": f"s3://b/{'x' * 1024}"}, r"monitoring_output: uri: .* allowed are 1 to 1024"),
        ({"environment": {"a-b": "x"}}, r"environment: name: 'a-b' does not match"),
        ({"environment": {"a": "x" * 257}}, r"environment\['a'\]: .* has 257 characters; allowed are 0 to 256"),
    ],
)
def test_what_only_sagemaker_refuses(request_arguments: dict[str, Any], message: str) -> None:
    request = baseline(**request_arguments)
    with pytest.raises(ValueError, match=message):
        on_sagemaker(request)


def test_an_analysis_needs_data() -> None:
    with pytest.raises(ValueError, match="data: no folder given"):
        analysis_request(job_name="x", data={}, output_uri="s3://b/o", baseline_constraints=None)
