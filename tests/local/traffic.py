"""Captured traffic, labels, baselines and definitions for tests of the local SageMaker."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tests.local_aws import BUCKET, REGION, ROLE, Client

ANALYZER = f"159807026194.dkr.ecr.{REGION}.amazonaws.com/sagemaker-model-monitor-analyzer"
CLARIFY = f"306415355426.dkr.ecr.{REGION}.amazonaws.com/sagemaker-clarify-processing:1.0"
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
BASELINE = "s3://monitored/baseline"


def captured(rows: Sequence[str], answers: Sequence[str], hour: datetime, ids: Iterable[str] | None = None) -> str:
    """Captured CSV requests and answers as JSON lines."""
    names = list(ids) if ids is not None else [f"{hour:%Y%m%d%H}-{number}" for number in range(len(rows))]

    def side(data: str, mode: str) -> dict[str, str]:
        return {"observedContentType": "text/csv", "mode": mode, "data": data, "encoding": "CSV"}

    records = [
        {
            "captureData": {"endpointInput": side(row, "INPUT"), "endpointOutput": side(answer, "OUTPUT")},
            "eventMetadata": {
                "eventId": f"event-{name}",
                "inferenceId": name,
                "inferenceTime": hour.isoformat().replace("+00:00", "Z"),
            },
            "eventVersion": "0",
        }
        for row, answer, name in zip(rows, answers, names)
    ]
    return "".join(f"{json.dumps(record)}\n" for record in records)


def put(aws: Client, key: str, body: str) -> str:
    """Store a text; returns its address."""
    aws.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    return f"s3://{BUCKET}/{key}"


def capture(aws: Client, hour: datetime, body: str, endpoint: str = "churn") -> None:
    put(aws, f"capture/{endpoint}/AllTraffic/{hour:%Y/%m/%d/%H}/00-00-000-x.jsonl", body)


def keys(aws: Client, prefix: str) -> list[str]:
    """Names below an address of the bucket."""
    found = aws.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return [one["Key"].removeprefix(prefix).lstrip("/") for one in found]


def read(aws: Client, key: str) -> Any:
    return json.loads(aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def baseline_job(aws: Client, name: str, rows: str, **environment: str) -> dict[str, Any]:
    """A baselining job as AWS's SDK asks for it, over a CSV file with a header; returns it when it has ended."""
    uri = put(aws, f"train/{name}.csv", rows)
    place = "/opt/ml/processing/input/baseline_dataset_input"
    aws.sagemaker.create_processing_job(
        ProcessingJobName=name,
        ProcessingResources={"ClusterConfig": CLUSTER},
        AppSpecification={"ImageUri": ANALYZER},
        RoleArn=ROLE,
        Environment={
            "dataset_source": place,
            "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
            **environment,
        },
        ProcessingInputs=[
            {
                "InputName": "baseline_dataset_input",
                "S3Input": {
                    "S3Uri": uri,
                    "LocalPath": place,
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                    "S3DataDistributionType": "FullyReplicated",
                    "S3CompressionType": "None",
                },
            }
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "monitoring_output",
                    "S3Output": {
                        "S3Uri": BASELINE,
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    )
    return ended(aws, name)


def ended(aws: Client, name: str) -> dict[str, Any]:
    """A processing job when it has come to its end, awaited as clients do."""
    waiter = aws.sagemaker.get_waiter("processing_job_completed_or_stopped")
    try:
        waiter.wait(ProcessingJobName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 300})
    except Exception as error:
        if "terminal failure" not in str(error):
            raise
    return aws.sagemaker.describe_processing_job(ProcessingJobName=name)


def data_quality_definition(name: str = "dq", **members: Any) -> dict[str, Any]:
    """Parameters of CreateDataQualityJobDefinition."""
    return {
        "JobDefinitionName": name,
        "DataQualityAppSpecification": {
            "ImageUri": ANALYZER,
            "Environment": {"publish_cloudwatch_metrics": "Enabled"},
        },
        "DataQualityBaselineConfig": {
            "ConstraintsResource": {"S3Uri": f"{BASELINE}/constraints.json"},
            "StatisticsResource": {"S3Uri": f"{BASELINE}/statistics.json"},
        },
        "DataQualityJobInput": {
            "EndpointInput": {"EndpointName": "churn", "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [
                {
                    "S3Output": {
                        "S3Uri": "s3://monitored/results",
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "Continuous",
                    }
                }
            ]
        },
        "JobResources": {"ClusterConfig": CLUSTER},
        "RoleArn": ROLE,
        **members,
    }


def schedule(
    aws: Client,
    name: str,
    definition: str = "dq",
    monitoring_type: str = "DataQuality",
    cron: str | None = "cron(0 * ? * * *)",
    **config: Any,
) -> str:
    """Make an hourly schedule; returns its ARN."""
    timing = {} if cron is None else {"ScheduleConfig": {"ScheduleExpression": cron, **config}}
    return aws.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=name,
        MonitoringScheduleConfig={
            "MonitoringJobDefinitionName": definition,
            "MonitoringType": monitoring_type,
            **timing,
        },
    )["MonitoringScheduleArn"]


def monitoring_definition(kind: str, app: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Parameters of Create{kind}JobDefinition, of a monitor other than data quality, over the endpoint's traffic."""
    source: dict[str, Any] = {
        "EndpointInput": {
            "EndpointName": "churn",
            "LocalPath": "/opt/ml/processing/input/endpoint",
            **members.pop("endpoint", {}),
        }
    }
    if kind in ("ModelQuality", "ModelBias"):
        source["GroundTruthS3Input"] = {"S3Uri": f"s3://{BUCKET}/labels"}
    baseline = members.pop("baseline", None)
    place = {"S3Uri": f"s3://{BUCKET}/results", "LocalPath": "/opt/ml/processing/output"}
    return {
        "JobDefinitionName": kind.lower(),
        f"{kind}AppSpecification": app,
        f"{kind}JobInput": source,
        f"{kind}JobOutputConfig": {"MonitoringOutputs": [{"S3Output": place}]},
        **({} if baseline is None else {f"{kind}BaselineConfig": {"ConstraintsResource": {"S3Uri": baseline}}}),
        "JobResources": {"ClusterConfig": CLUSTER},
        "RoleArn": ROLE,
        **members,
    }


def labels(aws: Client, hour: datetime, given: dict[str, str]) -> None:
    """Ground truth of an hour: label by inference id."""
    records = [
        {
            "groundTruthData": {"data": label, "encoding": "CSV"},
            "eventMetadata": {"eventId": name},
            "eventVersion": "0",
        }
        for name, label in given.items()
    ]
    put(aws, f"labels/{hour:%Y/%m/%d/%H}/labels.jsonl", "".join(f"{json.dumps(one)}\n" for one in records))


def clarify_job(aws: Client, name: str, config: dict[str, Any], rows: str, output: str = BASELINE) -> dict[str, Any]:
    """A Clarify baselining job as AWS's SDK asks for it; returns it when it has ended."""

    def given(input_name: str, uri: str) -> dict[str, Any]:
        path = {"dataset": "data", "analysis_config": "config"}[input_name]
        return {
            "InputName": input_name,
            "S3Input": {
                "S3Uri": uri,
                "LocalPath": f"/opt/ml/processing/input/{path}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }

    place = {"S3Uri": output, "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    aws.sagemaker.create_processing_job(
        ProcessingJobName=name,
        ProcessingResources={"ClusterConfig": CLUSTER},
        AppSpecification={"ImageUri": CLARIFY},
        RoleArn=ROLE,
        ProcessingInputs=[
            given("dataset", put(aws, f"train/{name}/part.csv", rows)),
            given("analysis_config", put(aws, f"config/{name}/analysis_config.json", json.dumps(config))),
        ],
        ProcessingOutputConfig={"Outputs": [{"OutputName": "analysis_result", "S3Output": place}]},
    )
    return ended(aws, name)
