"""The ``shap`` method of analysis_config.json: how features are credited for a model's scores."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, Final, Literal

from airflow_model_monitor.contract import clarify_values as values
from airflow_model_monitor.contract.clarify_values import Column
from airflow_model_monitor.contract.json_reader import JsonNode

Aggregation = Literal["mean_abs", "median", "mean_sq"]
TextGranularity = Literal["token", "sentence", "paragraph"]
ImageModelType = Literal["IMAGE_CLASSIFICATION", "OBJECT_DETECTION"]

AGGREGATIONS: Final[tuple[Aggregation, ...]] = ("mean_abs", "median", "mean_sq")
TEXT_GRANULARITIES: Final[tuple[TextGranularity, ...]] = ("token", "sentence", "paragraph")
IMAGE_MODEL_TYPES: Final[tuple[ImageModelType, ...]] = ("IMAGE_CLASSIFICATION", "OBJECT_DETECTION")

Baseline = str | list[Any] | dict[str, Any]
"""An S3 URI, a list of CSV rows or of JSON objects, or the one JSON object of an application/json dataset."""

_KEYS: Final = (
    *("baseline", "num_clusters", "num_samples", "agg_method", "use_logit", "seed", "save_local_shap_values"),
    *("features_to_explain", "text_config", "image_config"),
)


@dataclass(frozen=True, slots=True)
class TextConfig:
    """Texts are explained by their parts. ``language`` is a name or an ISO 639 code."""

    granularity: TextGranularity
    language: str
    max_top_tokens: int | None = None

    def to_document(self) -> dict[str, Any]:
        return values.document({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """Images are explained by segments of alike pixels."""

    model_type: ImageModelType
    num_segments: int | None = None
    feature_extraction_method: str | None = None
    segment_compactness: float | None = None
    max_objects: int | None = None
    iou_threshold: float | None = None
    context: float | None = None

    def to_document(self) -> dict[str, Any]:
        return values.document({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class ShapConfig:
    """Settings of Kernel SHAP. None means "not stated": the properties say what holds then.

    ``baseline`` is checked for its JSON kind only; whether its rows fit the dataset shows when both are there.
    """

    baseline: Baseline | None = None
    num_clusters: int | None = None
    num_samples: int | None = None
    agg_method: Aggregation | None = None
    use_logit: bool | None = None
    seed: int | None = None
    save_local_shap_values: bool | None = None
    features_to_explain: tuple[Column, ...] = ()
    text_config: TextConfig | None = None
    image_config: ImageConfig | None = None

    @property
    def aggregation(self) -> Aggregation:
        return self.agg_method or "mean_abs"

    @property
    def logit(self) -> bool:
        return bool(self.use_logit)

    @property
    def saves_local_values(self) -> bool:
        """Whether ``explanations_shap/out.csv`` is written; the container's default is no (the SDK asks for it)."""
        return bool(self.save_local_shap_values)

    def to_document(self) -> dict[str, Any]:
        """The object in the order AWS's SDK writes its keys."""
        return values.document(
            {
                "use_logit": self.use_logit,
                "save_local_shap_values": self.save_local_shap_values,
                "baseline": self.baseline,
                "num_clusters": self.num_clusters,
                "num_samples": self.num_samples,
                "agg_method": self.agg_method,
                "seed": self.seed,
                "features_to_explain": self.features_to_explain,
                "text_config": self.text_config and self.text_config.to_document(),
                "image_config": self.image_config and self.image_config.to_document(),
            }
        )


def read_shap(node: JsonNode) -> ShapConfig:
    """:raises ContractError: naming the key, what it may be and what to do."""
    values.refuse_unknown_keys(node, _KEYS)
    if node.has("baseline") and node.has("num_clusters"):
        raise node.child("num_clusters").error(
            "'baseline' and 'num_clusters' exclude each other",
            "Give the baseline rows, or let clusters of the dataset make them.",
        )
    return ShapConfig(
        baseline=_read_baseline(node),
        num_clusters=values.count(node, "num_clusters"),
        num_samples=values.count(node, "num_samples"),
        agg_method=values.choice(node, "agg_method", AGGREGATIONS),
        use_logit=values.flag(node, "use_logit"),
        seed=values.count(node, "seed", minimum=0),
        save_local_shap_values=values.flag(node, "save_local_shap_values"),
        features_to_explain=values.columns(node, "features_to_explain"),
        text_config=_read_text(node.optional("text_config")),
        image_config=_read_image(node.optional("image_config")),
    )


def _read_baseline(node: JsonNode) -> Baseline | None:
    found = node.optional("baseline")
    if found is None:
        return None
    value = found.value
    if isinstance(value, str) and value:
        return value
    if isinstance(value, dict) and value:
        return value
    if isinstance(value, list) and value:
        for row in found.items():
            if not isinstance(row.value, (list, dict)):
                raise row.expected("a row (an array of values) or a JSON object", "A baseline is a list of rows.")
        return value
    raise found.expected("an S3 URI, an array of rows, or a JSON object of the dataset's shape")


def _read_text(node: JsonNode | None) -> TextConfig | None:
    if node is None:
        return None
    values.refuse_unknown_keys(node, TextConfig.__slots__)
    node.child("granularity")
    granularity = values.choice(node, "granularity", TEXT_GRANULARITIES)
    assert granularity is not None
    return TextConfig(granularity, node.child("language").text(), values.count(node, "max_top_tokens"))


def _read_image(node: JsonNode | None) -> ImageConfig | None:
    if node is None:
        return None
    values.refuse_unknown_keys(node, ImageConfig.__slots__)
    node.child("model_type")
    model_type = values.choice(node, "model_type", IMAGE_MODEL_TYPES)
    assert model_type is not None
    return ImageConfig(
        model_type,
        num_segments=values.count(node, "num_segments"),
        feature_extraction_method=values.choice(node, "feature_extraction_method", ("segmentation",)),
        segment_compactness=values.number(node, "segment_compactness", minimum=0.0, maximum=inf),
        max_objects=values.count(node, "max_objects"),
        iou_threshold=values.number(node, "iou_threshold", minimum=0.0, maximum=1.0),
        context=values.number(node, "context", minimum=0.0, maximum=1.0),
    )
