"""The ``predictor`` of analysis_config.json: which model is asked, in which format, and where its answer holds what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.contract import clarify_values as values
from airflow_model_monitor.contract.clarify_values import Column, Scalar
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_reader import JsonNode

DEFAULT_ENDPOINT_NAME_PREFIX: Final = "sm-clarify"
CONTENT_TYPES: Final = (
    *("text/csv", "application/jsonlines", "application/json", "application/x-parquet"),
    *("image/jpeg", "image/jpg", "image/png", "application/x-npy"),
)
_KEYS: Final = (
    *("model_name", "instance_type", "initial_instance_count", "accelerator_type", "endpoint_name"),
    *("endpoint_name_prefix", "target_model", "accept_type", "content_type", "content_template", "record_template"),
    *("custom_attributes", "label", "probability", "label_headers", "time_series_predictor_config"),
    *("endpoint_url", "model_uri"),
)


@dataclass(frozen=True, slots=True)
class PredictorConfig:
    """A model behind an endpoint: an existing one by ``endpoint_name``, or one started for the job from ``model_name``.

    ``label`` and ``probability`` are 0-based positions in CSV answers and JMESPaths in JSON ones. Ours, which AWS's
    images do not know: ``endpoint_url``, an HTTP address that answers ``/invocations``; ``model_uri``, an ONNX file;
    the first of ``endpoint_url``, ``model_uri``, ``endpoint_name`` and ``model_name`` that is there is asked.
    """

    model_name: str | None = None
    instance_type: str | None = None
    initial_instance_count: int | None = None
    accelerator_type: str | None = None
    endpoint_name: str | None = None
    endpoint_name_prefix: str | None = None
    target_model: str | None = None
    accept_type: str | None = None
    content_type: str | None = None
    content_template: str | None = None
    record_template: str | None = None
    custom_attributes: str | None = None
    label: Column | None = None
    probability: Column | None = None
    label_headers: tuple[Scalar, ...] = ()
    forecast: str | None = None
    endpoint_url: str | None = None
    model_uri: str | None = None

    def to_document(self) -> dict[str, Any]:
        members = {name: getattr(self, name) for name in self.__slots__ if name != "forecast"}
        if self.forecast is not None:
            members["time_series_predictor_config"] = {"forecast": self.forecast}
        return values.document(members)


def read_predictor(node: JsonNode, *, named_elsewhere: bool = False) -> PredictorConfig:
    """:param named_elsewhere: the model is given by other means, so the object need not name one.

    :raises ContractError: naming the key, what it may be and what to do.
    """
    values.refuse_unknown_keys(node, _KEYS)
    series = node.optional("time_series_predictor_config")
    if series is not None:
        values.refuse_unknown_keys(series, ("forecast",))
    predictor = PredictorConfig(
        **{name: values.text(node, name) for name in _TEXTS},
        initial_instance_count=values.count(node, "initial_instance_count"),
        accept_type=values.choice(node, "accept_type", CONTENT_TYPES),
        content_type=values.choice(node, "content_type", CONTENT_TYPES),
        label=values.column(node, "label"),
        probability=values.column(node, "probability"),
        label_headers=values.scalars(node, "label_headers"),
        forecast=None if series is None else series.child("forecast").text(),
    )
    _check_target(node, predictor, named_elsewhere)
    _check_template(node, predictor)
    return predictor


_TEXTS: Final = (
    *("model_name", "instance_type", "accelerator_type", "endpoint_name", "endpoint_name_prefix", "target_model"),
    *("content_template", "record_template", "custom_attributes", "endpoint_url", "model_uri"),
)


def _check_target(node: JsonNode, predictor: PredictorConfig, named_elsewhere: bool) -> None:
    if named_elsewhere or predictor.endpoint_name or predictor.endpoint_url or predictor.model_uri:
        return  # an existing endpoint wins over a model to start one from
    if predictor.model_name is None:
        raise node.error("names no model", "Give 'endpoint_name', or 'model_name' with an instance type and count.")
    for key in ("instance_type", "initial_instance_count"):
        if getattr(predictor, key) is None:
            missing = JsonNode(None, key, node.file, node)
            raise missing.error("is missing: 'model_name' starts an endpoint", f"Give {key!r}, or use 'endpoint_name'.")


def _check_template(node: JsonNode, predictor: PredictorConfig) -> None:
    content, record = predictor.content_template, predictor.record_template
    if content is not None and "$feature" not in content and "$record" not in content:
        raise _template_error(node, "content_template", "$features, $record or $records")
    if record is not None and "$feature" not in record and '"${' not in record:
        raise _template_error(node, "record_template", "$features")
    if content is not None and "$record" in content and record is None:
        missing = JsonNode(None, "record_template", node.file, node)
        raise missing.error(
            "is missing: the content template holds records",
            "Say what one record looks like, such as '{\"features\":$features}'.",
        )


def _template_error(node: JsonNode, key: str, placeholder: str) -> ContractError:
    return node.child(key).error(f"the template has no placeholder {placeholder}", "Put it where the values belong.")
