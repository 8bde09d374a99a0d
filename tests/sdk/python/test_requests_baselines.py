"""Baselining jobs: what this SDK sends, and what this package's builders make of the same arguments."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import provider_path  # noqa: F401 - what comes from there is imported next
import pytest
from aws_sdk import (
    MAJOR,
    BiasConfig,
    DataConfig,
    DataQualityDistributionConstraints,
    DataQualityMonitoringConfig,
    DatasetFormat,
    DefaultModelMonitor,
    ModelBiasMonitor,
    ModelConfig,
    ModelExplainabilityMonitor,
    ModelPredictedLabelConfig,
    ModelQualityMonitor,
    NetworkConfig,
    Session,
    SHAPConfig,
)
from call_recorder import CallRecorder
from sent import only, uploaded

from airflow_model_monitor.contract.dataset_format import Csv, Json, Parquet
from airflow_model_monitor.contract.processing_job import ProcessingNetwork
from airflow_model_monitor.service import requests_clarify, requests_data_quality, requests_model_quality
from airflow_model_monitor.service.clarify_config import baseline_document
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.sagemaker_job import SageMakerJob
from airflow_model_monitor.service.uploads import stage_local_inputs

REGION = "us-west-2"
KEY = "arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111"
MODEL = ModelConfig(
    model_name="churn-model",
    instance_count=1,
    instance_type="ml.m5.xlarge",
    content_type="text/csv",
    accept_type="text/csv",
)
PREDICTOR = {
    "model_name": "churn-model",
    "instance_type": "ml.m5.xlarge",
    "initial_instance_count": 1,
    "accept_type": "text/csv",
    "content_type": "text/csv",
}
HEADERS = ["churn", "age", "income"]
#: Version 3 submits a Clarify baseline and then reads attributes that its ProcessingJob has not.
submitted = suppress(AttributeError) if MAJOR == 3 else nullcontext()


@pytest.fixture(scope="module")
def data(session: Session, bucket: str) -> str:
    """A dataset that the jobs may fail with: only what is asked is looked at."""
    session.boto_session.client("s3").put_object(Bucket=bucket, Key="requests/train.csv", Body=b"age\n1\n2\n")
    return f"s3://{bucket}/requests/train.csv"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (DatasetFormat.csv(header=True), Csv(header=True, output_columns_position="START")),
        (DatasetFormat.csv(header=False), Csv(header=False, output_columns_position="START")),
        (DatasetFormat.json(lines=True), Json(lines=True)),
        ({"parquet": {}}, Parquet()),
    ],
    ids=["csv", "csv-without-header", "json-lines", "parquet"],
)
def test_data_quality(
    session: Session, bucket: str, role: str, data: str, calls: CallRecorder, theirs: Any, ours: Any
) -> None:
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session)
    monitor.suggest_baseline(
        baseline_dataset=data,
        dataset_format=theirs,
        output_s3_uri=f"s3://{bucket}/requests/out",
        wait=False,
        logs=False,
    )
    sent = only(calls, "CreateProcessingJob")
    request = requests_data_quality.baseline_request(
        dataset=data,
        dataset_format=ours,
        output_uri=f"s3://{bucket}/requests/out",
        job_name=sent["ProcessingJobName"],
    )
    assert SageMakerJob(role_arn=role, region=REGION).applied_to(request).to_api() == sent


def test_data_quality_with_everything(
    session: Session, bucket: str, role: str, data: str, calls: CallRecorder, tmp_path: Path
) -> None:
    for name in ("preprocessor.py", "postprocessor.py"):
        (tmp_path / name).write_text("pass\n")
    monitor = DefaultModelMonitor(
        role=role,
        instance_count=2,
        instance_type="ml.m5.2xlarge",
        volume_size_in_gb=50,
        volume_kms_key=KEY,
        output_kms_key=KEY,
        max_runtime_in_seconds=1800,
        env={"MY_FLAG": "1"},
        tags=[{"Key": "team", "Value": "risk"}],
        network_config=NetworkConfig(
            enable_network_isolation=False,
            security_group_ids=["sg-0123"],
            subnets=["subnet-a", "subnet-b"],
            encrypt_inter_container_traffic=True,
        ),
        sagemaker_session=session,
    )
    monitor.suggest_baseline(
        baseline_dataset=data,
        dataset_format=DatasetFormat.csv(header=True),
        record_preprocessor_script=str(tmp_path / "preprocessor.py"),
        post_analytics_processor_script=str(tmp_path / "postprocessor.py"),
        monitoring_config_override=DataQualityMonitoringConfig(
            distribution_constraints=DataQualityDistributionConstraints(categorical_drift_method="ChiSquared")
        ),
        wait=False,
        logs=False,
        job_name="churn-everything",
    )
    sent = only(calls, "CreateProcessingJob")
    request = requests_data_quality.baseline_request(
        dataset=data,
        dataset_format=Csv(header=True, output_columns_position="START"),
        default_bucket=bucket,
        job_name="churn-everything",
        record_preprocessor_script=str(tmp_path / "preprocessor.py"),
        post_analytics_processor_script=str(tmp_path / "postprocessor.py"),
        categorical_drift_method="ChiSquared",
        environment={"MY_FLAG": "1"},
    )
    staged, uploads = stage_local_inputs(request, f"s3://{bucket}/model-monitor/baselining/churn-everything/input")
    ours = SageMakerJob(
        role_arn=role,
        region=REGION,
        instance_count=2,
        instance_type="ml.m5.2xlarge",
        volume_size_gb=50,
        volume_kms_key=KEY,
        output_kms_key=KEY,
        max_runtime_in_seconds=1800,
        network=ProcessingNetwork(("sg-0123",), ("subnet-a", "subnet-b"), False, True),
        tags={"team": "risk"},
    ).applied_to(staged)
    assert ours.to_api() == sent
    puts = [f"s3://{put['Bucket']}/{put['Key']}" for put in calls.of("PutObject")]
    assert [upload.uri for upload in uploads] == puts


def test_model_quality(session: Session, bucket: str, role: str, data: str, calls: CallRecorder) -> None:
    monitor = ModelQualityMonitor(role=role, sagemaker_session=session)
    monitor.suggest_baseline(
        baseline_dataset=data,
        dataset_format=DatasetFormat.csv(header=True),
        problem_type="BinaryClassification",
        inference_attribute="prediction",
        probability_attribute="probability",
        ground_truth_attribute="label",
        output_s3_uri=f"s3://{bucket}/requests/mq",
        wait=False,
        logs=False,
    )
    sent = only(calls, "CreateProcessingJob")
    request = requests_model_quality.baseline_request(
        dataset=data,
        dataset_format=Csv(header=True, output_columns_position="START"),
        attributes=ModelQualityAttributes(
            problem_type="BinaryClassification",
            inference_attribute="prediction",
            probability_attribute="probability",
            ground_truth_attribute="label",
        ),
        output_uri=f"s3://{bucket}/requests/mq",
        job_name=sent["ProcessingJobName"],
    )
    assert SageMakerJob(role_arn=role, region=REGION).applied_to(request).to_api() == sent


def clarify_request(sent: dict[str, Any], role: str, data: str, config_uri: str, output_uri: str) -> dict[str, Any]:
    request = requests_clarify.baseline_request(
        dataset=data, config_uri=config_uri, output_uri=output_uri, job_name=sent["ProcessingJobName"]
    )
    return SageMakerJob(role_arn=role, region=REGION).applied_to(request).to_api()


def test_bias(session: Session, bucket: str, role: str, data: str, calls: CallRecorder) -> None:
    output = f"s3://{bucket}/requests/bias"
    with submitted:
        ModelBiasMonitor(role=role, sagemaker_session=session).suggest_baseline(
            data_config=DataConfig(
                s3_data_input_path=data, s3_output_path=output, label="churn", headers=HEADERS, dataset_type="text/csv"
            ),
            bias_config=BiasConfig(
                label_values_or_threshold=[1], facet_name="age", facet_values_or_threshold=[40], group_name="income"
            ),
            model_config=MODEL,
            model_predicted_label_config=ModelPredictedLabelConfig(probability_threshold=0.8),
        )
    sent = only(calls, "CreateProcessingJob")
    config_uri, config = uploaded(calls, "analysis_config.json")
    assert clarify_request(sent, role, data, config_uri, output) == sent
    assert config == baseline_document(
        "MODEL_BIAS",
        dataset_type="text/csv",
        headers=HEADERS,
        label="churn",
        bias={
            "label_values_or_threshold": [1],
            "facet": [{"name_or_index": "age", "value_or_threshold": [40]}],
            "group_variable": "income",
        },
        predictor=PREDICTOR,
        probability_threshold=0.8,
    )


def test_explainability(session: Session, bucket: str, role: str, data: str, calls: CallRecorder) -> None:
    output = f"s3://{bucket}/requests/shap"
    with submitted:
        ModelExplainabilityMonitor(role=role, sagemaker_session=session).suggest_baseline(
            data_config=DataConfig(
                s3_data_input_path=data, s3_output_path=output, label="churn", headers=HEADERS, dataset_type="text/csv"
            ),
            explainability_config=SHAPConfig(
                baseline=[[40, 50.0]], num_samples=20, agg_method="mean_abs", save_local_shap_values=False, seed=7
            ),
            model_config=MODEL,
        )
    sent = only(calls, "CreateProcessingJob")
    config_uri, config = uploaded(calls, "analysis_config.json")
    assert clarify_request(sent, role, data, config_uri, output) == sent
    assert config == baseline_document(
        "MODEL_EXPLAINABILITY",
        dataset_type="text/csv",
        headers=HEADERS,
        label="churn",
        shap={
            "baseline": [[40, 50.0]],
            "num_samples": 20,
            "agg_method": "mean_abs",
            "use_logit": False,
            "save_local_shap_values": False,
            "seed": 7,
        },
        predictor=PREDICTOR,
    )


def test_bias_of_json_lines(session: Session, bucket: str, role: str, data: str, calls: CallRecorder) -> None:
    output = f"s3://{bucket}/requests/bias-json"
    with submitted:
        ModelBiasMonitor(role=role, sagemaker_session=session, env={"MY_FLAG": "1"}).suggest_baseline(
            data_config=DataConfig(
                s3_data_input_path=data,
                s3_output_path=output,
                features="features",
                label="label",
                headers=[*HEADERS[1:], "churn"],
                dataset_type="application/jsonlines",
            ),
            bias_config=BiasConfig(
                label_values_or_threshold=[1],
                facet_name=["age", "income"],
                facet_values_or_threshold=[[40], [50.0]],
            ),
            model_config=ModelConfig(
                model_name="churn-model",
                instance_count=2,
                instance_type="ml.m5.xlarge",
                content_type="application/jsonlines",
                accept_type="application/jsonlines",
                content_template='{"features":$features}',
                custom_attributes="c000b4f9-df62-4c85-a0bf-7c525f9104a4",
                endpoint_name_prefix="shadow",
                target_model="churn.tar.gz",
            ),
            model_predicted_label_config=ModelPredictedLabelConfig(
                label="predicted_label", probability="score", label_headers=["churn"], probability_threshold=0.6
            ),
        )
    sent = only(calls, "CreateProcessingJob")
    config_uri, config = uploaded(calls, "analysis_config.json")
    request = requests_clarify.baseline_request(
        dataset=data,
        config_uri=config_uri,
        output_uri=output,
        job_name=sent["ProcessingJobName"],
        environment={"MY_FLAG": "1"},
    )
    assert SageMakerJob(role_arn=role, region=REGION).applied_to(request).to_api() == sent
    assert config == baseline_document(
        "MODEL_BIAS",
        dataset_type="application/jsonlines",
        features="features",
        headers=[*HEADERS[1:], "churn"],
        label="label",
        bias={
            "label_values_or_threshold": [1],
            "facet": [
                {"name_or_index": "age", "value_or_threshold": [40]},
                {"name_or_index": "income", "value_or_threshold": [50.0]},
            ],
        },
        predictor={
            "model_name": "churn-model",
            "instance_type": "ml.m5.xlarge",
            "initial_instance_count": 2,
            "accept_type": "application/jsonlines",
            "content_type": "application/jsonlines",
            "content_template": '{"features":$features}',
            "custom_attributes": "c000b4f9-df62-4c85-a0bf-7c525f9104a4",
            "endpoint_name_prefix": "shadow",
            "target_model": "churn.tar.gz",
            "label": "predicted_label",
            "probability": "score",
            "label_headers": ["churn"],
        },
        probability_threshold=0.6,
    )
