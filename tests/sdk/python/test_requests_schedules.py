"""Schedules: what this SDK sends, and what this package's builders make of the same arguments.

Differences allowed: names and times that the SDK makes up, downloads of baseline files of which only the address is
sent, and where the SDK is at fault; such a fault is named where it is mended.
"""

from __future__ import annotations

from typing import Any

import provider_path  # noqa: F401 - what comes from there is imported next
import pytest
from aws_sdk import (
    BatchTransformInput,
    BiasAnalysisConfig,
    BiasConfig,
    CronExpressionGenerator,
    DefaultModelMonitor,
    EndpointInput,
    ExplainabilityAnalysisConfig,
    ModelBiasMonitor,
    ModelConfig,
    ModelExplainabilityMonitor,
    ModelMonitor,
    ModelQualityMonitor,
    MonitoringDatasetFormat,
    MonitoringOutput,
    NetworkConfig,
    Session,
    SHAPConfig,
)
from call_recorder import CallRecorder
from made_monitor import DAILY, ENDPOINT, HOURLY, Made
from sent import only, uploaded

from airflow_model_monitor.contract.dataset_format import Csv, Json, Parquet
from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingNetwork
from airflow_model_monitor.service import monitoring_input
from airflow_model_monitor.service import monitoring_schedule_calls as schedules
from airflow_model_monitor.service.clarify_config import monitor_document
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule, default_output_uri
from airflow_model_monitor.service.schedule_config import ScheduleConfig

KEY = "arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111"
MODEL = ModelConfig(
    model_name="churn-model",
    instance_count=1,
    instance_type="ml.m5.xlarge",
    content_type="text/csv",
    accept_type="text/csv",
)
HEADERS = ["churn", "age", "income"]
BIAS = BiasConfig(label_values_or_threshold=[1], facet_name="age", facet_values_or_threshold=[40])
SHAP = SHAPConfig(baseline=[[40, 50.0]], num_samples=20, agg_method="mean_abs", save_local_shap_values=False)

pytestmark = pytest.mark.usefixtures("watched", "looked_at_sooner")

IN_FULL = {
    "instance_count": 2,
    "instance_type": "ml.m5.2xlarge",
    "volume_size_in_gb": 50,
    "volume_kms_key": KEY,
    "output_kms_key": KEY,
    "max_runtime_in_seconds": 1800,
    "env": {"MY_FLAG": "1"},
    "tags": [{"Key": "team", "Value": "risk"}],
    "network_config": NetworkConfig(
        enable_network_isolation=False,
        security_group_ids=["sg-0123"],
        subnets=["subnet-a", "subnet-b"],
        encrypt_inter_container_traffic=True,
    ),
}
OURS_IN_FULL: dict[str, Any] = {
    "environment": {"MY_FLAG": "1"},
    "cluster": ProcessingCluster("ml.m5.2xlarge", 2, 50, KEY),
    "output_kms_key": KEY,
    "network": ProcessingNetwork(("sg-0123",), ("subnet-a", "subnet-b"), False, True),
    "max_runtime_in_seconds": 1800,
    "tags": {"team": "risk"},
}


def test_data_quality_in_full(
    session: Session, bucket: str, role: str, files: dict[str, str], calls: CallRecorder, cleared: list[Any]
) -> None:
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session, **IN_FULL)
    monitor.create_monitoring_schedule(
        monitor_schedule_name="requests-dq-full",
        endpoint_input=EndpointInput(
            endpoint_name=ENDPOINT,
            destination="/opt/ml/processing/input/endpoint",
            start_time_offset="-PT2H",
            end_time_offset="-PT1H",
            exclude_features_attribute="0,1",
        ),
        record_preprocessor_script=f"s3://{bucket}/requests/preprocessor.py",
        post_analytics_processor_script=f"s3://{bucket}/requests/postprocessor.py",
        output_s3_uri=f"s3://{bucket}/requests/reports",
        statistics=files["statistics"],
        constraints=files["constraints"],
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )
    cleared.append(monitor)
    Made(
        "DataQuality",
        role,
        calls,
        source=monitoring_input.EndpointInput(
            endpoint=ENDPOINT, start_time_offset="-PT2H", end_time_offset="-PT1H", exclude_features_attribute="0,1"
        ),
        output_uri=f"s3://{bucket}/requests/reports",
        baseline_statistics=files["statistics"],
        baseline_constraints=files["constraints"],
        record_preprocessor_script=f"s3://{bucket}/requests/preprocessor.py",
        post_analytics_processor_script=f"s3://{bucket}/requests/postprocessor.py",
        **OURS_IN_FULL,
    ).agrees()


@pytest.mark.parametrize(
    ("arguments", "timing"),
    [
        ({}, None),
        ({"schedule_cron_expression": CronExpressionGenerator.daily(hour=5)}, DAILY),
        (
            {"schedule_cron_expression": CronExpressionGenerator.daily_every_x_hours(6, 2)},
            ScheduleConfig("cron(0 2/6 ? * * *)"),
        ),
        (
            {
                "schedule_cron_expression": CronExpressionGenerator.now(),
                "data_analysis_start_time": "-PT3H",
                "data_analysis_end_time": "-PT0H",
            },
            ScheduleConfig("NOW", "-PT3H", "-PT0H"),
        ),
    ],
    ids=["no-cron", "daily", "every-6-hours", "now"],
)
def test_when_it_runs(
    session: Session,
    bucket: str,
    role: str,
    calls: CallRecorder,
    cleared: list[Any],
    arguments: dict[str, str],
    timing: ScheduleConfig | None,
) -> None:
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session)
    monitor.create_monitoring_schedule(endpoint_input=ENDPOINT, enable_cloudwatch_metrics=False, **arguments)
    cleared.append(monitor)
    name = only(calls, "CreateMonitoringSchedule")["MonitoringScheduleName"]
    made = Made(
        "DataQuality", role, calls, output_uri=default_output_uri(bucket, name), publish_cloudwatch_metrics=False
    )
    made.agrees(timing)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (MonitoringDatasetFormat.csv(header=False), Csv(header=False)),
        (MonitoringDatasetFormat.json(lines=True), Json(lines=True)),
        (MonitoringDatasetFormat.parquet(), Parquet()),
    ],
    ids=["csv", "json", "parquet"],
)
def test_batch_transform(
    session: Session, bucket: str, role: str, calls: CallRecorder, cleared: list[Any], theirs: Any, ours: Any
) -> None:
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session)
    monitor.create_monitoring_schedule(
        batch_transform_input=BatchTransformInput(
            data_captured_destination_s3_uri=f"s3://{bucket}/requests/batch",
            destination="/opt/ml/processing/input",
            dataset_format=theirs,
            start_time_offset="-PT6H",
            end_time_offset="-PT0H",
        ),
        output_s3_uri=f"s3://{bucket}/requests/reports",
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )
    cleared.append(monitor)
    Made(
        "DataQuality",
        role,
        calls,
        source=monitoring_input.BatchTransformInput(
            captured_data_uri=f"s3://{bucket}/requests/batch",
            dataset_format=ours,
            start_time_offset="-PT6H",
            end_time_offset="-PT0H",
        ),
        output_uri=f"s3://{bucket}/requests/reports",
    ).agrees()


def test_model_quality(
    session: Session, bucket: str, role: str, files: dict[str, str], calls: CallRecorder, cleared: list[Any]
) -> None:
    monitor = ModelQualityMonitor(role=role, sagemaker_session=session, **IN_FULL)
    monitor.create_monitoring_schedule(
        endpoint_input=EndpointInput(
            endpoint_name=ENDPOINT,
            destination="/opt/ml/processing/input_data",
            probability_attribute="0",
            probability_threshold_attribute=0.5,
            start_time_offset="-P8D",
            end_time_offset="-P1D",
        ),
        ground_truth_input=f"s3://{bucket}/requests/ground-truth",
        problem_type="BinaryClassification",
        output_s3_uri=f"s3://{bucket}/requests/reports",
        constraints=files["constraints"],
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )
    cleared.append(monitor)
    Made(
        "ModelQuality",
        role,
        calls,
        source=monitoring_input.EndpointInput(
            endpoint=ENDPOINT,
            local_path="/opt/ml/processing/input_data",
            probability_attribute="0",
            probability_threshold=0.5,
            start_time_offset="-P8D",
            end_time_offset="-P1D",
        ),
        output_uri=f"s3://{bucket}/requests/reports",
        ground_truth_uri=f"s3://{bucket}/requests/ground-truth",
        problem_type="BinaryClassification",
        baseline_constraints=files["constraints"],
        **OURS_IN_FULL,
    ).agrees()


def test_bias(
    session: Session, bucket: str, role: str, files: dict[str, str], calls: CallRecorder, cleared: list[Any]
) -> None:
    monitor = ModelBiasMonitor(role=role, sagemaker_session=session)
    monitor.create_monitoring_schedule(
        analysis_config=BiasAnalysisConfig(BIAS, headers=HEADERS, label="churn"),
        endpoint_input=EndpointInput(
            endpoint_name=ENDPOINT,
            destination="/opt/ml/processing/input/endpoint",
            probability_threshold_attribute=0.8,
        ),
        ground_truth_input=f"s3://{bucket}/requests/ground-truth",
        output_s3_uri=f"s3://{bucket}/requests/reports",
        constraints=files["analysis"],
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )
    cleared.append(monitor)
    config_uri, config = uploaded(calls, "analysis_config.json")
    assert config == monitor_document(
        "MODEL_BIAS",
        headers=HEADERS,
        label="churn",
        bias={
            "label_values_or_threshold": [1],
            "facet": [{"name_or_index": "age", "value_or_threshold": [40]}],
        },
    )
    Made(
        "ModelBias",
        role,
        calls,
        source=monitoring_input.EndpointInput(endpoint=ENDPOINT, probability_threshold=0.8),
        output_uri=f"s3://{bucket}/requests/reports",
        ground_truth_uri=f"s3://{bucket}/requests/ground-truth",
        config_uri=config_uri,
        baseline_constraints=files["analysis"],
    ).agrees()


def test_explainability(
    session: Session, bucket: str, role: str, files: dict[str, str], calls: CallRecorder, cleared: list[Any]
) -> None:
    monitor = ModelExplainabilityMonitor(role=role, sagemaker_session=session)
    monitor.create_monitoring_schedule(
        analysis_config=ExplainabilityAnalysisConfig(SHAP, MODEL, headers=HEADERS[1:]),
        endpoint_input=ENDPOINT,
        output_s3_uri=f"s3://{bucket}/requests/reports",
        constraints=files["analysis"],
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )
    cleared.append(monitor)
    config_uri, config = uploaded(calls, "analysis_config.json")
    assert config == monitor_document(
        "MODEL_EXPLAINABILITY",
        headers=HEADERS,
        label="churn",
        shap={
            "baseline": [[40, 50.0]],
            "num_samples": 20,
            "agg_method": "mean_abs",
            "use_logit": False,
            "save_local_shap_values": False,
        },
        predictor={
            "model_name": "churn-model",
            "instance_type": "ml.m5.xlarge",
            "initial_instance_count": 1,
            "accept_type": "text/csv",
            "content_type": "text/csv",
        },
    )
    Made(
        "ModelExplainability",
        role,
        calls,
        output_uri=f"s3://{bucket}/requests/reports",
        config_uri=config_uri,
        baseline_constraints=files["analysis"],
    ).agrees()


def test_a_container_of_ones_own(
    session: Session, bucket: str, role: str, files: dict[str, str], calls: CallRecorder, cleared: list[Any]
) -> None:
    image = "123456789012.dkr.ecr.us-west-2.amazonaws.com/model-monitor:1"
    monitor = ModelMonitor(role=role, image_uri=image, sagemaker_session=session, **IN_FULL)
    monitor.create_monitoring_schedule(
        monitor_schedule_name="requests-own",
        endpoint_input=ENDPOINT,
        output=MonitoringOutput(source="/opt/ml/processing/output", destination=f"s3://{bucket}/requests/own"),
        statistics=files["statistics"],
        constraints=files["constraints"],
        arguments=["--x", "1"],
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )
    cleared.append(monitor)
    inline = JobDefinition(
        monitoring_type="DataQuality",
        source=monitoring_input.EndpointInput(endpoint=ENDPOINT),
        output_uri=f"s3://{bucket}/requests/own",
        image_uri=image,
        container_arguments=("--x", "1"),
        publish_cloudwatch_metrics=None,
        role_arn=role,
        baseline_statistics=files["statistics"],
        baseline_constraints=files["constraints"],
        **{**OURS_IN_FULL, "tags": {}},
    )
    ours = MonitoringSchedule(name="requests-own", timing=HOURLY, inline_definition=inline, tags={"team": "risk"})
    assert schedules.create_schedule(ours).parameters == only(calls, "CreateMonitoringSchedule")
