"""What a monitor watches, as the API has it: an endpoint's captured traffic, or batch transform's captured data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.contract.dataset_format import Csv, Json, Parquet
from airflow_model_monitor.contract.json_reader import JsonNode

ENDPOINT_PATH: Final = "/opt/ml/processing/input/endpoint"
BATCH_PATH: Final = "/opt/ml/processing/input"

BatchFormat = Csv | Json | Parquet

_TEXTS: Final[Mapping[str, str]] = {
    "local_path": "LocalPath",
    "input_mode": "S3InputMode",
    "distribution_type": "S3DataDistributionType",
    "features_attribute": "FeaturesAttribute",
    "inference_attribute": "InferenceAttribute",
    "probability_attribute": "ProbabilityAttribute",
    "start_time_offset": "StartTimeOffset",
    "end_time_offset": "EndTimeOffset",
    "exclude_features_attribute": "ExcludeFeaturesAttribute",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedInput:
    """What both kinds of input say.

    :param local_path: container folder of the data
    :param input_mode: ``File`` or ``Pipe``
    :param distribution_type: ``FullyReplicated`` or ``ShardedByS3Key``
    :param features_attribute: the features in a request: a JMESPath (JSON)
    :param inference_attribute: the prediction in an answer: an index (CSV), a name or path (JSON)
    :param probability_attribute: its probability, written likewise
    :param probability_threshold: a score above it is the positive label
    :param start_time_offset: beginning of the window, from the scheduled time: an API duration such as ``-P8D``
    :param end_time_offset: its end, e.g. ``-P1D``
    :param exclude_features_attribute: features that are left out, separated by commas
    """

    local_path: str
    input_mode: str | None = "File"
    distribution_type: str | None = "FullyReplicated"
    features_attribute: str | None = None
    inference_attribute: str | None = None
    probability_attribute: str | None = None
    probability_threshold: float | None = None
    start_time_offset: str | None = None
    end_time_offset: str | None = None
    exclude_features_attribute: str | None = None

    def _common(self) -> dict[str, Any]:
        stated: dict[str, Any] = {member: getattr(self, name) for name, member in _TEXTS.items()}
        stated["ProbabilityThresholdAttribute"] = self.probability_threshold
        return {member: value for member, value in stated.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointInput(CapturedInput):
    """Captured traffic of an endpoint; where that is captured to, its own configuration says.

    :param endpoint: its name
    """

    endpoint: str
    local_path: str = ENDPOINT_PATH

    def to_api(self) -> dict[str, Any]:
        """The API's member, its name and its value; what is None is left out."""
        return {"EndpointInput": {"EndpointName": self.endpoint, **self._common()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTransformInput(CapturedInput):
    """Data captured of batch transform jobs.

    :param captured_data_uri: destination of data capture; a transform job writes below ``input`` and ``output`` there
    :param dataset_format: of the data
    """

    captured_data_uri: str
    dataset_format: BatchFormat
    local_path: str = BATCH_PATH

    def to_api(self) -> dict[str, Any]:
        """The API's member, its name and its value; what is None is left out."""
        return {
            "BatchTransformInput": {
                "DataCapturedDestinationS3Uri": self.captured_data_uri,
                "DatasetFormat": _format_to_api(self.dataset_format),
                **self._common(),
            }
        }


MonitoringInput = EndpointInput | BatchTransformInput


def input_from_api(node: JsonNode) -> MonitoringInput:
    """The input in an object that has one of the two members.

    :raises ContractError: it has neither or both, or a member is missing or of a wrong type
    """
    endpoint, batch = node.optional("EndpointInput"), node.optional("BatchTransformInput")
    if (endpoint is None) == (batch is None):
        raise node.error("needs exactly one of EndpointInput and BatchTransformInput")
    if endpoint is not None:
        return EndpointInput(endpoint=endpoint.child("EndpointName").text(), **_read_common(endpoint))
    assert batch is not None
    return BatchTransformInput(
        captured_data_uri=batch.child("DataCapturedDestinationS3Uri").text(),
        dataset_format=_format_from_api(batch.child("DatasetFormat")),
        **_read_common(batch),
    )


def _read_common(node: JsonNode) -> dict[str, Any]:
    threshold = node.optional("ProbabilityThresholdAttribute")
    texts = {name: node.optional(member) for name, member in _TEXTS.items()}
    node.child("LocalPath")
    return {
        **{name: None if value is None else value.text() for name, value in texts.items()},
        "probability_threshold": None if threshold is None else threshold.number(),
    }


def _format_to_api(dataset_format: BatchFormat) -> dict[str, Any]:
    if isinstance(dataset_format, Csv):
        return {"Csv": {"Header": dataset_format.header}}
    return {"Json": {"Line": dataset_format.lines}} if isinstance(dataset_format, Json) else {"Parquet": {}}


def _format_from_api(node: JsonNode) -> BatchFormat:
    csv, json = node.optional("Csv"), node.optional("Json")
    if csv is not None:
        header = csv.optional("Header")
        return Csv(header=False if header is None else header.boolean())
    if json is not None:
        line = json.optional("Line")
        return Json(lines=True if line is None else line.boolean())
    if node.optional("Parquet") is not None:
        return Parquet()
    raise node.error("names no format", "Choose one of Csv, Json and Parquet.")
