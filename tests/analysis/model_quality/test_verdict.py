from __future__ import annotations

from math import inf, nan

import pytest

from airflow_model_monitor.analysis.model_quality.suggestion import suggest_constraints
from airflow_model_monitor.analysis.model_quality.verdict import evaluation_order, judge
from airflow_model_monitor.contract.model_quality_constraints import (
    CONSTRAINED_METRICS,
    MetricConstraint,
    ModelQualityConstraints,
)
from airflow_model_monitor.contract.model_quality_statistics import Metric, ModelQualityStatistics

LESS, GREATER = "LessThanThreshold", "GreaterThanThreshold"


def verdict(constraints, metrics, *, problem_type="BinaryClassification", compatibility="sagemaker"):
    baseline = {name: MetricConstraint(*constraint) for name, constraint in constraints.items()}
    found = judge(
        ModelQualityStatistics(problem_type, 10, metrics),
        ModelQualityConstraints(problem_type, baseline),
        compatibility=compatibility,
    )
    return [(violation.metric_name, violation.description) for violation in found.violations]


@pytest.mark.parametrize(
    ("value", "constraint", "broken"),
    [
        (0.8, (0.9, LESS), True),
        (0.9, (0.9, LESS), False),
        (1.0, (0.9, LESS), False),
        (1.0, (0.9, GREATER), True),
        (0.9, (0.9, GREATER), False),
        (nan, (0.9, LESS), False),
        (nan, (0.9, GREATER), False),
        (0.5, (nan, LESS), False),
        (-inf, (0.0, LESS), True),
    ],
)
def test_strictly_beyond_the_threshold(value, constraint, broken):
    assert bool(verdict({"auc": constraint}, {"auc": Metric(value)})) is broken


def test_the_deviation_is_told_but_plays_no_part():
    found = verdict({"auc": (0.9, LESS)}, {"auc": Metric(0.8999999999999999, 0.5)})

    assert found == [("auc", "Metric auc with 0.8999999999999999 +/- 0.5 was LessThanThreshold '0.9'")]


def test_numbers_as_java_prints_them():
    found = verdict({"mse": (5.09e-4, GREATER)}, {"mse": Metric(1.5e7, 0.0)}, problem_type="Regression")

    assert found == [("mse", "Metric mse with 1.5E7 +/- 0.0 was GreaterThanThreshold '5.09E-4'")]


def test_the_original_never_evaluates_f0_5():
    constraints, metrics = {"f0_5": (0.9, LESS)}, {"f0_5": Metric(0.1)}

    assert verdict(constraints, metrics) == []
    assert verdict(constraints, metrics, compatibility="corrected") == [
        ("f05", "Metric f05 with 0.1 was LessThanThreshold '0.9'")
    ]


def test_a_metric_without_a_constraint_and_a_constraint_without_a_metric():
    assert verdict({"auc": (0.9, LESS)}, {"recall": Metric(0.0)}) == []


@pytest.mark.parametrize(
    ("problem_type", "order"),
    [
        (
            "BinaryClassification",
            [
                *("auc", "precision", "true_positive_rate", "f1", "accuracy", "false_positive_rate"),
                *("true_negative_rate", "false_negative_rate", "recall", "f2"),
            ],
        ),
        (
            "MulticlassClassification",
            ["weighted_f2", "accuracy", "weighted_recall", "weighted_precision", "weighted_f1"],
        ),
        ("Regression", ["mae", "mse", "rmse", "r2"]),
    ],
)
def test_the_order_of_violations(problem_type, order):
    found = [name for name in evaluation_order(problem_type) if not name.endswith("f0_5")]

    assert found == order


@pytest.mark.parametrize("problem_type", CONSTRAINED_METRICS)
def test_a_model_satisfies_what_is_suggested_from_it(problem_type):
    names = CONSTRAINED_METRICS[problem_type]
    statistics = ModelQualityStatistics(problem_type, 10, {name: Metric(0.25) for name in names})

    constraints = suggest_constraints(statistics)

    assert list(constraints.constraints) == list(names)
    assert len(judge(statistics, constraints, compatibility="corrected")) == 0


@pytest.mark.parametrize("problem_type", CONSTRAINED_METRICS)
def test_every_suggested_constraint_can_be_broken(problem_type):
    names = CONSTRAINED_METRICS[problem_type]
    constraints = suggest_constraints(ModelQualityStatistics(problem_type, 10, {n: Metric(0.25) for n in names}))
    worse = {name: Metric(0.2 if operator == LESS else 0.3) for name, operator in names.items()}

    broken = judge(ModelQualityStatistics(problem_type, 10, worse), constraints, compatibility="corrected")

    assert len(broken) == len(names)
