from __future__ import annotations

import re
from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.model_quality_statistics import (
    METRIC_NAMES,
    Metric,
    ModelQualityStatistics,
    PrecisionRecallCurve,
    RocCurve,
)
from airflow_model_monitor.contract.problem_type import PROBLEM_TYPES

BINARY = ModelQualityStatistics(
    "BinaryClassification",
    4,
    {"f2": Metric(0.714), "recall": Metric(5.09e-4), "auc": Metric(1.0, 0.0), "au_prc": Metric(1.0, 0.25)},
    {"0": {"0": 1, "1": 2}, "1": {"0": 0, "1": 1}},
    RocCurve((0.0, 1.0, 1.0), (0.0, 0.5, 1.0)),
    PrecisionRecallCurve((1.0, 0.5), (0.0, 1.0)),
)
NEWEST = """{
  "version" : 0.0,
  "dataset" : {
    "item_count" : 4
  },
  "binary_classification_metrics" : {
    "confusion_matrix" : {
      "0" : {
        "0" : 1,
        "1" : 2
      },
      "1" : {
        "0" : 0,
        "1" : 1
      }
    },
    "recall" : {
      "value" : 5.09E-4,
      "standard_deviation" : "NaN"
    },
    "receiver_operating_characteristic_curve" : {
      "false_positive_rates" : [ 0.0, 1.0, 1.0 ],
      "true_positive_rates" : [ 0.0, 0.5, 1.0 ]
    },
    "precision_recall_curve" : {
      "precisions" : [ 1.0, 0.5 ],
      "recalls" : [ 0.0, 1.0 ]
    },
    "auc" : {
      "value" : 1.0,
      "standard_deviation" : 0.0
    },
    "au_prc" : {
      "value" : 1.0,
      "standard_deviation" : 0.25
    },
    "f2" : {
      "value" : 0.714,
      "standard_deviation" : "NaN"
    }
  }
}"""
numbers = st.floats(allow_nan=False)


@st.composite
def statistics(draw: st.DrawFn) -> ModelQualityStatistics:
    problem_type = draw(st.sampled_from(PROBLEM_TYPES))
    metrics = st.dictionaries(
        st.sampled_from(METRIC_NAMES[problem_type]), st.builds(Metric, numbers, st.just(nan) | st.floats(0.0, 1e9))
    )
    matrix = st.dictionaries(st.text(max_size=3), st.dictionaries(st.text(max_size=3), st.integers(0, 2**62)))
    return ModelQualityStatistics(
        problem_type,
        draw(st.none() | st.integers(0, 2**62)),
        draw(metrics),
        None if problem_type == "Regression" else draw(st.none() | matrix),
    )


def test_layout() -> None:
    assert BINARY.to_json() == NEWEST
    assert ModelQualityStatistics.from_json(NEWEST).to_json() == NEWEST


def test_the_oldest_generation_lacks_the_area_under_precision_and_recall() -> None:
    text = BINARY.to_json(Generation.G2020)

    assert "au_prc" not in text
    assert list(BINARY.scalars(Generation.G2020)) == ["recall", "auc", "f2"]
    assert list(BINARY.scalars(Generation.G2023)) == ["recall", "auc", "au_prc", "f2"]


@given(statistics())
def test_what_is_written_reads_back(written: ModelQualityStatistics) -> None:
    read = ModelQualityStatistics.from_json(written.to_json().encode())

    assert read.to_json() == written.to_json()
    assert (read.problem_type, read.item_count, read.scalars()) == (
        written.problem_type,
        written.item_count,
        written.scalars(),
    )


def test_a_hand_edited_file() -> None:
    text = """{"regression_metrics": {"note": "by hand", "mae": {"value": 1}, "r2": {"value": "-Infinity",
        "standard_deviation": null}, "rmse": null}}"""

    read = ModelQualityStatistics.from_json(text)

    assert read.item_count is None
    assert read.scalars() == {"mae": 1.0, "r2": -inf}
    assert isnan(read.metrics["mae"].standard_deviation)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"regression_metrics": {"mae": 1}}', "$.regression_metrics.mae: expected an object, got 1"),
        ('{"regression_metrics": {"mae": {"value": "a"}}}', "mae.value: expected a number, got 'a'"),
        ('{"regression_metrics": {"mae": {"standard_deviation": 1}}}', "mae.value: is missing"),
        ('{"regression_metrics": {"mae": {"value": 1, "standard_deviation": -1}}}', "expected a number of at least 0"),
        ('{"regression_metrics": []}', "$.regression_metrics: expected an object, got an array"),
        ('{"regression_metrics": {}, "binary_classification_metrics": {}}', "Keep the one of your model."),
        ('{"regression_metrix": {}}', "none of binary_classification_metrics, "),
        ('{"dataset": {"item_count": -1}, "regression_metrics": {}}', "$.dataset.item_count: expected a number of"),
        (NEWEST.replace('"1" : 2', '"1" : 2.5'), '.confusion_matrix["0"]["1"]: expected a whole number, got 2.5'),
        (NEWEST.replace("[ 0.0, 1.0, 1.0 ]", "[ 0.0 ]"), "false_positive_rates has 1 points, true_positive_rates has"),
        (NEWEST.replace("[ 1.0, 0.5 ]", '[ 1.0, "x" ]'), "precision_recall_curve.precisions[1]: expected a number"),
        ('{"regression_constraints": {}}', "looks like a model quality constraints.json"),
        ('{"features": [], "dataset": {}}', "looks like a data quality statistics.json, not a model quality"),
        ("{}", "looks like no file of this contract"),
    ],
)
def test_nonsense_names_its_path(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)):
        ModelQualityStatistics.from_json(text)


def test_a_metric_of_another_problem() -> None:
    with pytest.raises(ValueError, match="Regression has no metric 'recall'"):
        ModelQualityStatistics("Regression", 1, {"recall": Metric(1.0)})
