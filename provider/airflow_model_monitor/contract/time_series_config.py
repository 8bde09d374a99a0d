"""Time series and segments in analysis_config.json: read, checked and kept. Only AWS's container analyses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from airflow_model_monitor.contract import clarify_values as values
from airflow_model_monitor.contract.clarify_values import Column
from airflow_model_monitor.contract.json_reader import JsonNode

SeriesFormat = Literal["columns", "item_records", "timestamp_records"]
Direction = Literal["chronological", "anti_chronological", "bidirectional"]
SeriesGranularity = Literal["timewise", "fine_grained"]

SERIES_FORMATS: Final[tuple[SeriesFormat, ...]] = ("columns", "item_records", "timestamp_records")
DIRECTIONS: Final[tuple[Direction, ...]] = ("chronological", "anti_chronological", "bidirectional")
SERIES_GRANULARITIES: Final[tuple[SeriesGranularity, ...]] = ("timewise", "fine_grained")


@dataclass(frozen=True, slots=True)
class TimeSeriesDataConfig:
    """Which columns (or JMESPaths) make up the series."""

    target_time_series: Column
    item_id: Column
    timestamp: Column
    related_time_series: tuple[Column, ...] = ()
    static_covariates: tuple[Column, ...] = ()
    dataset_format: SeriesFormat | None = None

    def to_document(self) -> dict[str, Any]:
        return values.document({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class AsymmetricShapleyConfig:
    """``methods.asymmetric_shapley_value``; the shape of ``baseline`` depends on the series and is kept as it is."""

    direction: Direction
    granularity: SeriesGranularity
    num_samples: int | None = None
    baseline: str | dict[str, Any] | None = None

    def to_document(self) -> dict[str, Any]:
        return values.document({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """Rows of one column grouped into segments, which get metrics of their own."""

    name_or_index: Column
    segments: tuple[Any, ...]
    config_name: str | None = None
    display_aliases: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        return values.document({name: getattr(self, name) for name in self.__slots__})


def read_time_series(node: JsonNode | None) -> TimeSeriesDataConfig | None:
    """:raises ContractError: naming the key, what it may be and what to do."""
    if node is None:
        return None
    values.refuse_unknown_keys(node, TimeSeriesDataConfig.__slots__)
    return TimeSeriesDataConfig(
        target_time_series=values.column_of(node.child("target_time_series")),
        item_id=values.column_of(node.child("item_id")),
        timestamp=values.column_of(node.child("timestamp")),
        related_time_series=values.columns(node, "related_time_series"),
        static_covariates=values.columns(node, "static_covariates"),
        dataset_format=values.choice(node, "dataset_format", SERIES_FORMATS),
    )


def read_asymmetric_shapley(node: JsonNode | None) -> AsymmetricShapleyConfig | None:
    """:raises ContractError: naming the key, what it may be and what to do."""
    if node is None:
        return None
    values.refuse_unknown_keys(node, AsymmetricShapleyConfig.__slots__)
    baseline = node.optional("baseline")
    if baseline is not None and not isinstance(baseline.value, (str, dict)):
        raise baseline.expected("a text or an object")
    direction = values.choice(node, "direction", DIRECTIONS) or "chronological"
    granularity = values.choice(node, "granularity", SERIES_GRANULARITIES) or "timewise"
    samples = values.count(node, "num_samples")
    if granularity == "fine_grained" and direction != "chronological":
        raise node.child("direction").error(
            "fine-grained explanations are chronological only", "Choose 'timewise', or leave the direction out."
        )
    return AsymmetricShapleyConfig(direction, granularity, samples, None if baseline is None else baseline.value)


def read_segments(node: JsonNode | None) -> tuple[SegmentConfig, ...]:
    """:raises ContractError: naming the key, what it may be and what to do."""
    if node is None:
        return ()
    return tuple(_read_segment(item) for item in node.items())


def _read_segment(node: JsonNode) -> SegmentConfig:
    values.refuse_unknown_keys(node, SegmentConfig.__slots__)
    segments = node.child("segments")
    for item in segments.items():
        if not isinstance(item.value, list):
            raise item.expected("an array of values or of interval texts")
    return SegmentConfig(
        name_or_index=values.column_of(node.child("name_or_index")),
        segments=tuple(segments.value),
        config_name=values.text(node, "config_name"),
        display_aliases=values.texts(node, "display_aliases"),
    )
