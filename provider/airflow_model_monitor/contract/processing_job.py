"""The CreateProcessingJob request: how every job is asked for, here and at SageMaker.

The local runtime takes the same request; there a ``uri`` may be any fsspec URL or a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_model_monitor.contract.json_reader import JsonNode


@dataclass(frozen=True, slots=True)
class ProcessingInput:
    """What a job reads: what is at ``uri`` appears under ``local_path``. Defaults are those AWS's SDK sends."""

    name: str
    uri: str
    local_path: str
    data_type: str = "S3Prefix"
    input_mode: str = "File"
    distribution_type: str = "FullyReplicated"
    compression_type: str = "None"


@dataclass(frozen=True, slots=True)
class ProcessingOutput:
    """What a job writes: the folder ``local_path`` goes to ``uri``, at the end of the job or continuously."""

    name: str
    uri: str
    local_path: str
    upload_mode: str = "EndOfJob"


@dataclass(frozen=True, slots=True)
class ProcessingCluster:
    """The machines of a job at SageMaker; the volume in gigabytes per machine."""

    instance_type: str = "ml.m5.xlarge"
    instance_count: int = 1
    volume_size_gb: int = 30
    volume_kms_key: str | None = None

    def to_api(self) -> dict[str, Any]:
        """The API's ClusterConfig, of a processing job or of a monitoring job."""
        result: dict[str, Any] = {
            "InstanceType": self.instance_type,
            "InstanceCount": self.instance_count,
            "VolumeSizeInGB": self.volume_size_gb,
        }
        if self.volume_kms_key is not None:
            result["VolumeKmsKeyId"] = self.volume_kms_key
        return result

    @classmethod
    def from_api(cls, node: JsonNode) -> ProcessingCluster:
        """The machines in a ClusterConfig.

        :raises ContractError: naming the member that is missing or of a wrong type.
        """
        return cls(
            instance_type=node.child("InstanceType").text(),
            instance_count=node.child("InstanceCount").count(),
            volume_size_gb=node.child("VolumeSizeInGB").count(),
            volume_kms_key=_text(node, "VolumeKmsKeyId"),
        )


@dataclass(frozen=True, slots=True)
class ProcessingNetwork:
    """Network of a job at SageMaker: a VPC when ids are given; switches left None are not sent."""

    security_group_ids: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    isolation: bool | None = None
    encrypt_inter_container_traffic: bool | None = None

    def to_api(self) -> dict[str, Any]:
        """The API's NetworkConfig, of a processing job or of a monitoring job."""
        result: dict[str, Any] = {}
        if self.isolation is not None:
            result["EnableNetworkIsolation"] = self.isolation
        if self.encrypt_inter_container_traffic is not None:
            result["EnableInterContainerTrafficEncryption"] = self.encrypt_inter_container_traffic
        if self.security_group_ids or self.subnets:
            result["VpcConfig"] = {
                "SecurityGroupIds": list(self.security_group_ids),
                "Subnets": list(self.subnets),
            }
        return result

    @classmethod
    def from_api(cls, node: JsonNode) -> ProcessingNetwork:
        """The network in a NetworkConfig.

        :raises ContractError: naming the member that is of a wrong type.
        """
        isolation = node.optional("EnableNetworkIsolation")
        encryption = node.optional("EnableInterContainerTrafficEncryption")
        vpc = node.optional("VpcConfig")
        return cls(
            security_group_ids=() if vpc is None else _texts(vpc, "SecurityGroupIds") or (),
            subnets=() if vpc is None else _texts(vpc, "Subnets") or (),
            isolation=None if isolation is None else isolation.boolean(),
            encrypt_inter_container_traffic=None if encryption is None else encryption.boolean(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingJobRequest:
    """One CreateProcessingJob request.

    ``image_uri``, ``role_arn`` and ``cluster`` may be None for a job that runs here; SageMaker insists on them.
    ``tags`` are sent in their order.
    """

    job_name: str
    inputs: tuple[ProcessingInput, ...] = ()
    outputs: tuple[ProcessingOutput, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    image_uri: str | None = None
    role_arn: str | None = None
    cluster: ProcessingCluster | None = None
    container_entrypoint: tuple[str, ...] | None = None
    container_arguments: tuple[str, ...] | None = None
    output_kms_key: str | None = None
    max_runtime_in_seconds: int | None = None
    network: ProcessingNetwork | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def input(self, name: str) -> ProcessingInput | None:
        """The input called ``name``, or None."""
        return next((one for one in self.inputs if one.name == name), None)

    def output(self, name: str) -> ProcessingOutput | None:
        """The output called ``name``, or None."""
        return next((one for one in self.outputs if one.name == name), None)

    def to_api(self, *, app_managed: bool | None = None) -> dict[str, Any]:
        """The request as boto3 takes it; what is None or empty is left out.

        :param app_managed: value of ``AppManaged`` for each input and output. Version 2 of AWS's SDK sends False,
            version 3 and the service's own jobs leave it out, as None does.
        """
        request: dict[str, Any] = {"ProcessingJobName": self.job_name}
        if self.cluster is not None:
            request["ProcessingResources"] = {"ClusterConfig": self.cluster.to_api()}
        if app := _app_specification(self):
            request["AppSpecification"] = app
        if self.role_arn is not None:
            request["RoleArn"] = self.role_arn
        if self.inputs:
            request["ProcessingInputs"] = [_input(one, app_managed) for one in self.inputs]
        if self.outputs:
            request["ProcessingOutputConfig"] = {"Outputs": [_output(one, app_managed) for one in self.outputs]}
            if self.output_kms_key is not None:
                request["ProcessingOutputConfig"]["KmsKeyId"] = self.output_kms_key
        if self.environment:
            request["Environment"] = dict(self.environment)
        if self.network is not None:
            request["NetworkConfig"] = self.network.to_api()
        if self.max_runtime_in_seconds is not None:
            request["StoppingCondition"] = {"MaxRuntimeInSeconds": self.max_runtime_in_seconds}
        if self.tags:
            request["Tags"] = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        return request

    @classmethod
    def from_api(cls, request: Mapping[str, Any]) -> ProcessingJobRequest:
        """The request in boto3's form; ``AppManaged`` and members this project does not send are ignored.

        :raises ContractError: naming the member that is missing or of a wrong type.
        """
        root = JsonNode(dict(request), "CreateProcessingJob")
        app = root.optional("AppSpecification")
        resources = root.optional("ProcessingResources")
        output_config = root.optional("ProcessingOutputConfig")
        stopping = root.optional("StoppingCondition")
        network = root.optional("NetworkConfig")
        inputs = root.optional("ProcessingInputs")
        environment = root.optional("Environment")
        tags = root.optional("Tags")
        return cls(
            job_name=root.child("ProcessingJobName").text(),
            inputs=() if inputs is None else tuple(_read_input(one) for one in inputs.items()),
            outputs=()
            if output_config is None
            else tuple(_read_output(one) for one in output_config.child("Outputs").items()),
            environment={} if environment is None else {name: value.text() for name, value in environment.members()},
            image_uri=None if app is None else _text(app, "ImageUri"),
            role_arn=_text(root, "RoleArn"),
            cluster=None if resources is None else ProcessingCluster.from_api(resources.child("ClusterConfig")),
            container_entrypoint=None if app is None else _texts(app, "ContainerEntrypoint"),
            container_arguments=None if app is None else _texts(app, "ContainerArguments"),
            output_kms_key=None if output_config is None else _text(output_config, "KmsKeyId"),
            max_runtime_in_seconds=None if stopping is None else stopping.child("MaxRuntimeInSeconds").count(),
            network=None if network is None else ProcessingNetwork.from_api(network),
            tags={} if tags is None else {tag.child("Key").text(): tag.child("Value").text() for tag in tags.items()},
        )


def _app_specification(request: ProcessingJobRequest) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if request.image_uri is not None:
        result["ImageUri"] = request.image_uri
    if request.container_arguments is not None:
        result["ContainerArguments"] = list(request.container_arguments)
    if request.container_entrypoint is not None:
        result["ContainerEntrypoint"] = list(request.container_entrypoint)
    return result


def _managed(app_managed: bool | None) -> dict[str, bool]:
    return {} if app_managed is None else {"AppManaged": app_managed}


def _input(one: ProcessingInput, app_managed: bool | None) -> dict[str, Any]:
    return {
        "InputName": one.name,
        **_managed(app_managed),
        "S3Input": {
            "S3Uri": one.uri,
            "LocalPath": one.local_path,
            "S3DataType": one.data_type,
            "S3InputMode": one.input_mode,
            "S3DataDistributionType": one.distribution_type,
            "S3CompressionType": one.compression_type,
        },
    }


def _output(one: ProcessingOutput, app_managed: bool | None) -> dict[str, Any]:
    return {
        "OutputName": one.name,
        **_managed(app_managed),
        "S3Output": {"S3Uri": one.uri, "LocalPath": one.local_path, "S3UploadMode": one.upload_mode},
    }


def _read_input(node: JsonNode) -> ProcessingInput:
    s3 = node.child("S3Input")
    return ProcessingInput(
        name=node.child("InputName").text(),
        uri=s3.child("S3Uri").text(),
        local_path=s3.child("LocalPath").text(),
        data_type=_text(s3, "S3DataType") or "S3Prefix",
        input_mode=_text(s3, "S3InputMode") or "File",
        distribution_type=_text(s3, "S3DataDistributionType") or "FullyReplicated",
        compression_type=_text(s3, "S3CompressionType") or "None",
    )


def _read_output(node: JsonNode) -> ProcessingOutput:
    s3 = node.child("S3Output")
    return ProcessingOutput(
        name=node.child("OutputName").text(),
        uri=s3.child("S3Uri").text(),
        local_path=s3.child("LocalPath").text(),
        upload_mode=s3.child("S3UploadMode").one_of("EndOfJob", "Continuous"),
    )


def _text(node: JsonNode, key: str) -> str | None:
    found = node.optional(key)
    return None if found is None else found.text()


def _texts(node: JsonNode, key: str) -> tuple[str, ...] | None:
    found = node.optional(key)
    return None if found is None else tuple(item.text() for item in found.items())
