"""The bias sections of analysis.json: metrics by sensitive group, of labels and of predicted labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Final

from airflow_model_monitor.contract.bias_config import BiasStage
from airflow_model_monitor.contract.json_reader import JsonNode, unique_names

SECTION_KEYS: Final[dict[BiasStage, str]] = {
    # The order of the file: post comes first.
    "post_training_bias": "post_training_bias_metrics",
    "pre_training_bias": "pre_training_bias_metrics",
}


@dataclass(frozen=True, slots=True)
class BiasMetric:
    """One metric of one group. ``value`` may be infinite, an int where the original has one, or None with an error."""

    name: str
    description: str
    value: float | int | None
    error: str | None = None

    def to_document(self) -> dict[str, Any]:
        result: dict[str, Any] = {"name": self.name, "description": self.description, "value": self.value}
        if self.error is not None:
            result["error"] = self.error
        return result


@dataclass(frozen=True, slots=True)
class FacetMetrics:
    """The metrics of one sensitive group, whose ``value_or_threshold`` is ``"0"``, ``"0,2"`` or ``"(40, 75]"``."""

    value_or_threshold: str
    metrics: tuple[BiasMetric, ...]

    def metric(self, name: str) -> BiasMetric | None:
        """The metric with that short name, or None."""
        return next((metric for metric in self.metrics if metric.name == name), None)

    def to_document(self) -> dict[str, Any]:
        return {
            "value_or_threshold": self.value_or_threshold,
            "metrics": [metric.to_document() for metric in self.metrics],
        }


@dataclass(frozen=True, slots=True)
class BiasMetrics:
    """One stage: the groups by facet name, in the configuration's order."""

    label: str
    facets: Mapping[str, tuple[FacetMetrics, ...]]
    label_value_or_threshold: str

    def groups(self) -> Iterator[tuple[str, int, FacetMetrics]]:
        """Every group as (facet name, position among the facet's groups, metrics)."""
        for name, groups in self.facets.items():
            for position, group in enumerate(groups):
                yield name, position, group

    def to_document(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "facets": {name: [group.to_document() for group in groups] for name, groups in self.facets.items()},
            "label_value_or_threshold": self.label_value_or_threshold,
        }


def read_bias_metrics(node: JsonNode) -> BiasMetrics:
    """:raises ContractError: naming the JSON path of what is wrong."""
    return BiasMetrics(
        label=node.child("label").text(),
        facets={
            name: tuple(_read_group(group) for group in groups.items())
            for name, groups in node.child("facets").members()
        },
        label_value_or_threshold=node.child("label_value_or_threshold").text(),
    )


def _read_group(node: JsonNode) -> FacetMetrics:
    metrics = list(node.child("metrics").items())
    unique_names(metrics, what="metric")
    return FacetMetrics(node.child("value_or_threshold").text(), tuple(_read_metric(metric) for metric in metrics))


def _read_metric(node: JsonNode) -> BiasMetric:
    error = node.optional("error")
    return BiasMetric(
        name=node.child("name").text(),
        description=node.child("description").text(),
        value=_read_value(node),
        error=None if error is None else error.text(),
    )


def _read_value(node: JsonNode) -> float | int | None:
    if "value" in node.object() and node.optional("value") is None:
        return None
    found = node.child("value")
    value = found.measure()
    if isnan(value):
        raise found.expected("a number", "Write null for a metric that cannot be compared.")
    return found.value if isinstance(found.value, int) else value
