"""The bias part of analysis_config.json: sensitive columns, and the metrics a job is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal

from airflow_model_monitor.contract import clarify_values as values
from airflow_model_monitor.contract.clarify_values import Column, Scalar
from airflow_model_monitor.contract.json_reader import JsonNode

BiasStage = Literal["pre_training_bias", "post_training_bias"]

PRE_TRAINING_METRICS: Final = ("CDDL", "CI", "DPL", "JS", "KL", "KS", "LP", "TVD")
"""Metrics of the labels alone, in the order files list them."""
POST_TRAINING_METRICS: Final = (
    *("AD", "CDDPL", "DAR", "DCA", "DCR", "DI", "DPPL", "DRR", "FT", "GE", "RD", "SD", "TE"),
)
"""Metrics of predicted labels, in the order files list them."""
METRICS: Final[dict[BiasStage, tuple[str, ...]]] = {
    "pre_training_bias": PRE_TRAINING_METRICS,
    "post_training_bias": POST_TRAINING_METRICS,
}
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class FacetConfig:
    """A sensitive column and the values (or the one threshold) that make a row sensitive.

    Without values every value of a categorical column is a facet of its own.
    """

    name_or_index: Column
    value_or_threshold: tuple[Scalar, ...] = ()

    def to_document(self) -> dict[str, Any]:
        return values.document({"name_or_index": self.name_or_index, "value_or_threshold": self.value_or_threshold})


@dataclass(frozen=True, slots=True)
class BiasMethods:
    """The metrics of one stage: ``"all"``, or some by their short names."""

    methods: Literal["all"] | tuple[str, ...] = "all"

    def names(self, stage: BiasStage) -> tuple[str, ...]:
        """The short names asked for, alphabetically."""
        return METRICS[stage] if self.methods == ALL else tuple(sorted(self.methods))

    def to_document(self) -> dict[str, Any]:
        return {"methods": self.methods if self.methods == ALL else list(self.methods)}


def read_facets(root: JsonNode) -> tuple[FacetConfig, ...]:
    """The ``facet`` array of a configuration; none when it is absent."""
    found = root.optional("facet")
    if found is None:
        return ()
    facets = tuple(_read_facet(node) for node in found.items())
    if not facets:
        raise found.expected("an array with something in it", "Name at least one sensitive column.")
    return facets


def read_bias_methods(node: JsonNode, stage: BiasStage) -> BiasMethods:
    """``{"methods": "all"}`` or ``{"methods": ["DPL", ...]}``; "all" where it is left out."""
    values.refuse_unknown_keys(node, ("methods",))
    found = node.optional("methods")
    if found is None or found.value == ALL:
        return BiasMethods()
    if not isinstance(found.value, list):
        raise found.expected(f"'all' or an array of {', '.join(METRICS[stage])}")
    return BiasMethods(_metric_names(found, stage))


def _read_facet(node: JsonNode) -> FacetConfig:
    values.refuse_unknown_keys(node, ("name_or_index", "value_or_threshold"))
    return FacetConfig(
        name_or_index=values.column_of(node.child("name_or_index")),
        value_or_threshold=values.scalars(node, "value_or_threshold"),
    )


def _metric_names(node: JsonNode, stage: BiasStage) -> tuple[str, ...]:
    names: list[str] = []
    for item in node.items():
        name = item.text()
        if name not in METRICS[stage]:
            close = get_close_matches(name.upper(), METRICS[stage], n=1)
            hint = f"Did you mean {close[0]!r}?" if close else None
            raise item.expected(f"one of {', '.join(METRICS[stage])}", hint)
        if name in names:
            raise item.error(f"the metric {name!r} is asked for twice", "Keep one of the two.")
        names.append(name)
    if not names:
        raise node.expected("an array with something in it", "Write 'all', or name the metrics.")
    return tuple(names)
