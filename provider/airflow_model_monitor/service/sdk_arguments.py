"""What AWS's SageMaker SDK calls its arguments, taken by shape: this package never imports it.

Each function takes an object of the SDK's (2.x or 3.x), the API's own mapping, or the plain value, and returns what the
API says, as text, numbers and mappings, so that a DAG can be serialised. Code written for the SDK's
``create_monitoring_schedule`` hands the same objects to our operators:

* ``EndpointInput``, or an endpoint's name: :func:`endpoint_input`
* ``BatchTransformInput``, with what ``MonitoringDatasetFormat`` returns: :func:`batch_transform_input`
* ``MonitoringOutput``, or an address: :func:`output`
* ``Constraints`` and ``Statistics``, or an address: :func:`file_address`
* what ``CronExpressionGenerator`` returns: :func:`expression`
* ``NetworkConfig``: :func:`network`; tags: :func:`tags`
* ``DataConfig``: :func:`data_config`; ``ModelPredictedLabelConfig``: :func:`predicted_label`

Configurations of Clarify (``BiasConfig``, ``SHAPConfig``, ``ModelConfig``, ``BiasAnalysisConfig``,
``ExplainabilityAnalysisConfig``) are :mod:`airflow_model_monitor.service.sdk_configs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

#: Attribute of the SDK's objects -> member of the API. Some classes have the one, some the other of two spellings.
_CAPTURED: Final[Mapping[str, str]] = {
    "destination": "LocalPath",
    "local_path": "LocalPath",
    "s3_input_mode": "S3InputMode",
    "s3_data_distribution_type": "S3DataDistributionType",
    "features_attribute": "FeaturesAttribute",
    "inference_attribute": "InferenceAttribute",
    "probability_attribute": "ProbabilityAttribute",
    "probability_threshold_attribute": "ProbabilityThresholdAttribute",
    "start_time_offset": "StartTimeOffset",
    "end_time_offset": "EndTimeOffset",
    "exclude_features_attribute": "ExcludeFeaturesAttribute",
}
_ENDPOINT: Final = {"endpoint_name": "EndpointName", **_CAPTURED}
_BATCH: Final = {
    "data_captured_destination_s3_uri": "DataCapturedDestinationS3Uri",
    "dataset_format": "DatasetFormat",
    **_CAPTURED,
}
_NETWORK: Final = {
    "enable_network_isolation": "EnableNetworkIsolation",
    "encrypt_inter_container_traffic": "EnableInterContainerTrafficEncryption",
    "enable_inter_container_traffic_encryption": "EnableInterContainerTrafficEncryption",
}
_VPC: Final = {"security_group_ids": "SecurityGroupIds", "subnets": "Subnets"}
_OUTPUT: Final = {
    "destination": "S3Uri",
    "s3_uri": "S3Uri",
    "source": "LocalPath",
    "local_path": "LocalPath",
    "s3_upload_mode": "S3UploadMode",
}
#: The API takes places in payloads as text, where the SDK's users write column numbers.
_TEXTS: Final = ("FeaturesAttribute", "InferenceAttribute", "ProbabilityAttribute", "ExcludeFeaturesAttribute")

_DATASET_FORMATS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text/csv": {"csv": {"header": True}},
    "application/jsonlines": {"json": {"lines": True}},
    "application/json": {"json": {"lines": False}},
    "application/x-parquet": {"parquet": {}},
}

Members = dict[str, Any]


def endpoint_input(given: Any, argument: str = "endpoint_input") -> Members:
    """An endpoint's name, an ``EndpointInput``, or the API's; as the API's, with the members that are given.

    :raises ValueError: it is none of them
    """
    if isinstance(given, str):
        return {"EndpointName": given}
    return _captured(argument, given, "EndpointInput", _ENDPOINT, "EndpointName")


def batch_transform_input(given: Any, argument: str = "batch_transform_input") -> Members:
    """A ``BatchTransformInput``, or the API's; as the API's, with the members that are given.

    :raises ValueError: it is neither
    """
    found = _captured(argument, given, "BatchTransformInput", _BATCH, "DataCapturedDestinationS3Uri")
    if "DatasetFormat" in found:
        found["DatasetFormat"] = dataset_format(found["DatasetFormat"], f"{argument}: DatasetFormat")
    return found


def dataset_format(given: Any, argument: str = "dataset_format") -> Members:
    """What ``MonitoringDatasetFormat`` or ``DatasetFormat`` returns, as the API's: ``{"Csv": {"Header": True}}``.

    :raises ValueError: it names none of the three formats
    """
    formats = given if isinstance(given, Mapping) else _attributes(given, ("csv", "json", "json_", "parquet"))
    named = {str(name).lower().rstrip("_"): settings for name, settings in formats.items() if settings is not None}
    if len(named) != 1 or not set(named) <= {"csv", "json", "parquet"}:
        raise ValueError(
            f"{argument}={given!r}: expected one of {{'Csv': {{'Header': True}}}}, {{'Json': {{'Line': True}}}} and "
            "{'Parquet': {}}, as MonitoringDatasetFormat of AWS's SDK returns them"
        )
    [(name, settings)] = named.items()
    plain = settings if isinstance(settings, Mapping) else _attributes(settings, ("header", "line", "lines"))
    stated = {str(key).lower(): value for key, value in plain.items() if value is not None}
    if name == "csv":
        return {"Csv": {"Header": stated["header"]} if "header" in stated else {}}
    if name == "json":
        lines = stated.get("line", stated.get("lines"))
        return {"Json": {} if lines is None else {"Line": lines}}
    return {"Parquet": {}}


def output(given: Any, argument: str = "output_uri") -> Members:
    """An address or a ``MonitoringOutput``, as the API's MonitoringS3Output, with the members that are given.

    :raises ValueError: it is neither, or names no destination
    """
    if isinstance(given, str):
        return {"S3Uri": given}
    found = _members(_unwrapped(given, "S3Output"), _OUTPUT)
    inner = getattr(given, "s3_output", None)
    if _stated(inner) is not None:
        found = {**found, **_members(inner, _OUTPUT)}
    if not isinstance(found.get("S3Uri"), str):
        raise ValueError(f"{argument}={given!r}: names no destination; give an address such as 's3://bucket/reports'")
    return found


def file_address(given: Any, argument: str) -> str | None:
    """An address, a ``Constraints`` or ``Statistics`` object, or the API's ``{"S3Uri": …}``; None for none.

    :raises ValueError: it is none of them, or an object that was not read from anywhere
    """
    if given is None or isinstance(given, str):
        return given
    found = given.get("S3Uri") if isinstance(given, Mapping) else getattr(given, "file_s3_uri", None)
    if not isinstance(found, str):
        raise ValueError(
            f"{argument}={given!r}: expected the file's address, or an object of AWS's SDK that knows it (file_s3_uri)"
        )
    return found


def expression(given: Any, argument: str = "schedule_expression") -> str | None:
    """A schedule expression as text: what ``CronExpressionGenerator`` returns, or a ``CronExpression`` of ours.

    :raises ValueError: it is neither
    """
    found = getattr(given, "text", given)
    if found is not None and not isinstance(found, str):
        raise ValueError(f"{argument}={given!r}: expected a text such as 'cron(0 * ? * * *)'")
    return found


def network(given: Any, argument: str = "network_config") -> Members:
    """A ``NetworkConfig``, or the API's; as the API's.

    :raises ValueError: it is neither
    """
    vpc: Any = given.get("VpcConfig") if isinstance(given, Mapping) else getattr(given, "vpc_config", None)
    ids = _members(given, _VPC)
    if _stated(vpc) is not None:
        ids = {**ids, **_members(vpc, _VPC)}
    found = _members(given, _NETWORK)
    if ids:
        found["VpcConfig"] = {name: [str(one) for one in value] for name, value in ids.items()}
    if not found and not isinstance(given, Mapping) and not hasattr(given, "enable_network_isolation"):
        raise ValueError(f"{argument}={given!r}: expected the API's NetworkConfig, or that of AWS's SDK")
    return found


def tags(given: Any, argument: str = "tags") -> dict[str, str]:
    """Tags as a mapping: given so, or as the list of ``{"Key": …, "Value": …}`` that the API and the SDK take.

    :raises ValueError: it is neither
    """
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    if isinstance(given, Sequence) and not isinstance(given, str):
        pairs = [_members(tag, {"key": "Key", "value": "Value"}) for tag in given]
        if all(set(pair) == {"Key", "Value"} for pair in pairs):
            return {str(pair["Key"]): str(pair["Value"]) for pair in pairs}
    raise ValueError(f"{argument}={given!r}: expected a mapping, or a list of {{'Key': …, 'Value': …}}")


def predicted_label(given: Any, argument: str = "model_predicted_label_config") -> Members:
    """A ``ModelPredictedLabelConfig`` as our arguments: ``inference_attribute``, ``probability_attribute``,
    ``probability_threshold_attribute`` and ``label_headers``, those that it states.

    :raises ValueError: it is none
    """
    names = {
        "label": "inference_attribute",
        "probability": "probability_attribute",
        "probability_threshold": "probability_threshold_attribute",
        "label_headers": "label_headers",
    }
    if not isinstance(given, Mapping) and not any(hasattr(given, name) for name in names):
        raise ValueError(f"{argument}={given!r}: expected a ModelPredictedLabelConfig of AWS's SDK, or its members")
    found = _members(given, names)
    for name in ("inference_attribute", "probability_attribute"):
        if name in found:
            found[name] = str(found[name])
    return found


def data_config(given: Any, argument: str = "data_config") -> Members:
    """A ``DataConfig`` as our arguments: ``dataset``, ``dataset_format``, ``headers``, ``label``,
    ``features_attribute`` and ``inference_attribute``, those that it states.

    :raises ValueError: it is none, names no dataset, or one of a kind there is no monitor for
    """
    dataset = getattr(given, "s3_data_input_path", None)
    if not isinstance(dataset, str):
        raise ValueError(
            f"{argument}={given!r}: expected a DataConfig of AWS's SDK, which knows its s3_data_input_path"
        )
    document = getattr(given, "analysis_config", None) or {}
    kind = document.get("dataset_type", "text/csv")
    if kind not in _DATASET_FORMATS:
        raise ValueError(f"{argument}: dataset_type {kind!r}; monitors judge {', '.join(map(repr, _DATASET_FORMATS))}")
    names = {"headers": "headers", "label": "label", "features": "features_attribute"}
    found = {"dataset": dataset, "dataset_format": dict(_DATASET_FORMATS[kind])}
    found |= {name: document[member] for member, name in names.items() if document.get(member) is not None}
    if document.get("predicted_label") is not None:
        found["inference_attribute"] = str(document["predicted_label"])
    return found


def _captured(argument: str, given: Any, member: str, names: Mapping[str, str], needed: str) -> Members:
    found = _members(_unwrapped(given, member), names)
    if needed not in found:
        raise ValueError(f"{argument}={given!r}: names no {needed}; give an object of AWS's SDK, or the API's {member}")
    for name in _TEXTS:
        if name in found:
            found[name] = str(found[name])
    return found


def _unwrapped(given: Any, member: str) -> Any:
    return given[member] if isinstance(given, Mapping) and member in given else given


def _members(given: Any, names: Mapping[str, str]) -> Members:
    """The API's members that an object or mapping states, under either spelling."""
    if isinstance(given, Mapping):
        spelled = {**names, **{member: member for member in names.values()}}
        return {spelled[key]: value for key, value in given.items() if key in spelled and _stated(value) is not None}
    found = _attributes(given, tuple(names))
    return {names[name]: value for name, value in found.items() if value is not None}


def _attributes(given: Any, names: Sequence[str]) -> Members:
    return {name: _stated(getattr(given, name, None)) for name in names}


def _stated(value: Any) -> Any:
    """None for what SDK 3 leaves unassigned, which is an object there."""
    return None if type(value).__name__ == "Unassigned" else value
