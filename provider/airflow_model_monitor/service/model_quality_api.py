"""A model-quality definition as the SageMaker API has it: the ``CreateModelQualityJobDefinition`` request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_model_monitor.contract.dataset_format import Csv, Json
from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.contract.problem_type import parse_problem_type
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.model_quality_definition import (
    BatchTransformSource,
    EndpointSource,
    ModelQualityDefinition,
)
from airflow_model_monitor.service.requests_merge import SAME_HOURS

_PUBLISH: Final = "publish_cloudwatch_metrics"


def definition_from_api(
    request: Mapping[str, Any],
    *,
    monitor: str,
    captured_data_uri: str | None = None,
    variant: str = "AllTraffic",
    labels: LabelWindow = SAME_HOURS,
) -> ModelQualityDefinition:
    """The definition in a request, or in what ``DescribeModelQualityJobDefinition`` answers.

    :param monitor: name of the monitoring schedule
    :param captured_data_uri: of an endpoint, which says it in its own configuration and the request does not
    :param variant: the endpoint's production variant
    :raises ContractError: naming the member that is missing or of a wrong type
    :raises ValueError: what this package's engine cannot do
    """
    root = JsonNode(dict(request), "CreateModelQualityJobDefinition")
    app = root.child("ModelQualityAppSpecification")
    job_input = root.child("ModelQualityJobInput")
    if app.has("RecordPreprocessorSourceUri"):
        raise ValueError(
            f"RecordPreprocessorSourceUri: {app.child('RecordPreprocessorSourceUri').text()!r}; model quality takes no "
            "record preprocessor here: point the attributes into the payloads"
        )
    data, source = _source(job_input, captured_data_uri, variant)
    environment = {name: value.text() for name, value in _members(app, "Environment")}
    (output,) = root.child("ModelQualityJobOutputConfig").child("MonitoringOutputs").items()
    baseline = root.optional("ModelQualityBaselineConfig")
    constraints = None if baseline is None else baseline.optional("ConstraintsResource")
    machines = _machines(root, app)
    return ModelQualityDefinition(
        monitor=monitor,
        source=source,
        ground_truth_uri=job_input.child("GroundTruthS3Input").child("S3Uri").text(),
        output_uri=output.child("S3Output").child("S3Uri").text(),
        attributes=_attributes(app, data),
        baseline_constraints=None if constraints is None else _text(constraints, "S3Uri"),
        start_time_offset=_text(data, "StartTimeOffset") or "-PT1H",
        end_time_offset=_text(data, "EndTimeOffset") or "-PT0H",
        labels=labels,
        local_path=data.child("LocalPath").text(),
        post_analytics_processor_script=_text(app, "PostAnalyticsProcessorSourceUri"),
        publish_cloudwatch_metrics=environment.pop(_PUBLISH, "Enabled") == "Enabled",
        environment=environment,
        image_uri=machines.image_uri,
        role_arn=machines.role_arn,
        cluster=machines.cluster,
        max_runtime_in_seconds=machines.max_runtime_in_seconds,
        output_kms_key=_text(root.child("ModelQualityJobOutputConfig"), "KmsKeyId"),
        network=machines.network,
    )


def _machines(root: JsonNode, app: JsonNode) -> ProcessingJobRequest:
    """Image, role and machines: the API has them in the shapes of a processing job."""
    shapes = {
        name: root.child(name).value for name in ("RoleArn", "NetworkConfig", "StoppingCondition") if root.has(name)
    }
    return ProcessingJobRequest.from_api(
        {
            **shapes,
            "ProcessingJobName": "of-a-definition",
            "AppSpecification": {"ImageUri": app.child("ImageUri").text()},
            "ProcessingResources": root.child("JobResources").value,
        }
    )


def _source(
    job_input: JsonNode, captured_data_uri: str | None, variant: str
) -> tuple[JsonNode, EndpointSource | BatchTransformSource]:
    batch = job_input.optional("BatchTransformInput")
    if batch is not None:
        return batch, BatchTransformSource(
            transform_output_uri=batch.child("DataCapturedDestinationS3Uri").text(),
            dataset_format=_batch_format(batch.child("DatasetFormat")),
        )
    data = job_input.child("EndpointInput")
    if captured_data_uri is None:
        raise ValueError("captured_data_uri: None; give the endpoint's DestinationS3Uri of data capture")
    endpoint = data.child("EndpointName").text()
    return data, EndpointSource(endpoint=endpoint, captured_data_uri=captured_data_uri, variant=variant)


def _batch_format(node: JsonNode) -> Csv | Json:
    csv, json = node.optional("Csv"), node.optional("Json")
    if csv is not None:
        header = csv.optional("Header")
        return Csv(header=False if header is None else header.boolean())
    if json is not None:
        line = json.optional("Line")
        return Json(lines=True if line is None else line.boolean())
    raise node.error("the output of a transform job is merged as Csv or Json", "Choose one of them.")


def _attributes(app: JsonNode, data: JsonNode) -> ModelQualityAttributes:
    threshold = data.optional("ProbabilityThresholdAttribute")
    problem = app.child("ProblemType")
    return ModelQualityAttributes(
        problem_type=parse_problem_type(problem.text(), field=problem.path),
        inference_attribute=_text(data, "InferenceAttribute"),
        probability_attribute=_text(data, "ProbabilityAttribute"),
        probability_threshold=None if threshold is None else threshold.number(),
    )


def _members(node: JsonNode, key: str) -> list[tuple[str, JsonNode]]:
    found = node.optional(key)
    return [] if found is None else list(found.members())


def _text(node: JsonNode, key: str) -> str | None:
    found = node.optional(key)
    return None if found is None else found.text()
