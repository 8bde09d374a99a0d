"""What AWS's SDK's helpers return is what our operators take, by shape: checked with the real classes."""

from __future__ import annotations

import provider_path  # noqa: F401  this package beside the SDK
import pytest
from aws_sdk import (
    BatchTransformInput,
    BiasAnalysisConfig,
    BiasConfig,
    Constraints,
    CronExpressionGenerator,
    DataConfig,
    EndpointInput,
    ExplainabilityAnalysisConfig,
    ModelConfig,
    ModelPredictedLabelConfig,
    MonitoringDatasetFormat,
    MonitoringOutput,
    NetworkConfig,
    SHAPConfig,
    Statistics,
)

from airflow_model_monitor.service import sdk_arguments as ours
from airflow_model_monitor.service.cron_expression import CronExpression
from airflow_model_monitor.service.schedule_request import ScheduleRequest
from airflow_model_monitor.service.sdk_configs import plain_config

BIAS = BiasConfig(label_values_or_threshold=[1], facet_name="sex", facet_values_or_threshold=[1])
SHAP = SHAPConfig(baseline=[[0.5, 1.0]], num_samples=20, agg_method="mean_abs", save_local_shap_values=False)
MODEL = ModelConfig(model_name="churn", instance_count=1, instance_type="ml.m5.large", accept_type="text/csv")
ENDPOINT = EndpointInput(
    "churn",
    "/opt/ml/processing/input/endpoint",
    start_time_offset="-PT2H",
    end_time_offset="-PT1H",
    inference_attribute="0",
    probability_attribute=1,
    probability_threshold_attribute=0.7,
)
BATCH = BatchTransformInput(
    data_captured_destination_s3_uri="s3://bucket/captured",
    destination="/opt/ml/processing/input",
    dataset_format=MonitoringDatasetFormat.csv(header=True),
)


def test_a_definition_of_the_sdks_objects_says_what_they_say() -> None:
    definition = ScheduleRequest(
        endpoint_input=ENDPOINT,
        ground_truth_input="s3://bucket/labels",
        problem_type="BinaryClassification",
        output_uri=MonitoringOutput("/opt/ml/processing/output", "s3://bucket/reports"),
        constraints=Constraints({}, "s3://bucket/baseline/constraints.json"),
        network_config=NetworkConfig(
            enable_network_isolation=True, security_group_ids=["sg-1"], subnets=["subnet-1", "subnet-2"]
        ),
        tags=[{"Key": "team", "Value": "risk"}],
    ).definition("ModelQuality", with_cluster=True)

    assert definition.to_api() == {
        "ModelQualityAppSpecification": {"ProblemType": "BinaryClassification"},
        "ModelQualityJobInput": {
            "EndpointInput": {
                "EndpointName": "churn",
                "LocalPath": "/opt/ml/processing/input/endpoint",
                "S3InputMode": "File",
                "S3DataDistributionType": "FullyReplicated",
                "InferenceAttribute": "0",
                "ProbabilityAttribute": "1",
                "ProbabilityThresholdAttribute": 0.7,
                "StartTimeOffset": "-PT2H",
                "EndTimeOffset": "-PT1H",
            },
            "GroundTruthS3Input": {"S3Uri": "s3://bucket/labels"},
        },
        "ModelQualityJobOutputConfig": {
            "MonitoringOutputs": [
                {
                    "S3Output": {
                        "S3Uri": "s3://bucket/reports",
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "Continuous",
                    }
                }
            ]
        },
        "JobResources": {"ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}},
        "ModelQualityBaselineConfig": {"ConstraintsResource": {"S3Uri": "s3://bucket/baseline/constraints.json"}},
        "NetworkConfig": {
            "EnableNetworkIsolation": True,
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]},
        },
        "Tags": [{"Key": "team", "Value": "risk"}],
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (MonitoringDatasetFormat.csv(header=False), {"Csv": {"Header": False}}),
        (MonitoringDatasetFormat.json(lines=True), {"Json": {"Line": True}}),
        (MonitoringDatasetFormat.parquet(), {"Parquet": {}}),
    ],
)
def test_formats_of_batch_transform(given: object, expected: dict[str, object]) -> None:
    assert ours.dataset_format(given) == expected


def test_batch_transform() -> None:
    assert ours.batch_transform_input(BATCH) == {
        "DataCapturedDestinationS3Uri": "s3://bucket/captured",
        "LocalPath": "/opt/ml/processing/input",
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
        "DatasetFormat": {"Csv": {"Header": True}},
    }


@pytest.mark.parametrize(
    "text",
    [
        CronExpressionGenerator.hourly(),
        CronExpressionGenerator.daily(),
        CronExpressionGenerator.daily(hour=5),
        CronExpressionGenerator.daily_every_x_hours(hour_interval=6, starting_hour=3),
        CronExpressionGenerator.now(),
    ],
)
def test_every_expression_the_sdk_generates_is_understood(text: str) -> None:
    assert CronExpression(ours.expression(text) or "").text == text


def test_files_know_where_they_are() -> None:
    assert (
        ours.file_address(Statistics({}, "s3://bucket/statistics.json"), "statistics") == "s3://bucket/statistics.json"
    )


def test_configurations_of_clarify() -> None:
    bias = {"label_values_or_threshold": [1], "facet": [{"name_or_index": "sex", "value_or_threshold": [1]}]}
    shap = {
        "baseline": [[0.5, 1.0]],
        "num_samples": 20,
        "agg_method": "mean_abs",
        "use_logit": False,
        "save_local_shap_values": False,
    }
    model = {
        "model_name": "churn",
        "instance_type": "ml.m5.large",
        "initial_instance_count": 1,
        "accept_type": "text/csv",
    }

    assert plain_config("bias_config", BIAS) == bias
    assert plain_config("shap_config", SHAP) == shap
    assert plain_config("model_config", MODEL) == model
    assert plain_config("analysis_config", BiasAnalysisConfig(BIAS, headers=["sex", "churned"], label="churned")) == {
        **bias,
        "headers": ["sex", "churned"],
        "label": "churned",
    }
    assert plain_config("analysis_config", ExplainabilityAnalysisConfig(SHAP, MODEL, headers=["age", "sex"])) == {
        "methods": {"shap": shap},
        "predictor": model,
        "headers": ["age", "sex"],
    }


def test_where_a_models_answer_says_what() -> None:
    given = ModelPredictedLabelConfig(label="predicted", probability=1, probability_threshold=0.8)

    assert ours.predicted_label(given) == {
        "inference_attribute": "predicted",
        "probability_attribute": "1",
        "probability_threshold_attribute": 0.8,
    }


def test_a_dataset_with_what_it_says_of_itself() -> None:
    given = DataConfig(
        s3_data_input_path="s3://bucket/train.csv",
        s3_output_path="s3://bucket/out",
        headers=["age", "sex", "churned"],
        label="churned",
        dataset_type="text/csv",
    )

    assert ours.data_config(given) == {
        "dataset": "s3://bucket/train.csv",
        "dataset_format": {"csv": {"header": True}},
        "headers": ["age", "sex", "churned"],
        "label": "churned",
    }
