"""constraints.json: what a dataset must satisfy, and how strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, cast

from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.json_layout import dumps
from airflow_model_monitor.contract.json_reader import JsonNode, load, unique_names
from airflow_model_monitor.contract.monitoring_config import (
    DEFAULT_MONITORING_CONFIG,
    CategoricalDriftMethod,
    ComparisonMethod,
    DistributionConstraints,
    MonitoringConfig,
    merge_monitoring_config,
    monitoring_config_document,
)
from airflow_model_monitor.contract.schema_guard import refuse_other_schema
from airflow_model_monitor.contract.statistics import InferredType, read_inferred_type

FILE_NAME: Final = "constraints.json"
OverridesSpelling = Literal["monitoring_config_overrides", "monitoringConfigOverrides"]
OVERRIDES_SPELLINGS: Final[tuple[OverridesSpelling, ...]] = (
    "monitoring_config_overrides",  # what AWS's SDK writes
    "monitoringConfigOverrides",  # what AWS's documentation says
)

__all__ = [
    "DEFAULT_MONITORING_CONFIG",
    "FILE_NAME",
    "CategoricalDriftMethod",
    "ComparisonMethod",
    "Constraints",
    "DistributionConstraints",
    "FeatureConstraints",
    "MonitoringConfig",
    "NumConstraints",
    "StringConstraints",
]


@dataclass(frozen=True, slots=True)
class NumConstraints:
    """Constraint of a numeric feature. The original writes it and never enforces it."""

    is_non_negative: bool


@dataclass(frozen=True, slots=True)
class StringConstraints:
    """The known values of a String feature, in the file's order; ``NullValue`` among them when nulls are allowed."""

    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeatureConstraints:
    """Constraints of one column.

    ``completeness`` is the least share of values that must be present, 0 to 1; None means the file states none.
    ``monitoring_config_overrides`` holds settings of the monitoring_config in its own keys and nesting, checked on
    reading; ``overrides_spelling`` is the key it stood under: it is unknown which of the two AWS's container obeys.
    """

    name: str
    inferred_type: InferredType
    completeness: float | None = None
    num_constraints: NumConstraints | None = None
    string_constraints: StringConstraints | None = None
    monitoring_config_overrides: Mapping[str, Any] | None = None
    overrides_spelling: OverridesSpelling = "monitoring_config_overrides"


@dataclass(frozen=True)
class Constraints:
    """A whole constraints.json, features in column order."""

    features: tuple[FeatureConstraints, ...]
    monitoring_config: MonitoringConfig = field(default=DEFAULT_MONITORING_CONFIG)
    version: float = 0.0

    @cached_property
    def by_name(self) -> Mapping[str, FeatureConstraints]:
        """The features by name."""
        return {feature.name: feature for feature in self.features}

    def feature(self, name: str) -> FeatureConstraints | None:
        """The feature called ``name``, or None."""
        return self.by_name.get(name)

    def config_for(self, feature_name: str) -> MonitoringConfig:
        """The settings that hold for a feature: the file's, with the feature's overrides over them.

        A name the file does not know gets the file's settings.
        """
        feature = self.by_name.get(feature_name)
        if feature is None or not feature.monitoring_config_overrides:
            return self.monitoring_config
        node = JsonNode(dict(feature.monitoring_config_overrides), f"{feature_name}.{feature.overrides_spelling}")
        return merge_monitoring_config(self.monitoring_config, node)

    @classmethod
    def from_json(cls, text: str | bytes, file: str = FILE_NAME) -> Constraints:
        """The constraints in ``text``: any generation, hand-edited too; unknown keys are ignored.

        A missing ``monitoring_config``, or any setting missing in it, takes the default of the original.

        :raises ContractError: naming ``file`` and the JSON path of what is wrong.
        """
        root = load(text, file)
        refuse_other_schema(root, "constraints")
        config = root.optional("monitoring_config")
        version = root.optional("version")
        nodes = list(root.child("features").items())
        unique_names(nodes)
        return cls(
            features=tuple(_read_feature(node) for node in nodes),
            monitoring_config=DEFAULT_MONITORING_CONFIG if config is None else _read_config(config),
            version=0.0 if version is None else version.number(),
        )

    def to_json(self, generation: Generation = NEWEST) -> str:
        """The file's text, as the original of that generation lays it out; no newline at the end."""
        return dumps(
            {
                "version": float(self.version),
                "features": [_feature(feature) for feature in self.features],
                "monitoring_config": monitoring_config_document(self.monitoring_config, generation),
            }
        )


def _feature(feature: FeatureConstraints) -> dict[str, Any]:
    result: dict[str, Any] = {"name": feature.name, "inferred_type": feature.inferred_type}
    if feature.completeness is not None:
        result["completeness"] = float(feature.completeness)
    if feature.num_constraints is not None:
        result["num_constraints"] = {"is_non_negative": bool(feature.num_constraints.is_non_negative)}
    if feature.string_constraints is not None:
        result["string_constraints"] = {"domains": list(feature.string_constraints.domains)}
    if feature.monitoring_config_overrides is not None:
        result[feature.overrides_spelling] = feature.monitoring_config_overrides
    return result


def _read_config(node: JsonNode) -> MonitoringConfig:
    # A file older than the categorical pair states neither; None keeps "takes the numeric threshold" apart from 0.1.
    bare = DistributionConstraints(categorical_comparison_threshold=None, categorical_drift_method=None)
    return merge_monitoring_config(MonitoringConfig(distribution_constraints=bare), node)


def _read_feature(node: JsonNode) -> FeatureConstraints:
    completeness = node.optional("completeness")
    numbers = node.optional("num_constraints")
    strings = node.optional("string_constraints")
    overrides, spelling = _read_overrides(node)
    return FeatureConstraints(
        name=node.child("name").text(),
        inferred_type=read_inferred_type(node),
        completeness=None if completeness is None else completeness.ratio(),
        num_constraints=None if numbers is None else _read_num_constraints(numbers),
        string_constraints=None if strings is None else _read_string_constraints(strings),
        monitoring_config_overrides=overrides,
        overrides_spelling=spelling,
    )


def _read_num_constraints(node: JsonNode) -> NumConstraints | None:
    found = node.optional("is_non_negative")
    return None if found is None else NumConstraints(found.boolean())


def _read_string_constraints(node: JsonNode) -> StringConstraints | None:
    found = node.optional("domains")
    return None if found is None else StringConstraints(tuple(item.text() for item in found.items()))


def _read_overrides(node: JsonNode) -> tuple[Mapping[str, Any] | None, OverridesSpelling]:
    stated = [spelling for spelling in OVERRIDES_SPELLINGS if node.has(spelling)]
    if not stated:
        return None, OVERRIDES_SPELLINGS[0]
    if len(stated) > 1:
        raise node.error(f"both {stated[0]} and {stated[1]} are given", "Keep one of the two.")
    found = node.child(stated[0])
    merge_monitoring_config(DEFAULT_MONITORING_CONFIG, found)
    return cast(Mapping[str, Any], found.object()), stated[0]
