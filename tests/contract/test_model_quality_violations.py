from __future__ import annotations

import re

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.model_quality_violations import (
    MetricViolation,
    ModelQualityViolations,
    camel_case,
)
from airflow_model_monitor.contract.violations import ConstraintViolations

VIOLATIONS = ModelQualityViolations(
    (
        MetricViolation("LessThanThreshold", "Metric auc with 0.5 was LessThanThreshold '0.9'", "auc"),
        MetricViolation("GreaterThanThreshold", "Metric mae with 2.0 was GreaterThanThreshold '1.0'", "mae"),
    )
)
TEXT = """{
  "violations" : [ {
    "constraint_check_type" : "LessThanThreshold",
    "description" : "Metric auc with 0.5 was LessThanThreshold '0.9'",
    "metric_name" : "auc"
  }, {
    "constraint_check_type" : "GreaterThanThreshold",
    "description" : "Metric mae with 2.0 was GreaterThanThreshold '1.0'",
    "metric_name" : "mae"
  } ]
}"""


def test_layout() -> None:
    assert VIOLATIONS.to_json() == TEXT
    assert ModelQualityViolations.from_json(TEXT) == VIOLATIONS


def test_counts_by_check() -> None:
    assert (len(VIOLATIONS), VIOLATIONS.counts()) == (2, {"LessThanThreshold": 1, "GreaterThanThreshold": 1})


def test_no_violations_take_24_bytes() -> None:
    text = ModelQualityViolations(()).to_json()

    assert len(text.encode()) == 24
    assert ModelQualityViolations.from_json(text) == ModelQualityViolations(())


def test_names_in_camel_case() -> None:
    names = ("auc", "true_positive_rate", "f0_5", "weighted_f0_5", "f1")
    assert [camel_case(name) for name in names] == ["auc", "truePositiveRate", "f05", "weightedF05", "f1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace('"description"', '"text"'), "$.violations[0].description: is missing"),
        (TEXT.replace('"auc"', "1"), "$.violations[0].metric_name: expected a text, got 1"),
        (TEXT.replace('"metric_name"', '"feature_name"'), "looks like a data quality constraint_violations.json"),
        (TEXT.replace('"metric_name"', '"facet" : "", "metric_name"'), "looks like a bias or explainability"),
        ('{"violations": {}}', "looks like no file of this contract"),
    ],
)
def test_nonsense_names_its_path(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)):
        ModelQualityViolations.from_json(text)


def test_data_quality_refuses_it_by_name() -> None:
    with pytest.raises(ContractError, match=r"looks like a model quality constraint_violations\.json"):
        ConstraintViolations.from_json(TEXT)
