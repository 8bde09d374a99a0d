from __future__ import annotations

import json
from math import inf
from pathlib import Path

import pytest

from airflow_model_monitor.contract.clarify_violations import (
    AttributionViolation,
    BiasViolation,
    ClarifyViolations,
    attribution_drift_description,
    bias_drift_description,
)
from airflow_model_monitor.contract.errors import ContractError
from tests.golden_folder import golden_files

BIAS = """{
    "version": "1.0",
    "violations": [
        {
            "facet": "Sex",
            "facet_value": "0",
            "metric_name": "TE",
            "constraint_check_type": "bias_drift_check",
            "description": "Metric value Infinity doesn't meet the baseline constraint requirement 2.916666666666667"
        }
    ]
}
"""
ATTRIBUTION = """{
    "version": "1.0",
    "violations": [
        {
            "label": "label0",
            "metric_name": "shap",
            "constraint_check_type": "feature_attribution_drift_check",
            "description": "Feature attribution drift 0.7639720923277322 exceeds threshold 0.9"
        }
    ]
}
"""


def test_bias_drift() -> None:
    violation = BiasViolation("Sex", "0", "TE", bias_drift_description(inf, 2.916666666666667))
    assert ClarifyViolations((violation,)).to_json() == BIAS
    assert ClarifyViolations.from_json(BIAS).violations == (violation,)


def test_feature_attribution_drift() -> None:
    violation = AttributionViolation("label0", attribution_drift_description(0.7639720923277322, 0.9))
    assert ClarifyViolations((violation,)).to_json() == ATTRIBUTION
    assert ClarifyViolations.from_json(ATTRIBUTION).violations == (violation,)


@pytest.mark.parametrize(
    "path", golden_files("clarify/*/constraint_violations.json"), ids=lambda path: path.parent.name
)
def test_real_files_say_the_same_when_written_again(path: Path) -> None:
    # Their keys were sorted on the way here, so the bytes cannot be compared.
    violations = ClarifyViolations.from_json(path.read_text())
    assert json.loads(violations.to_json()) == json.loads(path.read_text())
    assert violations.counts() == {"bias_drift_check": len(violations)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"facet": "Sex",', ""), r"\$.violations\[0\]: has neither 'facet' nor 'label'"),
        (('"facet_value": "0",', ""), r"\$.violations\[0\].facet_value: is missing"),
        (('"metric_name": "TE"', '"metric_name": 1'), r"violations\[0\].metric_name: expected a text, got 1"),
        (('"violations"', '"violation"'), r"\$.violations: is missing"),
    ],
)
def test_nonsense_is_refused_by_its_place(change: tuple[str, str], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        ClarifyViolations.from_json(BIAS.replace(*change))
