"""Attribution drift by label, and who moved."""

from __future__ import annotations

from math import log2

import pytest

from airflow_model_monitor.analysis.attribution.drift import attribution_drift, label_ndcg
from airflow_model_monitor.analysis.attribution.rank_changes import RankChange, rank_changes
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.explanations import Explanations, LabelExplanation

TRAINING = {"SAT score": 0.70, "GPA": 0.50, "Class rank": 0.05}
MEAN_RANK = pytest.approx((1 + 1 / log2(3)) / 2)
SWAPPED = pytest.approx((0.1 + 0.9 / log2(3)) / (0.9 + 0.1 / log2(3)))
LIVE = {"SAT score": 0.10, "GPA": 0.20, "Class rank": 0.70}


def explanations(**labels: dict[str, float]) -> Explanations:
    return Explanations({label: LabelExplanation(values, 0.5) for label, values in labels.items()})


@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
def test_the_documented_example_is_a_violation(compatibility):
    drift = attribution_drift(explanations(a=TRAINING), explanations(a=LIVE), compatibility=compatibility)

    (violation,) = drift.violations
    assert drift.labels[0].ndcg == pytest.approx(0.6876, abs=5e-5)
    assert violation.to_document() == {
        "label": "a",
        "metric_name": "shap",
        "constraint_check_type": "feature_attribution_drift_check",
        "description": f"Feature attribution drift {drift.labels[0].ndcg!r} exceeds threshold 0.9",
    }


def test_only_labels_that_drifted_are_violations():
    drift = attribution_drift(
        explanations(no=TRAINING, yes=TRAINING), explanations(no=TRAINING, yes=LIVE), threshold=0.9
    )

    assert [(found.label, found.drifted) for found in drift.labels] == [("no", False), ("yes", True)]
    assert [violation.label for violation in drift.violations] == ["yes"]


def test_exactly_the_threshold_is_no_drift():
    score = label_ndcg(TRAINING, LIVE)

    drift = attribution_drift(explanations(a=TRAINING), explanations(a=LIVE), threshold=score)

    assert drift.violations == ()


def test_labels_named_after_a_score_are_paired_by_position():
    drift = attribution_drift(explanations(**{"0.79": TRAINING}), explanations(**{"0.31": LIVE}))

    assert [(found.label, found.baseline_label) for found in drift.labels] == [("0.31", "0.79")]
    assert drift.unmatched == ()


def test_labels_without_a_counterpart_are_named():
    drift = attribution_drift(explanations(a=TRAINING), explanations(a=LIVE, b=LIVE))

    assert [found.label for found in drift.labels] == ["a"]
    assert drift.unmatched == ("b",)


def test_a_lost_feature_counts_as_unused_and_is_named():
    live = {"SAT score": 0.7, "Class rank": 0.05}

    (found,) = attribution_drift(explanations(a=TRAINING), explanations(a=live)).labels

    assert found.ndcg == label_ndcg(TRAINING, {**live, "GPA": 0.0}) < 1
    assert (found.missing_features, found.new_features) == (("GPA",), ())


def test_a_new_feature_pushes_the_others_down():
    (first,) = attribution_drift(explanations(a=TRAINING), explanations(a={**TRAINING, "shoe size": 0.9})).labels
    (last,) = attribution_drift(explanations(a=TRAINING), explanations(a={**TRAINING, "shoe size": 0.01})).labels

    assert first.ndcg < last.ndcg == 1.0
    assert first.new_features == ("shoe size",)


@pytest.mark.parametrize(
    ("baseline", "live", "sagemaker", "corrected"),
    [
        # Medians: a feature that turned its sign matters as before.
        ({"a": 0.9, "b": 0.1}, {"a": -0.9, "b": 0.1}, SWAPPED, 1.0),
        # scikit-learn refuses negative gains, so magnitudes it is.
        ({"a": -0.9, "b": 0.1}, {"a": -0.9, "b": 0.1}, 1.0, 1.0),
        ({"a": -0.9, "b": 0.1}, {"a": 0.1, "b": 0.9}, SWAPPED, SWAPPED),
        # The baseline used no feature.
        ({"a": 0.0, "b": 0.0}, {"a": 0.0, "b": 0.0}, 0.0, 1.0),
        ({"a": 0.0, "b": 0.0}, {"a": 0.1, "b": 0.0}, 0.0, 0.0),
        # One feature cannot lose its rank.
        ({"a": 0.3}, {"a": 0.0}, 1.0, 1.0),
        # Live values of zeros alone: every feature has the mean rank.
        ({"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 0.0}, MEAN_RANK, MEAN_RANK),
    ],
)
def test_where_the_formula_does_not_say(baseline, live, sagemaker, corrected):
    assert label_ndcg(baseline, live, compatibility="sagemaker") == sagemaker
    assert label_ndcg(baseline, live, compatibility="corrected") == corrected


@pytest.mark.parametrize(
    ("baseline", "live", "words"),
    [
        ({"a": float("nan")}, {"a": 1.0}, r"global_shap_values\.a: the baseline value is nan"),
        ({"a": 1.0}, {"a": float("inf")}, "the live value is inf"),
        ({}, {"a": 1.0}, "the baseline explanation has no features"),
    ],
)
def test_what_cannot_be_compared(baseline, live, words):
    with pytest.raises(ContractError, match=words):
        attribution_drift(explanations(a=baseline), explanations(a=live))


def test_who_moved_and_by_how_much():
    changes = rank_changes({"a": 0.5, "b": -0.9, "c": 0.1, "d": 0.1}, {"c": 0.8, "b": 0.7, "a": 0.2, "e": 0.3})

    assert changes == (
        RankChange("b", 1, 2, -0.9, 0.7),
        RankChange("a", 2, 4, 0.5, 0.2),
        RankChange("c", 3, 1, 0.1, 0.8),
        RankChange("d", 3, None, 0.1, None),
        RankChange("e", None, 3, None, 0.3),
    )
    assert [change.places for change in changes] == [-1, -2, 2, 0, 0]
