"""The same retraining on SageMaker, through the Amazon provider's operators: ``runtime = "sagemaker"`` in the settings.

``training_image`` trains on ``/opt/ml/input/data/training/rows.csv`` (a header; the hyperparameter ``label`` names the
label's column) and serves CSV on ``/invocations``, answering class and probability. The challenger answers at an
endpoint of its own until it is approved.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.amazon.aws.operators.sagemaker import (  # noqa: TID253  imported only where SageMaker is used
    SageMakerEndpointConfigOperator,
    SageMakerEndpointOperator,
    SageMakerModelOperator,
    SageMakerTrainingOperator,
)
from airflow.sdk import task, task_group
from model_monitor_monitors import CONNECTED
from model_monitor_settings import SETTINGS as S

CHALLENGER = f"{S.endpoint}-challenger"
ANSWERS = {"content_type": "text/csv", "accept_type": "text/csv", "label": 0, "probability": 1}


def _variant(model: str) -> list[dict[str, Any]]:
    one = {"VariantName": "AllTraffic", "ModelName": model, "InitialInstanceCount": 1}
    return [{**one, "InstanceType": S.sagemaker.instance_type}]


@task_group
def train_on_sagemaker(rows: Any) -> Any:
    """A training job on the gathered rows, and its model at the challenger's endpoint."""

    @task
    def model_name(run_id: Any = None) -> str:
        """The same for every try."""
        from airflow_model_monitor.service.job_name import job_name

        return job_name("retraining", S.name, run_id)

    name = "{{ ti.xcom_pull(task_ids='train_on_sagemaker.model_name') }}"
    dataset = "{{ ti.xcom_pull(task_ids='recent_windows')['dataset'] }}"
    source = {"S3DataType": "S3Prefix", "S3Uri": dataset, "S3DataDistributionType": "FullyReplicated"}
    train = SageMakerTrainingOperator(
        task_id="train",
        # No DebugHookConfig and no ProfilerConfig: accounts that are closed to them refuse the request.
        config={
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": S.sagemaker.training_image, "TrainingInputMode": "File"},
            "RoleArn": S.sagemaker.role_arn,
            "HyperParameters": {"label": S.label.name},
            "InputDataConfig": [
                {"ChannelName": "training", "DataSource": {"S3DataSource": source}, "ContentType": "text/csv"}
            ],
            "OutputDataConfig": {"S3OutputPath": f"{S.models}/{S.name}/training"},
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": S.sagemaker.instance_type, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        },
        deferrable=True,
        **CONNECTED,
    )
    trained = (
        "{{ ti.xcom_pull(task_ids='train_on_sagemaker.train')['Training']['ModelArtifacts']['S3ModelArtifacts'] }}"
    )
    model = SageMakerModelOperator(
        task_id="model",
        config={
            "ModelName": name,
            "ExecutionRoleArn": S.sagemaker.role_arn,
            "PrimaryContainer": {"Image": S.sagemaker.training_image, "ModelDataUrl": trained},
        },
        **CONNECTED,
    )
    challenger_config = SageMakerEndpointConfigOperator(
        task_id="challenger_config",
        config={"EndpointConfigName": f"{name}-challenger", "ProductionVariants": _variant(name)},
        **CONNECTED,
    )
    challenger = SageMakerEndpointOperator(
        task_id="challenger",
        config={"EndpointName": CHALLENGER, "EndpointConfigName": f"{name}-challenger"},
        **CONNECTED,
    )

    @task
    def registered(rows: dict[str, Any], version: str) -> dict[str, Any]:
        """The challenger as a version of the registry."""
        import json

        from model_monitor_models import models

        trained_on = {"start": rows["start"], "end": rows["end"]}
        made = models().add(
            {"sagemaker.json": json.dumps({"ModelName": version}).encode()},
            {"rows": rows["dataset"], "trained_on": trained_on, "ModelName": version},
        )
        return {"version": made.version, "model": {"endpoint_name": CHALLENGER, **ANSWERS, "trained_on": trained_on}}

    named = model_name()
    named >> train >> model >> challenger_config >> challenger
    version = registered(rows, named)
    challenger >> version
    return version


@task_group
def update_endpoint(candidate: Any) -> Any:
    """The approved model answers at the endpoint that is watched, which goes on capturing its traffic."""

    @task
    def model_name(candidate: dict[str, Any]) -> dict[str, Any]:
        """What SageMaker calls the candidate."""
        from model_monitor_models import models

        return {**candidate, "ModelName": models().get(candidate["version"]).about["ModelName"]}

    name = "{{ ti.xcom_pull(task_ids='put_in_service.update_endpoint.model_name')['ModelName'] }}"
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": S.captures,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }
    config = SageMakerEndpointConfigOperator(
        task_id="config",
        config={"EndpointConfigName": name, "ProductionVariants": _variant(name), "DataCaptureConfig": capture},
        **CONNECTED,
    )
    update = SageMakerEndpointOperator(
        task_id="update",
        config={"EndpointName": S.endpoint, "EndpointConfigName": name},
        operation="update",
        deferrable=True,
        **CONNECTED,
    )

    @task
    def answering(candidate: dict[str, Any]) -> dict[str, Any]:
        """Only now requests go to it."""
        return candidate

    named = model_name(candidate)
    done = answering(named)
    named >> config >> update >> done
    return done
