"""Thresholds of alarms are those of the baseline: the alarm rings where the monitor reports a violation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_model_monitor.analysis.bias.drift import has_drifted
from airflow_model_monitor.service.alarm_threshold import (
    DATA_CHECKS,
    AlarmThreshold,
    bias_thresholds,
    data_quality_thresholds,
    model_quality_thresholds,
)
from tests.golden_folder import golden_folder

CONFIG = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.2,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.3,
        "categorical_drift_method": "LInfinity",
    },
}
FEATURES: list[dict[str, Any]] = [
    {"name": "age", "inferred_type": "Integral", "completeness": 0.99},
    {"name": "plan", "inferred_type": "String", "completeness": 0.0},
    {
        "name": "fee",
        "inferred_type": "Fractional",
        "completeness": 1.0,
        "monitoring_config_overrides": {"distribution_constraints": {"comparison_threshold": 0.05}},
    },
    {
        "name": "quiet",
        "inferred_type": "Fractional",
        "completeness": 1.0,
        "monitoring_config_overrides": {"emit_metrics": "Disabled"},
    },
]


def constraints(**changed: Any) -> str:
    config = {**CONFIG, "distribution_constraints": {**CONFIG["distribution_constraints"], **changed}}  # type: ignore[dict-item]
    return json.dumps({"version": 0.0, "features": FEATURES, "monitoring_config": config})


def in_short(found: tuple[AlarmThreshold, ...]) -> dict[str, tuple[float, str]]:
    return {one.metric: (one.threshold, one.comparison) for one in found}


def test_drift_of_each_feature_by_its_own_threshold() -> None:
    assert in_short(data_quality_thresholds(constraints(), "constraints.json")) == {
        "feature_baseline_drift_age": (0.2, "GreaterThanThreshold"),
        "feature_baseline_drift_plan": (0.3, "GreaterThanThreshold"),
        "feature_baseline_drift_fee": (0.05, "GreaterThanThreshold"),
    }


def test_a_p_value_is_bad_when_it_is_small() -> None:
    found = in_short(
        data_quality_thresholds(constraints(categorical_drift_method="ChiSquared"), "c", features=["plan"])
    )

    assert found == {"feature_baseline_drift_plan": (0.3, "LessThanThreshold")}


def test_completeness_where_it_can_be_undercut() -> None:
    found = in_short(data_quality_thresholds(constraints(), "c", checks=DATA_CHECKS[1:]))

    assert found == {
        "feature_non_null_age": (0.99, "LessThanThreshold"),
        "feature_non_null_fee": (1.0, "LessThanThreshold"),
    }


def test_an_unknown_feature_is_named() -> None:
    with pytest.raises(ValueError, match="'agee' is no feature of c, which has age, fee, plan, quiet"):
        data_quality_thresholds(constraints(), "c", features=["agee"])


def test_model_quality_of_a_real_baseline() -> None:
    path = next(iter(sorted(golden_folder().glob("model-quality/*/baseline_constraints.json"))))
    document = json.loads(path.read_text())
    (block,) = (value for key, value in document.items() if key.endswith("_constraints"))

    found = in_short(model_quality_thresholds(path.read_bytes(), str(path)))

    assert found == {name: (one["threshold"], one["comparison_operator"]) for name, one in block.items()}


@pytest.mark.parametrize("baseline", [0.3, -0.3, 0.0])
@pytest.mark.parametrize("name", ["DPL", "DI", "KL"])
@pytest.mark.parametrize("live", [-1.5, -0.31, -0.29, 0.0, 0.29, 0.31, 0.5, 1.5, 1.9])
def test_bias_rings_where_the_monitor_says_drift(name: str, baseline: float, live: float) -> None:
    if name == "KL":
        baseline, live = abs(baseline), abs(live)
    metric = {"name": name, "description": name, "value": baseline}
    group = {"value_or_threshold": "1", "metrics": [metric]}
    report = {
        "version": "1.0",
        "post_training_bias_metrics": {"label": "y", "facets": {"sex": [group]}, "label_value_or_threshold": "1"},
    }

    found = bias_thresholds(json.dumps(report), "analysis.json")

    rings = any(
        live > one.threshold if one.comparison == "GreaterThanThreshold" else live < one.threshold for one in found
    )
    assert rings == has_drifted(name, live, baseline, "corrected")
    assert found[0].dimensions == {
        "BiasStage": "Post-Training",
        "Label": "y",
        "LabelValue": "1",
        "Facet": "sex",
        "FacetValue": "1",
    }
