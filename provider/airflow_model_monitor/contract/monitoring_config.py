"""``monitoring_config`` of constraints.json: which checks run, and from which threshold they complain."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast

from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.json_reader import JsonNode

ComparisonMethod = Literal["Simple", "Robust"]
CategoricalDriftMethod = Literal["LInfinity", "ChiSquared"]

COMPARISON_METHODS: Final[tuple[ComparisonMethod, ...]] = ("Simple", "Robust")
CATEGORICAL_DRIFT_METHODS: Final[tuple[CategoricalDriftMethod, ...]] = ("LInfinity", "ChiSquared")


@dataclass(frozen=True, slots=True)
class DistributionConstraints:
    """How distributions are compared with the baseline's.

    ``categorical_comparison_threshold`` and ``categorical_drift_method`` are None in files older than mid-2023:
    :attr:`categorical_threshold` and :attr:`categorical_method` say what holds then.
    """

    perform_comparison: bool = True
    comparison_threshold: float = 0.1
    comparison_method: ComparisonMethod = "Robust"
    categorical_comparison_threshold: float | None = 0.1
    categorical_drift_method: CategoricalDriftMethod | None = "LInfinity"

    @property
    def categorical_threshold(self) -> float:
        """Threshold for String features: the numeric one where none is stated, as AWS documents."""
        stated = self.categorical_comparison_threshold
        return self.comparison_threshold if stated is None else stated

    @property
    def categorical_method(self) -> CategoricalDriftMethod:
        """Distance for String features: LInfinity where none is stated."""
        return self.categorical_drift_method or "LInfinity"


@dataclass(frozen=True, slots=True)
class MonitoringConfig:
    """Settings of a monitoring run, for the whole file or, overrides merged, for one feature.

    The two thresholds are the shares of values, 0 to 1, that must have the expected type or a known value.
    """

    evaluate_constraints: bool = True
    emit_metrics: bool = True
    datatype_check_threshold: float = 1.0
    domain_content_threshold: float = 1.0
    distribution_constraints: DistributionConstraints = field(default_factory=DistributionConstraints)


DEFAULT_MONITORING_CONFIG: Final = MonitoringConfig()
"""What the original suggests, taken from real files: AWS's documentation gives 0.1 for two thresholds that are 1.0."""


def merge_monitoring_config(base: MonitoringConfig, node: JsonNode) -> MonitoringConfig:
    """``base`` with the settings in ``node`` over it; the same keys and nesting as ``monitoring_config``.

    :raises ContractError: naming the JSON path of a setting that is not what it must be.
    """
    changes: dict[str, Any] = {}
    for name in ("evaluate_constraints", "emit_metrics"):
        if (found := node.optional(name)) is not None:
            changes[name] = found.enabled()
    for name in ("datatype_check_threshold", "domain_content_threshold"):
        if (found := node.optional(name)) is not None:
            changes[name] = found.ratio()
    if (found := node.optional("distribution_constraints")) is not None:
        changes["distribution_constraints"] = _merge_distribution(base.distribution_constraints, found)
    return replace(base, **changes)


def monitoring_config_document(config: MonitoringConfig, generation: Generation = NEWEST) -> dict[str, Any]:
    """``config`` as the original of that generation writes it."""
    constraints = config.distribution_constraints
    distribution: dict[str, Any] = {
        "perform_comparison": _enabled(constraints.perform_comparison),
        "comparison_threshold": float(constraints.comparison_threshold),
        "comparison_method": constraints.comparison_method,
    }
    if generation.writes_categorical_settings:
        if constraints.categorical_comparison_threshold is not None:
            distribution["categorical_comparison_threshold"] = float(constraints.categorical_comparison_threshold)
        if constraints.categorical_drift_method is not None:
            distribution["categorical_drift_method"] = constraints.categorical_drift_method
    return {
        "evaluate_constraints": _enabled(config.evaluate_constraints),
        "emit_metrics": _enabled(config.emit_metrics),
        "datatype_check_threshold": float(config.datatype_check_threshold),
        "domain_content_threshold": float(config.domain_content_threshold),
        "distribution_constraints": distribution,
    }


def parse_categorical_drift_method(node: JsonNode) -> CategoricalDriftMethod:
    """``LInfinity`` or ``ChiSquared``."""
    return cast(CategoricalDriftMethod, node.one_of(*CATEGORICAL_DRIFT_METHODS))


def _merge_distribution(base: DistributionConstraints, node: JsonNode) -> DistributionConstraints:
    changes: dict[str, Any] = {}
    if (found := node.optional("perform_comparison")) is not None:
        changes["perform_comparison"] = found.enabled()
    for name in ("comparison_threshold", "categorical_comparison_threshold"):
        if (found := node.optional(name)) is not None:
            changes[name] = found.number(minimum=0.0)
    # AWS's older documentation spells it without the "s", and people copied that.
    for name in ("comparion_method", "comparison_method"):
        if (found := node.optional(name)) is not None:
            changes["comparison_method"] = found.one_of(*COMPARISON_METHODS)
    if (found := node.optional("categorical_drift_method")) is not None:
        changes["categorical_drift_method"] = parse_categorical_drift_method(found)
    return replace(base, **changes)


def _enabled(value: bool) -> str:
    return "Enabled" if value else "Disabled"
