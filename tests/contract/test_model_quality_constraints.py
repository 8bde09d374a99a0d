from __future__ import annotations

import json
import re
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.model_quality_constraints import (
    COMPARISON_OPERATORS,
    CONSTRAINED_METRICS,
    MetricConstraint,
    ModelQualityConstraints,
)
from airflow_model_monitor.contract.problem_type import PROBLEM_TYPES

REGRESSION = ModelQualityConstraints(
    "Regression",
    {"mae": MetricConstraint(0.5, "GreaterThanThreshold"), "r2": MetricConstraint(5.09e-4, "LessThanThreshold")},
)
TEXT = """{
  "version" : 0.0,
  "regression_constraints" : {
    "mae" : {
      "threshold" : 0.5,
      "comparison_operator" : "GreaterThanThreshold"
    },
    "r2" : {
      "threshold" : 5.09E-4,
      "comparison_operator" : "LessThanThreshold"
    }
  }
}"""
GOOD = {"threshold": 1, "comparison_operator": "LessThanThreshold"}


def auc(**changes: object) -> str:
    return json.dumps({"binary_classification_constraints": {"auc": {**GOOD, **changes}}})


@st.composite
def constraints(draw: st.DrawFn) -> ModelQualityConstraints:
    problem_type = draw(st.sampled_from(PROBLEM_TYPES))
    constraint = st.builds(MetricConstraint, st.floats(allow_nan=False), st.sampled_from(COMPARISON_OPERATORS))
    names = st.sampled_from(list(CONSTRAINED_METRICS[problem_type]))
    return ModelQualityConstraints(problem_type, draw(st.dictionaries(names, constraint)))


def test_layout() -> None:
    assert REGRESSION.to_json() == TEXT
    assert ModelQualityConstraints.from_json(TEXT) == REGRESSION


@given(constraints())
def test_what_is_written_reads_back(written: ModelQualityConstraints) -> None:
    read = ModelQualityConstraints.from_json(written.to_json().encode())

    assert read == written
    assert read.to_json() == written.to_json()


def test_a_hand_edited_file() -> None:
    text = auc(comparison_operator="GreaterThanThreshold", note="suspiciously good").replace("{", '{"version": 1, ', 1)

    read = ModelQualityConstraints.from_json(text)

    assert read.constraints == {"auc": MetricConstraint(1.0, "GreaterThanThreshold")}
    assert read.version == 1.0


def test_a_threshold_that_is_not_a_number_as_the_original_writes_it() -> None:
    read = ModelQualityConstraints.from_json(auc(threshold="NaN"))

    assert isnan(read.constraints["auc"].threshold)
    assert '"threshold" : "NaN"' in read.to_json()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (auc(threshold="0.9"), "$.binary_classification_constraints.auc.threshold: expected a number, got '0.9'"),
        (auc(threshold=True), "auc.threshold: expected a number, got true"),
        (auc(threshold=None), "auc.threshold: is missing"),
        (auc(comparison_operator="LessThan"), "expected 'LessThanThreshold' or 'GreaterThanThreshold', got 'LessThan'"),
        (auc(comparison_operator=None), "auc.comparison_operator: is missing"),
        (auc().replace('"auc"', '"acu"'), "constraints.acu: BinaryClassification has no constraint of this name"),
        (auc().replace('"auc"', '"acu"'), "Did you mean 'auc'?"),
        (auc().replace('"auc"', '"weighted_recall"'), "has no constraint of this name"),
        ('{"regression_constraints": {"mae": 0.5}}', "$.regression_constraints.mae: expected an object, got 0.5"),
        ('{"regression_constraints": {}, "multiclass_classification_constraints": {}}', "Keep the one of your model"),
        ('{"regression_metrics": {}}', "looks like a model quality statistics.json, not a model quality constraints"),
        ('{"features": []}', "looks like a data quality constraints.json, not a model quality constraints.json"),
        ("[]", "expected a model quality constraints.json (an object), got an array"),
    ],
)
def test_nonsense_names_its_path(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)):
        ModelQualityConstraints.from_json(text, "constraints.json")


def test_a_constraint_of_another_problem() -> None:
    with pytest.raises(ValueError, match="Regression has no constraint 'auc'"):
        ModelQualityConstraints("Regression", {"auc": MetricConstraint(1.0, "LessThanThreshold")})
