"""Job definitions in the API's form. There are five layouts of one thing: the four monitors' and the inline one.

They hold the same objects under other names; two differences are not of names: an inline definition lists its one
input, and keeps its environment beside the application instead of inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingNetwork
from airflow_model_monitor.service.monitor_kind import MONITORING_TYPES, MonitoringType
from airflow_model_monitor.service.monitoring_input import input_from_api

if TYPE_CHECKING:
    from airflow_model_monitor.service.job_definition import JobDefinition

PUBLISH: Final = "publish_cloudwatch_metrics"
_SWITCH: Final = {"Enabled": True, "Disabled": False}

_APP_TEXTS: Final[Mapping[str, str]] = {
    "image_uri": "ImageUri",
    "config_uri": "ConfigUri",
    "problem_type": "ProblemType",
    "record_preprocessor_script": "RecordPreprocessorSourceUri",
    "post_analytics_processor_script": "PostAnalyticsProcessorSourceUri",
}
_APP_COMMANDS: Final[Mapping[str, str]] = {
    "container_entrypoint": "ContainerEntrypoint",
    "container_arguments": "ContainerArguments",
}


class Layout(NamedTuple):
    """Names of a definition's members."""

    app: str
    input: str
    output: str
    baseline: str
    resources: str
    inline: bool = False


INLINE: Final = Layout(
    "MonitoringAppSpecification",
    "MonitoringInputs",
    "MonitoringOutputConfig",
    "BaselineConfig",
    "MonitoringResources",
    inline=True,
)


def named_layout(monitoring_type: MonitoringType) -> Layout:
    """The layout of one of the four monitors."""
    return Layout(
        f"{monitoring_type}AppSpecification",
        f"{monitoring_type}JobInput",
        f"{monitoring_type}JobOutputConfig",
        f"{monitoring_type}BaselineConfig",
        "JobResources",
    )


def type_of(document: Mapping[str, Any]) -> MonitoringType:
    """Which monitor a definition is for, read from the names of its members.

    :raises ContractError: it is none, or of several
    """
    members = {named_layout(name).app: name for name in MONITORING_TYPES}
    found = [member for member in members if document.get(member) is not None]
    if len(found) != 1:
        message = f"expected exactly one of {', '.join(members)}, got {', '.join(found) or 'none'}"
        raise ContractError(message, field="JobDefinition")
    return members[found[0]]


def to_api(layout: Layout, definition: JobDefinition) -> dict[str, Any]:
    """The members of a definition, beside name and tags; what is None or empty is left out."""
    environment = dict(definition.environment)
    if definition.publish_cloudwatch_metrics is not None:
        environment[PUBLISH] = "Enabled" if definition.publish_cloudwatch_metrics else "Disabled"
    app = {member: getattr(definition, name) for name, member in _APP_TEXTS.items()}
    for name, member in _APP_COMMANDS.items():
        words = getattr(definition, name)
        app[member] = None if words is None else list(words)
    where = definition.source.to_api()
    document: dict[str, Any] = {layout.app: _stated(app), layout.input: [where] if layout.inline else where}
    if environment:
        (document if layout.inline else document[layout.app])["Environment"] = environment
    if definition.ground_truth_uri is not None:
        document[layout.input]["GroundTruthS3Input"] = {"S3Uri": definition.ground_truth_uri}
    document[layout.output] = _output(definition)
    if definition.cluster is not None:
        document[layout.resources] = {"ClusterConfig": definition.cluster.to_api()}
    if definition.role_arn is not None:
        document["RoleArn"] = definition.role_arn
    if baseline := _baseline(definition):
        document[layout.baseline] = baseline
    if definition.network is not None:
        document["NetworkConfig"] = definition.network.to_api()
    if definition.max_runtime_in_seconds is not None:
        document["StoppingCondition"] = {"MaxRuntimeInSeconds": definition.max_runtime_in_seconds}
    return document


def from_api(layout: Layout, root: JsonNode) -> dict[str, Any]:
    """The arguments of a definition, beside its monitor, name and tags.

    :raises ContractError: naming the member that is missing or of a wrong type
    """
    app, job_input = root.child(layout.app), root.child(layout.input)
    truth = None if layout.inline else job_input.optional("GroundTruthS3Input")
    stopping, network = root.optional("StoppingCondition"), root.optional("NetworkConfig")
    resources = root.optional(layout.resources)
    return {
        **_read_app(app),
        **_read_environment((root if layout.inline else app).optional("Environment")),
        **_read_output(root.child(layout.output)),
        **_read_baseline(root.optional(layout.baseline)),
        "source": input_from_api(_only(job_input) if layout.inline else job_input),
        "ground_truth_uri": None if truth is None else truth.child("S3Uri").text(),
        "cluster": None if resources is None else ProcessingCluster.from_api(resources.child("ClusterConfig")),
        "network": None if network is None else ProcessingNetwork.from_api(network),
        "max_runtime_in_seconds": None if stopping is None else stopping.child("MaxRuntimeInSeconds").count(),
        "role_arn": _text(root, "RoleArn"),
    }


def _output(definition: JobDefinition) -> dict[str, Any]:
    place = {
        "S3Uri": definition.output_uri,
        "LocalPath": definition.output_local_path,
        "S3UploadMode": definition.output_upload_mode,
    }
    return _stated({"MonitoringOutputs": [{"S3Output": _stated(place)}], "KmsKeyId": definition.output_kms_key})


def _baseline(definition: JobDefinition) -> dict[str, Any]:
    files = {
        "ConstraintsResource": definition.baseline_constraints,
        "StatisticsResource": definition.baseline_statistics,
    }
    return {
        **{member: {"S3Uri": uri} for member, uri in files.items() if uri is not None},
        **_stated({"BaseliningJobName": definition.baselining_job_name}),
    }


def _read_app(app: JsonNode) -> dict[str, Any]:
    commands = {name: app.optional(member) for name, member in _APP_COMMANDS.items()}
    return {
        **{name: _text(app, member) for name, member in _APP_TEXTS.items()},
        **{
            name: None if words is None else tuple(word.text() for word in words.items())
            for name, words in commands.items()
        },
    }


def _read_environment(node: JsonNode | None) -> dict[str, Any]:
    variables = {} if node is None else {name: value.text() for name, value in node.members()}
    publish = _SWITCH.get(variables.get(PUBLISH, ""))
    if publish is not None:
        del variables[PUBLISH]
    return {"environment": variables, "publish_cloudwatch_metrics": publish}


def _read_output(config: JsonNode) -> dict[str, Any]:
    place = _only(config.child("MonitoringOutputs")).child("S3Output")
    return {
        "output_uri": place.child("S3Uri").text(),
        "output_local_path": place.child("LocalPath").text(),
        "output_upload_mode": _text(place, "S3UploadMode"),
        "output_kms_key": _text(config, "KmsKeyId"),
    }


def _read_baseline(baseline: JsonNode | None) -> dict[str, Any]:
    if baseline is None:
        return {}
    files = {name: baseline.optional(f"{name.title()}Resource") for name in ("constraints", "statistics")}
    return {
        **{f"baseline_{name}": None if node is None else _text(node, "S3Uri") for name, node in files.items()},
        "baselining_job_name": _text(baseline, "BaseliningJobName"),
    }


def _only(node: JsonNode) -> JsonNode:
    """The one element of a list."""
    found = list(node.items())
    if len(found) != 1:
        raise node.error(f"has {len(found)} elements, and needs exactly one")
    return found[0]


def _text(node: JsonNode, key: str) -> str | None:
    found = node.optional(key)
    return None if found is None else found.text()


def _stated(document: Mapping[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in document.items() if value is not None}
