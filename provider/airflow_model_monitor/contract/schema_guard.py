"""Telling the contract's files apart, so that a file handed in for another one is refused by name."""

from __future__ import annotations

from typing import Any, Final

from airflow_model_monitor.contract.json_reader import JsonNode

Schema = str

_TITLES: Final = {
    "statistics": "a data quality statistics.json",
    "constraints": "a data quality constraints.json",
    "violations": "a data quality constraint_violations.json",
    "model_quality_statistics": "a model quality statistics.json",
    "model_quality_constraints": "a model quality constraints.json",
    "model_quality_violations": "a model quality constraint_violations.json",
}
_CLARIFY_KEYS: Final = ("pre_training_bias_metrics", "post_training_bias_metrics", "explanations")
_MODEL_QUALITY_PREFIXES: Final = ("binary_classification", "multiclass_classification", "regression")


def refuse_other_schema(root: JsonNode, schema: Schema) -> None:
    """Raise unless the root is an object that may be a file of ``schema``.

    Unknown keys alone are no reason to refuse: tools and people leave notes in these files. An empty list of violations
    may be any monitor's.

    :param schema: "statistics", "constraints" or "violations" of data quality, or those of another monitor
    :raises ContractError: naming what the file looks like.
    """
    if not isinstance(root.value, dict):
        raise root.expected(f"{_TITLES[schema]} (an object)")
    found = _look(root.value)
    if found == "violations" and not root.value["violations"] and schema.endswith("violations"):
        return
    if found != schema:
        looks = _TITLES.get(found, found) if found else "no file of this contract"
        raise root.error(f"this looks like {looks}, not {_TITLES[schema]}", f"Point to {_TITLES[schema]}.")


def _look(value: dict[str, Any]) -> str | None:
    for key in _CLARIFY_KEYS:
        if key in value:
            return "an analysis.json of SageMaker Clarify"
    for key in value:
        if key.startswith(_MODEL_QUALITY_PREFIXES):
            return "model_quality_constraints" if key.endswith("constraints") else "model_quality_statistics"
    if "captureData" in value:
        return "captured data"
    if "schema_version" in value and "monitor_type" in value:
        return "an execution.json"
    violations = value.get("violations")
    if isinstance(violations, list):
        return _look_at_violations(violations)
    features = value.get("features")
    if isinstance(features, list):
        return _look_at_features(value, features)
    return None


def _look_at_violations(violations: list[Any]) -> str:
    first = violations[0] if violations and isinstance(violations[0], dict) else {}
    if "metric_name" in first and "feature_name" not in first:
        if {"facet", "label"} & first.keys():
            return "a bias or explainability constraint_violations.json"
        return "model_quality_violations"
    return "violations"


def _look_at_features(value: dict[str, Any], features: list[Any]) -> str:
    # A feature without statistics of its own may stand in either file; the rest of the file decides.
    keys: set[str] = set().union(*(item.keys() for item in features if isinstance(item, dict)))
    if {"numerical_statistics", "string_statistics"} & keys or "dataset" in value:
        return "statistics"
    return "constraints"
