from __future__ import annotations

import re

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.violations import CheckType, ConstraintViolations, Violation

VIOLATIONS = ConstraintViolations(
    (
        Violation("age", CheckType.BASELINE_DRIFT, "Baseline drift distance: 0.2 exceeds threshold: 0.1"),
        Violation("<script>", CheckType.BASELINE_DRIFT, "Baseline drift distance: 0.3 exceeds threshold: 0.1"),
    )
)
TEXT = """{
  "violations" : [ {
    "feature_name" : "age",
    "constraint_check_type" : "baseline_drift_check",
    "description" : "Baseline drift distance: 0.2 exceeds threshold: 0.1"
  }, {
    "feature_name" : "<script>",
    "constraint_check_type" : "baseline_drift_check",
    "description" : "Baseline drift distance: 0.3 exceeds threshold: 0.1"
  } ]
}"""


def test_layout() -> None:
    assert VIOLATIONS.to_json() == TEXT
    assert ConstraintViolations.from_json(TEXT) == VIOLATIONS


def test_counts_by_check() -> None:
    assert (len(VIOLATIONS), VIOLATIONS.counts()) == (2, {"baseline_drift_check": 2})


def test_no_violations() -> None:
    assert ConstraintViolations(()).to_json() == '{\n  "violations" : [ ]\n}'


def test_missing_description_names_its_path() -> None:
    with pytest.raises(ContractError, match=re.escape("$.violations[0].description: is missing")):
        ConstraintViolations.from_json(TEXT.replace('"description"', '"text"'))
