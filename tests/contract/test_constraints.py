from __future__ import annotations

import json
import re
from typing import Any

import pytest

from airflow_model_monitor.contract.constraints import (
    DEFAULT_MONITORING_CONFIG,
    Constraints,
    DistributionConstraints,
    FeatureConstraints,
    MonitoringConfig,
    NumConstraints,
    StringConstraints,
)
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.generation import Generation

CONSTRAINTS = Constraints(
    (
        FeatureConstraints("age", "Integral", 1.0, NumConstraints(True)),
        FeatureConstraints("town", "String", 0.5, string_constraints=StringConstraints(("NullValue", "Ulm"))),
        FeatureConstraints("comment", "String", 1.0),
    )
)
NEWEST = """{
  "version" : 0.0,
  "features" : [ {
    "name" : "age",
    "inferred_type" : "Integral",
    "completeness" : 1.0,
    "num_constraints" : {
      "is_non_negative" : true
    }
  }, {
    "name" : "town",
    "inferred_type" : "String",
    "completeness" : 0.5,
    "string_constraints" : {
      "domains" : [ "NullValue", "Ulm" ]
    }
  }, {
    "name" : "comment",
    "inferred_type" : "String",
    "completeness" : 1.0
  } ],
  "monitoring_config" : {
    "evaluate_constraints" : "Enabled",
    "emit_metrics" : "Enabled",
    "datatype_check_threshold" : 1.0,
    "domain_content_threshold" : 1.0,
    "distribution_constraints" : {
      "perform_comparison" : "Enabled",
      "comparison_threshold" : 0.1,
      "comparison_method" : "Robust",
      "categorical_comparison_threshold" : 0.1,
      "categorical_drift_method" : "LInfinity"
    }
  }
}"""
BARE = {"features": [{"name": "age", "inferred_type": "Integral"}]}


def bare(**feature: Any) -> str:
    return json.dumps({"features": [{**BARE["features"][0], **feature}]})


def configured(**settings: Any) -> MonitoringConfig:
    return Constraints.from_json(json.dumps({**BARE, "monitoring_config": settings})).monitoring_config


def test_newest_layout() -> None:
    assert CONSTRAINTS.to_json() == NEWEST == CONSTRAINTS.to_json(Generation.G2023)
    assert Constraints.from_json(NEWEST) == CONSTRAINTS


def test_oldest_generation_lacks_the_categorical_pair() -> None:
    text = CONSTRAINTS.to_json(Generation.G2020)
    assert text.endswith('"comparison_method" : "Robust"\n    }\n  }\n}')
    assert Constraints.from_json(text).to_json() == text


def test_a_file_with_nothing_but_names_takes_the_defaults() -> None:
    expected = Constraints((FeatureConstraints("age", "Integral"),), DEFAULT_MONITORING_CONFIG)
    assert Constraints.from_json(json.dumps(BARE)) == expected


def test_categorical_settings_fall_back_to_the_numeric_threshold() -> None:
    distribution = configured(distribution_constraints={"comparison_threshold": 1}).distribution_constraints
    assert (distribution.categorical_threshold, distribution.categorical_method) == (1.0, "LInfinity")


def test_settings_of_hand_edited_files() -> None:
    result = configured(
        evaluate_constraints="disabled",
        emit_metrics=False,
        datatype_check_threshold=0,
        distribution_constraints={"comparion_method": "Simple"},  # as AWS's older documentation spells it
    )
    distribution = DistributionConstraints(True, 0.1, "Simple", None, None)
    assert result == MonitoringConfig(False, False, 0.0, 1.0, distribution)


@pytest.mark.parametrize("spelling", ["monitoringConfigOverrides", "monitoring_config_overrides"])
def test_overrides_in_both_spellings(spelling: str) -> None:
    override = {"distribution_constraints": {"comparison_threshold": 0.3}, "evaluate_constraints": "Disabled"}
    constraints = Constraints.from_json(bare(**{spelling: override}))
    result = constraints.config_for("age")
    assert not result.evaluate_constraints
    assert result.distribution_constraints == DistributionConstraints(comparison_threshold=0.3)
    assert constraints.config_for("unknown") is constraints.monitoring_config
    assert f'"{spelling}" : {{' in constraints.to_json()
    assert Constraints.from_json(constraints.to_json()) == constraints


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (bare(completeness=1.5), "$.features[0].completeness: expected a number between 0 and 1, got 1.5"),
        (bare(completeness=float("nan")), "$.features[0].completeness: expected a number between 0 and 1, got nan"),
        (bare(num_constraints=[]), "$.features[0].num_constraints: expected an object, got an array"),
        (bare(num_constraints={"is_non_negative": "yes"}), "is_non_negative: expected true or false, got 'yes'"),
        (bare(string_constraints={"domains": ["a", 1]}), "string_constraints.domains[1]: expected a text, got 1"),
        (bare(monitoringConfigOverrides={"datatype_check_threshold": "x"}), "Overrides.datatype_check_threshold: "),
        (bare(monitoringConfigOverrides={}, monitoring_config_overrides={}), "Keep one of the two."),
        (bare(inferred_type="Boolian"), "$.features[0].inferred_type: expected 'Integral' or 'Fractional'"),
        (json.dumps({"features": BARE["features"] * 2}), "the feature 'age' already stands at $.features[0]"),
        (json.dumps({"features": [{"inferred_type": "String"}]}), "$.features[0].name: is missing"),
        (json.dumps({"features": {}}), "this looks like no file of this contract"),
        ("[]", "expected a data quality constraints.json (an object), got an array"),
        (json.dumps({**BARE, "monitoring_config": {"emit_metrics": "maybe"}}), "$.monitoring_config.emit_metrics: "),
        (
            json.dumps({**BARE, "monitoring_config": {"distribution_constraints": {"comparison_method": "L2"}}}),
            "comparison_method: expected 'Simple' or 'Robust', got 'L2'",
        ),
    ],
)
def test_nonsense_names_its_path(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)):
        Constraints.from_json(text)
