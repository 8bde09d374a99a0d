from __future__ import annotations

import re
from datetime import UTC, datetime
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.analysis.model_quality import analyze
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.model_quality_constraints import MetricConstraint, ModelQualityConstraints
from airflow_model_monitor.contract.model_quality_statistics import METRIC_NAMES

LABELS = [0, 0, 1, 1, 1]
PROBABILITIES = [0.1, 0.6, 0.5, 0.7, 0.9]
CONTEXT = MetricContext("flights", "hourly", datetime(2013, 6, 24, tzinfo=UTC))
LESS = "LessThanThreshold"


def binary(labels, predictions=None, probabilities=None, **settings):
    settings = {"problem_type": "BinaryClassification", "seed": "window", **settings}
    return analyze(labels, predictions, probabilities, **settings)


def values(result):
    return dict(result.statistics.scalars())


def many(rows, seed=0):
    """Rows of a binary problem with probabilities, and a model that knows something."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, rows)
    return labels, np.clip(random.normal(0.3 + 0.4 * labels, 0.25), 0.0, 1.0)


def test_a_row_is_positive_above_the_threshold():
    result = binary(LABELS, None, PROBABILITIES)

    assert result.statistics.confusion_matrix == {"0": {"0": 1, "1": 1}, "1": {"0": 1, "1": 2}}
    assert binary(LABELS, None, PROBABILITIES, probability_threshold=0.49).statistics.confusion_matrix["1"]["1"] == 3
    assert (result.rows, result.statistics.item_count, result.violations) == (5, 5, None)


def test_predictions_outrank_probabilities():
    result = binary(LABELS, LABELS, PROBABILITIES, probability_threshold=0.5)

    assert values(result)["accuracy"] == 1.0
    assert values(result)["auc"] == values(binary(LABELS, None, PROBABILITIES))["auc"] < 1.0


def test_without_probabilities_there_are_no_curves():
    result = binary(LABELS, LABELS)

    assert result.statistics.roc_curve is result.statistics.precision_recall_curve is None
    assert set(METRIC_NAMES["BinaryClassification"]) - values(result).keys() == {"auc", "au_prc"}
    assert "auc" not in result.constraints.constraints


@pytest.mark.parametrize("labels", [["yes", "no"], ["yes", " no "], ['"yes"', "no"]])
def test_a_positive_label_of_any_name(labels):
    assert values(binary(labels, ["yes", "no"], positive_label="yes"))["recall"] == 1.0


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_only(label):
    result = binary([label] * 3, [label] * 3, [0.2, 0.5, 0.9])

    assert result.statistics.confusion_matrix[str(label)][str(label)] == 3
    assert values(result)["auc"] == float(label)
    assert values(result)["accuracy"] == values(result)["accuracy_best_constant_classifier"] == 1.0


def test_multiclass_keeps_the_names():
    result = analyze(["b", "a", "b"], ["b", "b", "c"], problem_type="MulticlassClassification", seed="")

    assert result.statistics.confusion_matrix == {
        "a": {"a": 0, "b": 1, "c": 0},
        "b": {"a": 0, "b": 1, "c": 1},
        "c": {"a": 0, "b": 0, "c": 0},
    }
    assert tuple(result.statistics.metrics) == METRIC_NAMES["MulticlassClassification"]


def test_regression_of_texts():
    result = analyze(["1.5", " 2\n", '"4"'], [1.5, 2, 2], problem_type="Regression", seed="")

    assert values(result)["mae"] == 2 / 3
    assert (result.statistics.confusion_matrix, result.arithmetic) == (None, "sequential")
    assert analyze([1, 2], [1, 2], problem_type="Regression", seed="", exact_rows=1).arithmetic == "chunked"


def test_deviations_begin_at_two_hundred_rows():
    labels, probabilities = many(200)

    assert all(
        isnan(m.standard_deviation) for m in binary(labels[1:], None, probabilities[1:]).statistics.metrics.values()
    )
    deviations = {n: m.standard_deviation for n, m in binary(labels, None, probabilities).statistics.metrics.items()}
    assert 0.0 < deviations["auc"] < 0.1
    assert deviations["recall"] == pytest.approx(deviations["false_negative_rate"])


@given(st.integers(200, 300), st.sampled_from(("binary", "scored", "multiclass")), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_leaves_no_trace(rows, kind, random):
    labels, probabilities = many(rows)
    order = np.array(random.sample(range(rows), rows))

    def text(labels, probabilities):
        predictions = None if kind == "scored" else (probabilities > 0.4).astype(int)
        problem_type = "MulticlassClassification" if kind == "multiclass" else "BinaryClassification"
        scores = probabilities if kind == "scored" else None
        return analyze(labels, predictions, scores, problem_type=problem_type, seed="").statistics.to_json()

    assert text(labels, probabilities) == text(labels[order], probabilities[order])


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0.0, 1.0)), min_size=1, max_size=80))
def test_counts_and_curves_of_any_rows(rows):
    labels, probabilities = (np.array(column) for column in zip(*rows, strict=True))
    statistics = binary(labels, None, probabilities).statistics
    curves = (*vars_of(statistics.roc_curve), *vars_of(statistics.precision_recall_curve))

    assert sum(sum(row.values()) for row in statistics.confusion_matrix.values()) == len(rows)
    assert all(list(points) == sorted(points) for points in (curves[0], curves[1], curves[3]))
    assert all(0.0 <= value <= 1.0 for points in curves for value in points)
    assert all(-1e-12 <= value <= 1.0 + 1e-12 for value in statistics.scalars().values())


def vars_of(curve):
    return [getattr(curve, name) for name in curve.__slots__]


def test_a_repeat_is_identical_and_another_window_is_not():
    labels, probabilities = many(500)
    one, again, other = (binary(labels, None, probabilities, seed=seed).statistics for seed in ("a", "a", "b"))

    assert one.to_json() == again.to_json() != other.to_json()
    assert one.scalars() == other.scalars()


def test_corrected_evaluates_f0_5_and_tells_what_the_original_says():
    labels, probabilities = many(300)
    baseline = binary(labels, labels).constraints
    settings = {"baseline_constraints": baseline, "emit": CONTEXT}

    original = binary(labels, None, probabilities, **settings)
    corrected = binary(labels, None, probabilities, **settings, compatibility="corrected")

    assert {v.metric_name for v in corrected.violations.violations} - {
        v.metric_name for v in original.violations.violations
    } == {"f05"}
    assert corrected.original == original.violations
    assert original.original is None
    assert original.not_evaluated == corrected.not_evaluated == ("f0_5",)
    assert original.metrics[-1].value == len(original.violations) == len(corrected.violations) - 1


def test_a_constraint_whose_metric_is_missing_is_told():
    baseline = ModelQualityConstraints("BinaryClassification", {"auc": MetricConstraint(0.9, LESS)})

    result = binary(LABELS, LABELS, baseline_constraints=baseline, compatibility="corrected")

    assert result.without_metric == ("auc",)
    assert len(result.violations) == 0


def test_metric_records_are_the_scalars():
    result = binary(LABELS, None, PROBABILITIES, emit=CONTEXT)
    early = binary(LABELS, None, PROBABILITIES, emit=CONTEXT, generation=Generation.G2020)

    assert {record.metric_name: record.value for record in result.metrics} == values(result)
    assert "au_prc" not in {record.metric_name for record in early.metrics}
    assert binary(LABELS, LABELS).metrics == ()


MULTICLASS = {"problem_type": "MulticlassClassification"}
REGRESSION = {"problem_type": "Regression"}


@pytest.mark.parametrize(
    ("columns", "settings", "message"),
    [
        (([], [], None), {}, "Job inputs had no data"),
        (([], [], None), MULTICLASS, "Job inputs had no data"),
        (([], [], None), REGRESSION, "Job inputs had no data"),
        (([0, 1], None, None), {}, "field prediction: the model's answer is missing: there are no predictions"),
        (([0, 1], None, [0.1, 0.2]), MULTICLASS, "Set inference_attribute: probabilities alone do not name a class."),
        (([0, 1], None, None), REGRESSION, "field prediction: the model's answer is missing"),
        (([0, 1], [0], None), {}, "field prediction: there are 2 labels, but 1 of these"),
        (([0, 1], [0, 1], [0.5]), {}, "field probability: there are 2 labels, but 1 of these"),
        (([[0, 1]], [0], None), {}, "field label: expected one axis, got 2"),
        (([0, 1, 2], [0, 1, 1], None), {}, "field label: row 3: '2' is neither 0 nor 1"),
        (([0, 1, np.nan], [0, 1, 1], None), {}, "field label: row 3: is missing"),
        (([0, 1], [0, None], None), MULTICLASS, "field prediction: row 2: is missing"),
        (([0, 1], None, [0.5, 1.5]), {}, "field probability: row 2: 1.5 is not between 0 and 1"),
        (([0, 1], None, [-1e-9, 1]), {}, "field probability: row 1: -1e-09 is not between 0 and 1"),
        (([0, 1], None, [0.5, np.nan]), {}, "field probability: row 2: nan is not a finite number"),
        (([0, 1], None, ["0.5", "high"]), {}, "field probability: row 2: 'high' is not a number"),
        (([0, 1], None, [0.5, None]), {}, "field probability: row 2: is missing. Give every row a probability"),
        (([1, "x"], [1, 2], None), REGRESSION, "field label: row 2: 'x' is not a number"),
        (([1, True], [1, 2], None), REGRESSION, "field label: row 2: True is not a number"),
        (([1, np.inf], [1, 2], None), REGRESSION, "field label: row 2: inf is not a finite number"),
        (([1, 2], [1, "1_0"], None), REGRESSION, "field prediction: row 2: '1_0' is not a number"),
        ((range(1001), range(1001), None), MULTICLASS, "1,001 classes are more than 1,000. Numbers on a scale are a"),
        (([0, 1], None, [0.1, 0.2]), {"probability_threshold": 50.0}, "probability_threshold_attribute: 50.0 is not"),
    ],
)
def test_what_cannot_be_measured_says_why(columns, settings, message):
    labels, predictions, probabilities = (c if c is None else _column(c) for c in columns)
    with pytest.raises(ContractError, match=re.escape(message)):
        binary(labels, predictions, probabilities, **settings)


def test_a_baseline_of_another_problem():
    baseline = ModelQualityConstraints("Regression", {})
    with pytest.raises(ContractError, match="the baseline is for Regression, not BinaryClassification"):
        binary(LABELS, LABELS, baseline_constraints=baseline)


def _column(values):
    values = list(values)
    return np.array(values, object) if any(isinstance(v, (str, bool, type(None))) for v in values) else np.array(values)
