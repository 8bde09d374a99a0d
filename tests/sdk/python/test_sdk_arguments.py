"""Real objects of this SDK given to this package, which takes them by their shape and says what the SDK sends."""

from __future__ import annotations

from typing import Any

import provider_path  # noqa: F401 - what comes from there is imported next
import pytest
from aws_sdk import (
    BatchTransformInput,
    BiasAnalysisConfig,
    BiasConfig,
    Constraints,
    CronExpressionGenerator,
    DatasetFormat,
    DefaultModelMonitor,
    EndpointInput,
    ExplainabilityAnalysisConfig,
    ModelConfig,
    ModelPredictedLabelConfig,
    ModelQualityMonitor,
    MonitoringDatasetFormat,
    MonitoringOutput,
    NetworkConfig,
    Session,
    SHAPConfig,
    Statistics,
)
from call_recorder import CallRecorder
from sent import only

from airflow_model_monitor.service import sdk_arguments as sdk
from airflow_model_monitor.service.cron_expression import CronExpression
from airflow_model_monitor.service.images import image_uri
from airflow_model_monitor.service.schedule_request import ScheduleRequest
from airflow_model_monitor.service.sdk_configs import plain_config

ENDPOINT = "churn-requests"
INPUTS = [
    EndpointInput(endpoint_name=ENDPOINT, destination="/opt/ml/processing/input/endpoint"),
    EndpointInput(
        endpoint_name=ENDPOINT,
        destination="/opt/ml/processing/input_data",
        s3_input_mode="Pipe",
        s3_data_distribution_type="ShardedByS3Key",
        start_time_offset="-P8D",
        end_time_offset="-P1D",
        features_attribute="features",
        inference_attribute="0",
        probability_attribute="1",
        probability_threshold_attribute=0.7,
        exclude_features_attribute="2,3",
    ),
]
FORMATS = [
    MonitoringDatasetFormat.csv(header=True),
    MonitoringDatasetFormat.csv(header=False),
    MonitoringDatasetFormat.json(lines=True),
    MonitoringDatasetFormat.json(lines=False),
    MonitoringDatasetFormat.parquet(),
]
CONFIG = BiasConfig(
    label_values_or_threshold=[1], facet_name="age", facet_values_or_threshold=[40], group_name="income"
)
SHAP = SHAPConfig(baseline=[[40, 50.0]], num_samples=20, agg_method="mean_abs", save_local_shap_values=False)
MODEL = ModelConfig(model_name="churn", instance_count=1, instance_type="ml.m5.xlarge", accept_type="text/csv")


@pytest.mark.parametrize("given", INPUTS, ids=["plain", "in-full"])
def test_an_endpoint_input(given: EndpointInput) -> None:
    assert {"EndpointInput": sdk.endpoint_input(given)} == given._to_request_dict()


@pytest.mark.parametrize("dataset_format", FORMATS, ids=str)
def test_a_batch_transform_input(dataset_format: dict[str, Any]) -> None:
    given = BatchTransformInput(
        data_captured_destination_s3_uri="s3://bucket/capture",
        destination="/opt/ml/processing/input",
        dataset_format=dataset_format,
        start_time_offset="-PT6H",
        end_time_offset="-PT0H",
        probability_attribute="1",
    )
    assert {"BatchTransformInput": sdk.batch_transform_input(given)} == given._to_request_dict()


def test_a_dataset_format_of_a_baseline() -> None:
    assert sdk.dataset_format(DatasetFormat.csv(header=True)) == {"Csv": {"Header": True}}
    assert sdk.dataset_format(DatasetFormat.json(lines=True)) == {"Json": {"Line": True}}


def test_an_output() -> None:
    given = MonitoringOutput(source="/opt/ml/processing/output", destination="s3://bucket/reports")
    assert {"S3Output": sdk.output(given)} == given._to_request_dict()


@pytest.mark.parametrize(
    "given",
    [
        NetworkConfig(enable_network_isolation=True),
        NetworkConfig(
            enable_network_isolation=False,
            security_group_ids=["sg-1"],
            subnets=["subnet-1", "subnet-2"],
            encrypt_inter_container_traffic=True,
        ),
    ],
    ids=["isolated", "vpc"],
)
def test_a_network(given: NetworkConfig) -> None:
    assert sdk.network(given) == given._to_request_dict()


@pytest.mark.parametrize(
    "given",
    [
        CronExpressionGenerator.hourly(),
        CronExpressionGenerator.daily(hour=5),
        CronExpressionGenerator.daily_every_x_hours(hour_interval=6, starting_hour=2),
        CronExpressionGenerator.now(),
    ],
)
def test_an_expression(given: str) -> None:
    assert CronExpression(sdk.expression(given) or "").text == given


def test_a_predicted_label() -> None:
    given = ModelPredictedLabelConfig(label=0, probability=1, probability_threshold=0.8)
    assert sdk.predicted_label(given) == {
        "inference_attribute": "0",
        "probability_attribute": "1",
        "probability_threshold_attribute": 0.8,
    }


@pytest.mark.parametrize("kind", [Constraints, Statistics], ids=["constraints", "statistics"])
def test_files_of_a_baseline(session: Session, bucket: str, kind: Any) -> None:
    session.boto_session.client("s3").put_object(Bucket=bucket, Key="arguments/x.json", Body=b'{"features": []}')
    uri = f"s3://{bucket}/arguments/x.json"
    assert sdk.file_address(kind.from_s3_uri(uri, sagemaker_session=session), "baseline") == uri


def test_configurations_of_clarify() -> None:
    assert plain_config("bias_config", CONFIG) == CONFIG.get_config()
    assert plain_config("model_config", MODEL) == MODEL.get_predictor_config()
    assert plain_config("shap_config", SHAP) == SHAP.get_explainability_config()["shap"]
    bias = BiasAnalysisConfig(CONFIG, headers=["churn", "age", "income"], label="churn")
    assert plain_config("analysis_config", bias) == bias._to_dict()
    shap = ExplainabilityAnalysisConfig(SHAP, MODEL, headers=["age", "income"])
    assert plain_config("analysis_config", shap) == shap._to_dict()


MACHINES: dict[str, Any] = {
    "instance_count": 2,
    "instance_type": "ml.m5.2xlarge",
    "volume_size_in_gb": 50,
    "max_runtime_in_seconds": 1800,
    "tags": [{"Key": "team", "Value": "risk"}],
    "network_config": NetworkConfig(enable_network_isolation=False, security_group_ids=["sg-1"], subnets=["subnet-1"]),
}


def test_the_same_arguments_make_the_same_data_quality_monitor(
    session: Session, bucket: str, role: str, watched: str, calls: CallRecorder, cleared: list[Any]
) -> None:
    for name in ("statistics", "constraints"):
        session.boto_session.client("s3").put_object(Bucket=bucket, Key=f"arguments/{name}.json", Body=b"{}")
    files = {
        "constraints": Constraints.from_s3_uri(f"s3://{bucket}/arguments/constraints.json", sagemaker_session=session),
        "statistics": Statistics.from_s3_uri(f"s3://{bucket}/arguments/statistics.json", sagemaker_session=session),
    }
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session, **MACHINES)
    monitor.create_monitoring_schedule(
        endpoint_input=INPUTS[0],
        output_s3_uri=f"s3://{bucket}/arguments/reports",
        schedule_cron_expression=CronExpressionGenerator.hourly(),
        **files,
    )
    cleared.append(monitor)
    sent = only(calls, "CreateDataQualityJobDefinition")
    asked = ScheduleRequest(
        endpoint_input=INPUTS[0],
        output_uri=f"s3://{bucket}/arguments/reports",
        schedule_expression=CronExpressionGenerator.hourly(),
        image_uri=image_uri("us-west-2", "analyzer"),
        role_arn=role,
        publish_cloudwatch_metrics=True,
        **files,
        **MACHINES,
    )
    sent.pop("JobDefinitionName")
    assert asked.definition("DataQuality", with_cluster=True).to_api() == sent
    timing = asked.timing()
    assert timing is not None
    assert timing.to_api() == only(calls, "CreateMonitoringSchedule")["MonitoringScheduleConfig"]["ScheduleConfig"]


def test_the_same_arguments_make_the_same_model_quality_monitor(
    session: Session, bucket: str, role: str, watched: str, calls: CallRecorder, cleared: list[Any]
) -> None:
    source = EndpointInput(
        endpoint_name=ENDPOINT,
        destination="/opt/ml/processing/input_data",
        probability_attribute="0",
        probability_threshold_attribute=0.5,
        start_time_offset="-PT2H",
        end_time_offset="-PT1H",
    )
    monitor = ModelQualityMonitor(role=role, sagemaker_session=session)
    monitor.create_monitoring_schedule(
        endpoint_input=source,
        ground_truth_input=f"s3://{bucket}/arguments/ground-truth",
        problem_type="BinaryClassification",
        output_s3_uri=f"s3://{bucket}/arguments/reports",
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )
    cleared.append(monitor)
    sent = only(calls, "CreateModelQualityJobDefinition")
    sent.pop("JobDefinitionName")
    asked = ScheduleRequest(
        endpoint_input=source,
        ground_truth_input=f"s3://{bucket}/arguments/ground-truth",
        problem_type="BinaryClassification",
        output_uri=f"s3://{bucket}/arguments/reports",
        image_uri=image_uri("us-west-2", "analyzer"),
        role_arn=role,
        publish_cloudwatch_metrics=True,
    )
    assert asked.definition("ModelQuality", with_cluster=True).to_api() == sent
