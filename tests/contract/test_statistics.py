from __future__ import annotations

import json
import re
from typing import Any

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.statistics import (
    Bucket,
    CategoricalBucket,
    Common,
    FeatureStatistics,
    KllDistribution,
    KllSketchData,
    NumericalStatistics,
    Statistics,
    StringStatistics,
)

AGE = NumericalStatistics(
    common=Common(2, 1),
    mean=1.5,
    sum=3.0,
    std_dev=0.5,
    min=1.0,
    max=2.0,
    approximate_num_distinct_values=2,
    completeness=0.6666666666666666,
    distribution=KllDistribution((Bucket(1.0, 1.1, 1.0),), KllSketchData(0.64, 2048.0, ((1.0, 2.0),))),
)
TOWN = StringStatistics(Common(2, 1), 1.0, 0.6666666666666666, (CategoricalBucket("NullValue", 1),))
STATISTICS = Statistics(
    3, (FeatureStatistics("age", "Integral", AGE), FeatureStatistics("town", "String", string_statistics=TOWN))
)
NEWEST = """{
  "version" : 0.0,
  "dataset" : {
    "item_count" : 3
  },
  "features" : [ {
    "name" : "age",
    "inferred_type" : "Integral",
    "numerical_statistics" : {
      "common" : {
        "num_present" : 2,
        "num_missing" : 1
      },
      "mean" : 1.5,
      "sum" : 3.0,
      "std_dev" : 0.5,
      "min" : 1.0,
      "max" : 2.0,
      "approximate_num_distinct_values" : 2,
      "completeness" : 0.6666666666666666,
      "distribution" : {
        "kll" : {
          "buckets" : [ {
            "lower_bound" : 1.0,
            "upper_bound" : 1.1,
            "count" : 1.0
          } ],
          "sketch" : {
            "parameters" : {
              "c" : 0.64,
              "k" : 2048.0
            },
            "data" : [ [ 1.0, 2.0 ] ]
          }
        }
      }
    }
  }, {
    "name" : "town",
    "inferred_type" : "String",
    "string_statistics" : {
      "common" : {
        "num_present" : 2,
        "num_missing" : 1
      },
      "distinct_count" : 1.0,
      "completeness" : 0.6666666666666666,
      "distribution" : {
        "categorical" : {
          "buckets" : [ {
            "value" : "NullValue",
            "count" : 1
          } ]
        }
      }
    }
  } ]
}"""


def with_age(**changes: Any) -> str:
    document = json.loads(NEWEST)
    document["features"][0]["numerical_statistics"] |= changes
    return json.dumps(document)


def test_newest_layout() -> None:
    assert STATISTICS.to_json() == NEWEST
    assert Statistics.from_json(NEWEST) == STATISTICS


def test_older_generations_lack_what_came_later() -> None:
    lines = [line for line in NEWEST.splitlines() if "approximate_num" not in line and "completeness" not in line]
    assert STATISTICS.to_json(Generation.G2020) == "\n".join(lines) == STATISTICS.to_json(Generation.G2023)


def test_integers_where_the_original_writes_doubles_are_read() -> None:
    sketch = {"parameters": {"c": 0.64, "k": 2048}, "data": [[1, 2]]}
    text = with_age(sum=3, min=1, max=2, distribution={"kll": {"buckets": [], "sketch": sketch}})
    numbers = Statistics.from_json(text).features[0].numerical_statistics
    assert numbers is not None
    assert (numbers.sum, numbers.distribution) == (3.0, KllDistribution((), KllSketchData(0.64, 2048.0, ((1.0, 2.0),))))


def test_missing_parts_are_none() -> None:
    text = with_age(mean=None, completeness=None, distribution=None, approximate_num_distinct_values=None)
    numbers = Statistics.from_json(text).features[0].numerical_statistics
    assert numbers == NumericalStatistics(Common(2, 1), None, 3.0, 0.5, 1.0, 2.0)


def test_notes_of_other_tools_are_ignored() -> None:
    assert Statistics.from_json(with_age(_note="from a notebook")) == STATISTICS


def test_feature_by_name() -> None:
    assert STATISTICS.feature("town") == STATISTICS.features[1]
    assert STATISTICS.feature("Town") is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mean": "high"}, "$.features[0].numerical_statistics.mean: expected a number, got 'high'"),
        ({"completeness": 100.0}, "numerical_statistics.completeness: expected a number between 0 and 1, got 100.0"),
        ({"common": {"num_present": -1, "num_missing": 0}}, "common.num_present: expected a number of at least 0"),
        ({"common": {"num_present": 2}}, "common.num_missing: is missing"),
        ({"distribution": {"kll": {"sketch": {}}}}, "kll.sketch.parameters: is missing"),
        (
            {"distribution": {"kll": {"sketch": {"parameters": {"c": 0.64, "k": 2048}, "data": [["a"]]}}}},
            "kll.sketch.data[0][0]: expected a number, got 'a'",
        ),
    ],
)
def test_nonsense_names_its_path(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)):
        Statistics.from_json(with_age(**changes))


def test_feature_named_twice_is_refused() -> None:
    text = NEWEST.replace('"town"', '"age"')
    with pytest.raises(ContractError, match=re.escape("$.features[1].name: the feature 'age' already stands at")):
        Statistics.from_json(text)


def test_unknown_type_is_refused() -> None:
    with pytest.raises(ContractError, match=re.escape("$.features[1].inferred_type: expected 'Integral'")):
        Statistics.from_json(NEWEST.replace('"String"', '"Text"'))
