"""What AWS's SDK was recorded doing with schedules, said with our own calls: scenario to calls."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract.dataset_format import Csv, Json
from airflow_model_monitor.contract.processing_job import (
    ProcessingCluster,
    ProcessingInput,
    ProcessingJobRequest,
    ProcessingNetwork,
    ProcessingOutput,
)
from airflow_model_monitor.service import monitoring_schedule_calls as schedules
from airflow_model_monitor.service import requests_data_quality, requests_model_quality
from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.cron_expression import CronExpression
from airflow_model_monitor.service.images import image_uri
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.job_definition_calls import (
    create_definition,
    delete_definition,
    describe_definition,
)
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.monitor_kind import KINDS, MonitoringType
from airflow_model_monitor.service.monitoring_alert_calls import list_alert_history, list_alerts, update_alert
from airflow_model_monitor.service.monitoring_execution_calls import describe_job, list_executions
from airflow_model_monitor.service.monitoring_input import BatchTransformInput, EndpointInput
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule, default_output_uri
from airflow_model_monitor.service.sagemaker_job import SageMakerJob
from airflow_model_monitor.service.schedule_config import ScheduleConfig
from airflow_model_monitor.service.uploads import stage_local_scripts

STAMP = "2026-01-02-03-04-05-678"
LATER = "2026-01-02-03-05-00-000"
ROLE = "arn:aws:iam::111122223333:role/service-role/MonitorRole"
KEY = "arn:aws:kms:us-west-2:111122223333:key"
REGION = "us-west-2"
BASELINE = "s3://ml-bucket/churn/baseline"
CONFIG_ID = "00000000-0000-4000-8000-000000000001"
HOURLY = ScheduleConfig(CronExpression.hourly().text)
DAILY = ScheduleConfig(CronExpression.daily().text)
TYPES: dict[str, MonitoringType] = {
    "dq": "DataQuality",
    "mq": "ModelQuality",
    "mb": "ModelBias",
    "me": "ModelExplainability",
}
LARGER = ProcessingCluster("ml.m5.4xlarge")
ENDPOINT = EndpointInput(endpoint="churn-endpoint")
IN_FULL: dict[str, Any] = {
    "name": f"churn-{STAMP}",
    "environment": {"MY_FLAG": "1"},
    "cluster": ProcessingCluster("ml.m5.2xlarge", 2, 50, f"{KEY}/11111111-1111-1111-1111-111111111111"),
    "output_kms_key": f"{KEY}/22222222-2222-2222-2222-222222222222",
    "network": ProcessingNetwork(("sg-0123",), ("subnet-a", "subnet-b"), False, True),
    "max_runtime_in_seconds": 1800,
    "tags": {"team": "risk"},
}
NEEDED: dict[MonitoringType, dict[str, Any]] = {
    "DataQuality": {},
    "ModelQuality": {"problem_type": "Regression", "ground_truth_uri": "s3://ml-bucket/ground-truth"},
    "ModelBias": {
        "config_uri": "s3://ml-bucket/clarify/cfg/analysis_config.json",
        "ground_truth_uri": "s3://ml-bucket/ground-truth",
    },
    "ModelExplainability": {"config_uri": "s3://ml-bucket/clarify/cfg/analysis_config.json"},
}
CONSTRAINTS = {"baseline_constraints": f"{BASELINE}/constraints.json"}
FILES = {**CONSTRAINTS, "baseline_statistics": f"{BASELINE}/statistics.json"}
EXPLAINED = {"baseline_constraints": "s3://ml-bucket/clarify/out/analysis.json"}


def definition(short: str, **further: Any) -> JobDefinition:
    kind = KINDS[TYPES[short]]
    arguments = {
        "name": f"{kind.definition_prefix}-{STAMP}",
        "source": ENDPOINT,
        "output_uri": "s3://ml-bucket/reports",
        "image_uri": image_uri(REGION, kind.image),
        "role_arn": ROLE,
        "cluster": ProcessingCluster(),
        **NEEDED[kind.monitoring_type],
        **further,
    }
    return JobDefinition(monitoring_type=kind.monitoring_type, **arguments)


def schedule(one: JobDefinition, name: str | None = None, timing: ScheduleConfig | None = HOURLY) -> MonitoringSchedule:
    short = next(short for short, each in TYPES.items() if each == one.monitoring_type)
    return MonitoringSchedule(
        name=name or f"{short}-sched",
        timing=timing,
        definition_name=one.name,
        monitoring_type=one.monitoring_type,
        tags=one.tags,
    )


def created(one: JobDefinition, name: str | None = None, timing: ScheduleConfig | None = HOURLY) -> list[ApiCall]:
    return [create_definition(one), schedules.create_schedule(schedule(one, name, timing), definition=one)]


def after_baseline(short: str, **further: Any) -> JobDefinition:
    return definition(short, baselining_job_name=f"{short}-baseline-seq", **further)


def kept_config(name: str) -> str:
    return f"s3://ml-bucket/reports/{name}/{CONFIG_ID}/analysis_config.json"


def own_container() -> list[ApiCall]:
    arguments = {**IN_FULL, "name": None, "tags": {}}
    inline = JobDefinition(
        monitoring_type="DataQuality",
        source=ENDPOINT,
        output_uri="s3://ml-bucket/byoc",
        image_uri="111122223333.dkr.ecr.us-west-2.amazonaws.com/my-monitor:1",
        container_arguments=("--x", "1"),
        publish_cloudwatch_metrics=None,
        role_arn=ROLE,
        **FILES,
        **arguments,
    )
    whole = MonitoringSchedule(name="byoc-sched", timing=HOURLY, inline_definition=inline, tags={"team": "risk"})
    return [schedules.create_schedule(whole)]


def local_scripts(folder: Path) -> list[ApiCall]:
    for name in ("preprocessor.py", "postprocessor.py"):
        (folder / name).touch()
    one = definition(
        "dq",
        output_uri=default_output_uri("ml-bucket", "dq-local"),
        record_preprocessor_script=str(folder / "preprocessor.py"),
        post_analytics_processor_script=str(folder / "postprocessor.py"),
    )
    place = f"s3://ml-bucket/model-monitor/monitoring/input/{CONFIG_ID}"
    return created(stage_local_scripts(one, place)[0], "dq-local")


def batch(dataset_format: Csv | Json, **further: Any) -> list[ApiCall]:
    source = BatchTransformInput(captured_data_uri="s3://ml-bucket/capture", dataset_format=dataset_format)
    return created(definition("dq", source=source, **further), "dq-batch")


def watched(**attributes: Any) -> EndpointInput:
    return dataclasses.replace(ENDPOINT, **attributes)


SPLIT = {"local_path": "/opt/ml/processing/input_data", "start_time_offset": "-PT2H", "end_time_offset": "-PT1H"}
SCRIPTS = {
    "record_preprocessor_script": "s3://ml-bucket/code/preprocessor.py",
    "post_analytics_processor_script": "s3://ml-bucket/code/postprocessor.py",
}
WITHOUT_NAME = "monitoring-schedule-2026-01-02-03-04-05-678"
HOURS = ScheduleConfig("NOW", "-PT3H", "-PT0H")

CREATED: dict[str, list[ApiCall]] = {
    "byoc_schedule": own_container(),
    "dq_schedule_hourly": created(definition("dq", **FILES)),
    "dq_schedule_after_baseline": created(after_baseline("dq", **FILES), "dq-seq"),
    "dq_schedule_batch_csv": batch(Csv(header=True), **FILES),
    "dq_schedule_batch_json": batch(Json(lines=True)),
    "dq_schedule_create_fails_rolls_back": [
        *created(definition("dq", **FILES)),
        delete_definition("DataQuality", f"data-quality-job-definition-{STAMP}"),
    ],
    "dq_schedule_default_names": created(
        definition("dq", output_uri=default_output_uri("ml-bucket", WITHOUT_NAME)), WITHOUT_NAME, DAILY
    ),
    "dq_schedule_minimal_no_cron": created(definition("dq"), timing=None),
    "dq_schedule_no_cloudwatch": created(
        definition("dq", publish_cloudwatch_metrics=False), timing=ScheduleConfig(CronExpression.daily(12).text)
    ),
    "dq_schedule_now": created(definition("dq"), "dq-now", HOURS),
    "mb_schedule_after_baseline": created(
        after_baseline(
            "mb",
            config_uri=kept_config(f"model-bias-job-definition-{STAMP}"),
            source=watched(probability_attribute="0", probability_threshold=0.7),
        ),
        "mb-seq",
    ),
    "mb_schedule_config_object": created(
        definition("mb", config_uri=kept_config(f"churn-{STAMP}"), **IN_FULL),
    ),
    "mb_schedule_config_uri": created(
        definition(
            "mb",
            source=watched(
                start_time_offset="-PT1H",
                end_time_offset="-PT0H",
                probability_attribute="0",
                probability_threshold=0.8,
            ),
            **EXPLAINED,
        )
    ),
    "me_schedule_after_baseline": created(
        after_baseline("me", config_uri=kept_config(f"model-explainability-job-definition-{STAMP}")), "me-seq"
    ),
    "me_schedule_config_uri": created(definition("me", source=watched(features_attribute="features"), **EXPLAINED)),
    "mq_schedule_after_baseline": created(
        after_baseline("mq", baseline_constraints="s3://ml-bucket/mq/baseline/constraints.json"), "mq-seq"
    ),
    "mq_schedule_endpoint": created(
        definition(
            "mq",
            problem_type="BinaryClassification",
            source=watched(**SPLIT, probability_attribute="0", probability_threshold=0.5),
            **CONSTRAINTS,
        )
    ),
    "mq_schedule_full": created(
        definition("mq", source=watched(**SPLIT, inference_attribute="0"), **SCRIPTS, **CONSTRAINTS, **IN_FULL),
        timing=DAILY,
    ),
}
"""What makes a monitor."""


def lifecycle(short: str) -> dict[str, list[ApiCall]]:
    """What is done with a monitor that is there."""
    monitoring_type, name = TYPES[short], f"{short}-sched"
    old = definition(short, **({"dq": FILES, "mq": CONSTRAINTS}.get(short, {})))
    before = schedule(old)
    larger = dataclasses.replace(old, name=(old.name or "").replace(STAMP, LATER), cluster=LARGER)
    capped = dataclasses.replace(larger, max_runtime_in_seconds=1200)
    after = dataclasses.replace(before, definition_name=larger.name)
    describe = schedules.describe_schedule(name)
    read = [describe_definition(monitoring_type, old.name or "")]
    if short == "dq":
        read.insert(0, describe)
    return {
        f"{short}_attach": [
            describe,
            describe_definition(monitoring_type, old.name or ""),
            schedules.list_tags(f"arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/{name}"),
        ],
        f"{short}_delete": [
            schedules.delete_schedule(name),
            describe,
            delete_definition(monitoring_type, old.name or ""),
        ],
        f"{short}_list_executions": [
            list_executions(name),
            describe_job(
                "arn:aws:sagemaker:us-west-2:111122223333:processing-job/"
                "model-monitoring-202601020300-0123456789abcdef01234567"
            ),
        ],
        f"{short}_stop_start": [
            schedules.stop_schedule(name),
            describe,
            schedules.start_schedule(name),
            describe,
        ],
        f"{short}_update_cron_only": [
            schedules.update_schedule(dataclasses.replace(before, timing=DAILY), definition=old),
            describe,
        ],
        f"{short}_update_resources": [
            *read,
            create_definition(capped),
            schedules.update_schedule(after, definition=capped),
            describe,
        ],
        f"{short}_update_resources_and_cron": [
            *read,
            create_definition(larger),
            schedules.update_schedule(dataclasses.replace(after, timing=DAILY), definition=larger),
            describe,
        ],
    }


CHANGED = {name: calls for short in TYPES for name, calls in lifecycle(short).items()}
CALLS: dict[str, list[ApiCall]] = {
    **CREATED,
    **CHANGED,
    "alerts_update_list_history": [
        update_alert("dq-sched", "a1", datapoints_to_alert=1, evaluation_period=2),
        list_alerts("dq-sched", max_results=10),
        list_alert_history("dq-sched", max_results=10),
    ],
}
DATASET = "s3://ml-bucket/churn/train/baseline.csv"
CSV = Csv(header=True, output_columns_position="START")
BASELINES: dict[str, ProcessingJobRequest] = {
    "dq_schedule_after_baseline": SageMakerJob(role_arn=ROLE, region=REGION).applied_to(
        requests_data_quality.baseline_request(
            dataset=DATASET, dataset_format=CSV, output_uri=BASELINE, job_name="dq-baseline-seq"
        )
    ),
    "mq_schedule_after_baseline": SageMakerJob(role_arn=ROLE, region=REGION).applied_to(
        requests_model_quality.baseline_request(
            dataset=DATASET,
            dataset_format=CSV,
            attributes=ModelQualityAttributes(
                problem_type="Regression", inference_attribute="prediction", ground_truth_attribute="label"
            ),
            output_uri="s3://ml-bucket/mq/baseline",
            job_name="mq-baseline-seq",
        )
    ),
    "byoc_baseline": SageMakerJob(
        role_arn=ROLE, image="111122223333.dkr.ecr.us-west-2.amazonaws.com/my-monitor:1"
    ).applied_to(
        ProcessingJobRequest(
            job_name="byoc-baseline",
            inputs=(ProcessingInput("data", DATASET, "/opt/ml/processing/input"),),
            outputs=(ProcessingOutput("result", "s3://ml-bucket/byoc/out", "/opt/ml/processing/output"),),
            environment={"A": "b"},
            container_entrypoint=("python", "/opt/run.py"),
            container_arguments=("--x", "1"),
        )
    ),
}
