"""The same retraining on SageMaker, through the Amazon provider's operators: ``runtime = "sagemaker"`` in the settings.

``training_image`` trains on ``/opt/ml/input/data/training/rows.csv`` (a header; the hyperparameter ``label`` names the
label's column) and serves CSV on ``/invocations``, answering class and probability. The challenger answers at an
endpoint of its own while it is compared. A repeated task trains, or makes a model, anew and under another name: it
never meets what an earlier try left.
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
from model_monitor_asked import CHALLENGER, TRY, endpoint_with
from model_monitor_models import asked_at, models
from model_monitor_monitors import CONNECTED
from model_monitor_settings import SETTINGS as S


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

    named = model_name()
    dataset = "{{ ti.xcom_pull(task_ids='recent_windows')['dataset'] }}"
    source = {"S3DataType": "S3Prefix", "S3Uri": dataset, "S3DataDistributionType": "FullyReplicated"}
    train = SageMakerTrainingOperator(
        task_id="train",
        # No DebugHookConfig and no ProfilerConfig: accounts that are closed to them refuse the request.
        config={
            "TrainingJobName": f"{named}",
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
        check_interval=S.sagemaker.waiter_delay,
        deferrable=True,
        **CONNECTED,
    )
    trained = (
        "{{ ti.xcom_pull(task_ids='train_on_sagemaker.train')['Training']['ModelArtifacts']['S3ModelArtifacts'] }}"
    )
    model = SageMakerModelOperator(
        task_id="model",
        config={
            "ModelName": f"{named}{TRY}",
            "ExecutionRoleArn": S.sagemaker.role_arn,
            "PrimaryContainer": {
                "Image": S.sagemaker.training_image,
                "ModelDataUrl": trained,
                "Environment": {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability"},
            },
        },
        **CONNECTED,
    )
    name = "{{ ti.xcom_pull(task_ids='train_on_sagemaker.model')['Model']['ModelName'] }}"
    config, challenger = endpoint_with("challenger", CHALLENGER, f"{named}-challenger", _variant(name))

    @task
    def registered(rows: dict[str, Any], name: str) -> dict[str, Any]:
        """The challenger as a version of the registry."""
        import json

        trained_on = {"start": rows["start"], "end": rows["end"]}
        made = models().add(
            {"sagemaker.json": json.dumps({"ModelName": name}).encode()},
            {"rows": rows["dataset"], "trained_on": trained_on, "ModelName": name},
        )
        return {"version": made.version, "model": {**asked_at("", CHALLENGER), "trained_on": trained_on}}

    rows >> named >> train >> model >> config
    version = registered(rows, name)
    challenger >> version
    return version


@task_group
def update_endpoint(candidate: Any) -> Any:
    """The approved model answers at the endpoint that is watched, which goes on capturing its traffic."""

    @task
    def model_name(candidate: dict[str, Any], run_id: Any = None) -> dict[str, Any]:
        """What SageMaker calls the candidate, and the configuration it is to be served by."""
        from airflow_model_monitor.service.job_name import job_name

        name = models().get(candidate["version"]).about["ModelName"]
        return {**candidate, "ModelName": name, "config": job_name("serving", S.name, run_id)}

    named = model_name(candidate)
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": S.captures,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        # Types that are not named here are captured in base64.
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    config = SageMakerEndpointConfigOperator(
        task_id="config",
        config={
            "EndpointConfigName": f"{named['config']}{TRY}",
            "ProductionVariants": _variant(f"{named['ModelName']}"),
            "DataCaptureConfig": capture,
        },
        **CONNECTED,
    )
    made = f"{{{{ ti.xcom_pull(task_ids='{config.task_id}')['EndpointConfig']['EndpointConfigName'] }}}}"
    update = SageMakerEndpointOperator(
        task_id="update",
        config={"EndpointName": S.endpoint, "EndpointConfigName": made},
        operation="update",
        check_interval=S.sagemaker.waiter_delay,
        deferrable=True,
        **CONNECTED,
    )

    @task
    def answering(candidate: dict[str, Any]) -> dict[str, Any]:
        """Only now requests go to it."""
        return candidate

    done = answering(named)
    named >> config >> update >> done
    return done
