from __future__ import annotations

import json
from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from airflow_model_monitor.analysis.model_quality.best_constant_classifier import constant_classifier
from airflow_model_monitor.analysis.model_quality.binary import CLASSES, binary_metrics
from airflow_model_monitor.analysis.model_quality.cells import Cells
from airflow_model_monitor.analysis.model_quality.confusion_matrix import ConfusionMatrix
from airflow_model_monitor.analysis.model_quality.multiclass import multiclass_metrics
from airflow_model_monitor.analysis.model_quality.regression import regression_metrics
from tests.golden_folder import golden_folder

pairs = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=50)
classified = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60)
values = st.floats(-1e6, 1e6)
measured = st.lists(st.tuples(values, values), min_size=2, max_size=60)


def columns(rows):
    return tuple(np.array(column) for column in zip(*rows, strict=True))


@given(pairs)
def test_binary_metrics_agree_with_scikit_learn(rows):
    actual, predicted = columns(rows)
    found = binary_metrics(Cells.of(CLASSES, actual, predicted).matrix)

    expected = {
        "recall": sklearn.recall_score(actual, predicted, zero_division=0),
        "precision": sklearn.precision_score(actual, predicted, zero_division=0),
        "accuracy": sklearn.accuracy_score(actual, predicted),
        **{
            name: sklearn.fbeta_score(actual, predicted, beta=beta, zero_division=0)
            for name, beta in {"f0_5": 0.5, "f1": 1, "f2": 2}.items()
        },
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@given(pairs)
def test_rates_add_up(rows):
    found = binary_metrics(Cells.of(CLASSES, *columns(rows)).matrix)

    assert found["true_positive_rate"] == found["recall"]
    assert found["true_positive_rate"] + found["false_negative_rate"] == 1.0
    assert found["true_negative_rate"] + found["false_positive_rate"] == 1.0
    assert found["accuracy_best_constant_classifier"] >= 0.5
    assert all(0.0 <= value <= 1.0 for value in found.values())


def test_complements_are_subtracted():
    # 12 / 28 would be 0.42857142857142855.
    found = binary_metrics(ConfusionMatrix(CLASSES, np.array([[173, 0], [12, 16]])))

    assert found["false_negative_rate"] == 0.4285714285714286


def test_nothing_predicted_positive():
    found = binary_metrics(ConfusionMatrix(CLASSES, np.array([[181, 0], [20, 0]])))

    assert {found[name] for name in ("recall", "precision", "f0_5", "f1", "f2")} == {0.0}
    assert "auc" not in found


@pytest.mark.parametrize(
    ("counts", "expected"), [([[1, 0], [0, 2]], 1.0), ([[2, 0], [0, 1]], 0.0), ([[1, 0], [1, 0]], 0.0)]
)
def test_the_constant_is_the_majority_and_at_a_tie_the_negative_class(counts, expected):
    found = binary_metrics(ConfusionMatrix(CLASSES, np.array(counts)))

    assert found["recall_best_constant_classifier"] == expected


@given(classified)
def test_weighted_metrics_agree_with_scikit_learn(rows):
    actual, predicted = columns(rows)
    found = multiclass_metrics(Cells.of(tuple("012345"), actual, predicted).matrix)

    for name, beta in {"weighted_f0_5": 0.5, "weighted_f1": 1.0, "weighted_f2": 2.0}.items():
        precision, recall, f_score, _ = sklearn.precision_recall_fscore_support(
            actual, predicted, beta=beta, average="weighted", zero_division=0
        )
        assert found[name] == pytest.approx(f_score)
    assert found["weighted_precision"] == pytest.approx(precision)
    assert found["weighted_recall"] == pytest.approx(recall)
    assert found["accuracy"] == sklearn.accuracy_score(actual, predicted) == pytest.approx(found["weighted_recall"])


@given(classified, st.permutations(range(6)))
def test_the_names_of_the_classes_do_not_matter(rows, order):
    renamed = [(order[actual], order[predicted]) for actual, predicted in rows]
    one, other = (multiclass_metrics(Cells.of(tuple("012345"), *columns(these)).matrix) for these in (rows, renamed))

    for name in ("accuracy", "weighted_precision", "weighted_f1", "accuracy_best_constant_classifier"):
        assert one[name] == pytest.approx(other[name])


def test_a_class_nobody_has_weighs_nothing():
    found = multiclass_metrics(ConfusionMatrix(("a", "b"), np.array([[3, 1], [0, 0]])))

    assert found["weighted_recall"] == found["accuracy"] == 0.75
    assert found["weighted_precision"] == 1.0


@given(measured.filter(lambda rows: len({label for label, _ in rows}) > 1), st.booleans())
def test_regression_metrics_agree_with_scikit_learn(rows, sequential):
    labels, predictions = columns(rows)
    found = regression_metrics(labels, predictions, sequential=sequential)

    assert found["mae"] == pytest.approx(sklearn.mean_absolute_error(labels, predictions))
    assert found["mse"] == pytest.approx(sklearn.mean_squared_error(labels, predictions))
    assert found["rmse"] == pytest.approx(sklearn.root_mean_squared_error(labels, predictions))
    if np.ptp(labels) > 1e-3:
        assert found["r2"] == pytest.approx(sklearn.r2_score(labels, predictions), rel=1e-6, abs=1e-6)


def test_blocks_and_rows_one_by_one_agree():
    random = np.random.default_rng(7)
    labels = random.normal(1e3, 1.0, 40_000) * random.integers(0, 2, 40_000)
    predictions = labels + random.normal(0.0, 0.1, 40_000)
    one, other = (regression_metrics(labels, predictions, sequential=kind) for kind in (True, False))

    assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("labels", [[0.1], [0.1, 0.1, 0.1], [0.0, 0.0]])
def test_labels_that_are_all_equal(labels, sequential):
    labels = np.array(labels)

    assert isnan(regression_metrics(labels, labels, sequential=sequential)["r2"])
    assert regression_metrics(labels, labels + 1.0, sequential=sequential)["r2"] == -inf


def test_errors_beyond_the_doubles():
    found = regression_metrics(np.array([1e308, -1e308]), np.array([-1e308, 1e308]), sequential=True)

    assert (found["mae"], found["mse"], found["rmse"]) == (inf, inf, inf)


def test_the_published_examples_of_the_documentation_to_the_last_digit(documented):
    labels = np.repeat([0.0, 0.0, 1.0, 1.0], [1180, 510, 268, 138])
    predictions = np.repeat([0.0, 1.0, 0.0, 1.0], [1180, 510, 268, 138])
    found = regression_metrics(labels, predictions, sequential=True)
    assert found == {name: metric["value"] for name, metric in documented["regression_metrics"].items()}

    matrix = ConfusionMatrix(("0", "1"), np.array([[1180, 510], [268, 138]]))
    expected = {name: m["value"] for name, m in documented["multiclass_classification_metrics"].items() if "value" in m}
    # The image of 2020 took the rarest class for its constant.
    constant = multiclass_metrics(constant_classifier(matrix, 1))
    found = {
        name: constant[name.removesuffix("_best_constant_classifier")]
        if name.endswith("_best_constant_classifier")
        else multiclass_metrics(matrix)[name]
        for name in expected
    }
    assert found == expected


@pytest.fixture
def documented():
    path = golden_folder() / "model-quality" / "aws-docs-example" / "statistics_fragments.json"
    return json.loads(path.read_text())
