"""Whole analyses: what the original's guesses cost, what corrected says instead, and clear failures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from airflow_model_monitor.contract.bias_config import BiasMethods, FacetConfig
from airflow_model_monitor.contract.clarify_methods import Methods
from airflow_model_monitor.contract.errors import ContractError
from tests.analysis.bias.samples import groups, run, settings

RANDOM = np.random.default_rng(2026)
ROWS = 400
SEX = RANDOM.integers(0, 2, ROWS)
AGE = RANDOM.integers(18, 90, ROWS)
LABELS = RANDOM.integers(0, 2, ROWS)
PREDICTED = RANDOM.integers(0, 2, ROWS)
COLUMNS = {"sex": SEX, "age": AGE}


def value(result: Any, name: str, *, post: bool = False) -> Any:
    (group,) = groups(result.report, post=post)
    metric = group.metric(name)
    assert metric is not None
    return metric.value


def test_all_metrics_in_the_order_of_the_file() -> None:
    result = run(COLUMNS, LABELS, settings(group_variable="age"), predicted_labels=PREDICTED)
    (pre,), (post,) = groups(result.report), groups(result.report, post=True)
    assert [metric.name for metric in pre.metrics] == ["CDDL", "CI", "DPL", "JS", "KL", "KS", "LP", "TVD"]
    assert [metric.name for metric in post.metrics][:4] == ["AD", "CDDPL", "DAR", "DCA"]
    assert not [metric for metric in (*pre.metrics, *post.metrics) if metric.error]
    assert result.rows == ROWS


def test_only_the_metrics_asked_for() -> None:
    config = settings(methods=Methods(pre_training_bias=BiasMethods(("DPL", "CI"))))
    result = run(COLUMNS, LABELS, config, predicted_labels=PREDICTED)
    assert [metric.name for metric in groups(result.report)[0].metrics] == ["CI", "DPL"]
    assert result.report.post_training_bias is None


def test_several_facets_and_a_facet_twice() -> None:
    facets = (FacetConfig("age", (40,)), FacetConfig("sex", (0,)), FacetConfig("age", (65,)))
    result = run(COLUMNS, LABELS, settings(facet=facets))
    section = result.report.pre_training_bias
    assert section is not None
    assert {name: [group.value_or_threshold for group in found] for name, found in section.facets.items()} == {
        "age": ["(40, 89]", "(65, 89]"],
        "sex": ["0"],
    }


def test_without_values_every_class_is_a_group() -> None:
    result = run(COLUMNS, LABELS, settings("sex", ()))
    assert [group.value_or_threshold for group in groups(result.report)] == ["0", "1"]


def test_a_facet_from_a_file_of_its_own_is_no_feature() -> None:
    town = RANDOM.choice(["Ulm", "Bonn"], ROWS)
    result = run({"age": AGE}, LABELS, settings("town", ("Ulm",)), facets={"town": town}, predicted_labels=PREDICTED)
    assert value(result, "FT", post=True) is not None


def test_scores_are_compared_with_the_threshold() -> None:
    scores = PREDICTED * 0.4 + 0.4
    config = settings(probability_threshold=0.7)
    by_score = run(COLUMNS, LABELS, config, probabilities=scores)
    assert by_score.report == run(COLUMNS, LABELS, config, predicted_labels=PREDICTED).report


def test_the_favourable_label_may_be_zero() -> None:
    one, zero = (run(COLUMNS, LABELS, settings(label_values_or_threshold=(label,))) for label in (1, 0))
    assert value(zero, "DPL") == pytest.approx(-value(one, "DPL"))


def test_baseline_and_live_data_of_the_same_rows_do_not_drift() -> None:
    baseline = run(COLUMNS, LABELS, settings(), predicted_labels=PREDICTED).report
    for compatibility in ("sagemaker", "corrected"):
        result = run(
            COLUMNS, LABELS, settings(), predicted_labels=PREDICTED, baseline=baseline, compatibility=compatibility
        )
        assert result.violations is not None
        assert not result.violations.violations


def test_the_order_of_the_rows_does_not_matter() -> None:
    # No two rows are equally far from a third: only then does the flip test look at their order.
    columns = {**COLUMNS, "income": RANDOM.normal(size=ROWS)}
    order = RANDOM.permutation(ROWS)
    shuffled = {name: column[order] for name, column in columns.items()}
    config = settings(group_variable="age")
    one = run(columns, LABELS, config, predicted_labels=PREDICTED)
    assert run(shuffled, LABELS[order], config, predicted_labels=PREDICTED[order]).report == one.report


def test_the_flip_test_has_the_documented_sign_when_corrected() -> None:
    # Nobody of the sensitive group is accepted, and all their look-alikes are: every flip is to the favourable outcome.
    original, corrected = (
        run(COLUMNS, LABELS, settings(), predicted_labels=SEX, compatibility=compatibility)
        for compatibility in ("sagemaker", "corrected")
    )
    assert (value(original, "FT", post=True), value(corrected, "FT", post=True)) == (-1.0, 1.0)


def test_few_rows_are_misread_by_the_original_alone() -> None:
    # 40 rows of 0 and 1: the original takes sex for a scale, and then 1 for the sensitive group instead of 0.
    few = slice(0, 40)
    columns, labels = {"sex": SEX[few], "age": AGE[few]}, LABELS[few]
    assert groups(run(columns, labels, settings()).report)[0].value_or_threshold == "(0, 1]"
    corrected = run(columns, labels, settings(), compatibility="corrected")
    assert groups(corrected.report)[0].value_or_threshold == "0"
    assert corrected.original is not None
    assert corrected.original.report == run(columns, labels, settings()).report


def test_live_data_are_read_as_the_baseline_was_when_corrected() -> None:
    baseline = run(COLUMNS, LABELS, settings("age", (40,))).report
    many = {name: np.tile(column, 20) for name, column in COLUMNS.items()}
    labels = np.tile(LABELS, 20)
    original = run(many, labels, settings("age", (40,)), baseline=baseline)
    corrected = run(many, labels, settings("age", (40,)), baseline=baseline, compatibility="corrected")
    assert groups(original.report)[0].value_or_threshold == "40"
    assert groups(corrected.report)[0].value_or_threshold == "(40, 89]"
    assert {found.metric_name for found in corrected.not_compared} == {"CDDL"}


def test_missing_values_are_left_out_and_counted_when_corrected() -> None:
    sex = SEX.astype(object)
    sex[:3] = None
    labels = LABELS.astype(object)
    labels[3] = None
    result = run({"sex": sex, "age": AGE}, labels, settings(), compatibility="corrected")
    assert result.left_out == {"y": 1, "sex": 3}
    expected = run(
        {name: column[4:] for name, column in COLUMNS.items()}, LABELS[4:], settings(), compatibility="corrected"
    )
    assert result.report == expected.report


def test_different_kinds_of_labels_are_refused_by_the_original_alone() -> None:
    predicted = PREDICTED.astype(float)
    with pytest.raises(ContractError, match="Predicted Label Column series datatype is not the same as Label Column"):
        run(COLUMNS, LABELS, settings(), predicted_labels=predicted)
    corrected = run(COLUMNS, LABELS, settings(), predicted_labels=predicted, compatibility="corrected")
    assert corrected.report.post_training_bias is not None
    assert corrected.original is not None
    assert "series datatype is not the same" in (corrected.original.error or "")


def test_no_predicted_positives_are_refused_by_the_original_alone() -> None:
    nobody = np.zeros(ROWS, dtype=int)
    with pytest.raises(ContractError, match="No Label values are present in the predicted Label Column"):
        run(COLUMNS, LABELS, settings(), predicted_labels=nobody)
    corrected = run(COLUMNS, LABELS, settings(), predicted_labels=nobody, compatibility="corrected")
    assert value(corrected, "DI", post=True) == 0.0


@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
@pytest.mark.parametrize("labels", [[None] * 4, [float("nan")] * 4])
def test_not_a_single_label(labels: list[Any], compatibility: Any) -> None:
    with pytest.raises(ContractError, match="field y: not a single row has a label"):
        run({"sex": [0, 0, 1, 1]}, labels, settings(), compatibility=compatibility)


def test_not_a_single_predicted_label() -> None:
    with pytest.raises(ContractError, match="field predicted label: not a single row has a label"):
        run({"sex": [0, 0, 1, 1]}, [0, 1, 0, 1], settings(), predicted_labels=[None] * 4, compatibility="corrected")


def test_one_class_of_labels_only() -> None:
    result = run(COLUMNS, np.ones(ROWS, dtype=int), settings(group_variable="age"))
    (group,) = groups(result.report)
    errors = {metric.name: metric.error for metric in group.metrics if metric.value is None}
    assert errors == {"CDDL": "No negative labels in set"}


def test_a_group_nobody_is_in() -> None:
    result = run(COLUMNS, LABELS, settings("sex", (7,)))
    assert {metric.error for metric in groups(result.report)[0].metrics} == {"The sensitive group is empty"}
    with pytest.raises(ContractError, match="field sex: the group '7' cannot be compared: The sensitive"):
        run(COLUMNS, LABELS, settings("sex", (7,)), compatibility="corrected")


def test_a_live_window_without_a_group_is_no_failure() -> None:
    baseline = run(COLUMNS, LABELS, settings()).report
    men = {"sex": np.ones(ROWS, dtype=int), "age": AGE}
    result = run(men, LABELS, settings(), baseline=baseline, compatibility="corrected")
    assert {found.reason for found in result.not_compared} == {"The sensitive group is empty"}


def test_texts_among_the_features_stop_the_flip_test_alone() -> None:
    columns = {**COLUMNS, "town": RANDOM.choice(["Ulm", "Bonn"], ROWS)}
    (group,) = groups(run(columns, LABELS, settings(), predicted_labels=PREDICTED).report, post=True)
    errors = {metric.name: metric.error for metric in group.metrics if metric.error}
    assert errors == {
        "CDDPL": "Group variable is empty or not provided",
        "FT": "FlipTest does not support non-numeric columns",
    }


@pytest.mark.parametrize(
    ("columns", "labels", "changes", "message"),
    [
        ({}, LABELS, {}, r"facet\[0\].name_or_index: the dataset has no column 'sex'"),
        ({"sexx": SEX}, LABELS, {}, "Did you mean 'sexx'?"),
        ({"sex": SEX[1:]}, LABELS, {}, "field sex: has 399 values for 400 labels"),
        ({"sex": SEX[:0]}, LABELS[:0], {}, "there are no rows to measure bias on"),
        (COLUMNS, LABELS, {"group_variable": "town"}, r"\$.group_variable: the dataset has no column 'town'"),
        (COLUMNS, LABELS, {"label_values_or_threshold": ()}, r"\$.label_values_or_threshold: is missing"),
        (
            COLUMNS,
            LABELS,
            {"label_values_or_threshold": ("yes",)},
            r"field \$.label_values_or_threshold: column 'y': the value 'yes' cannot occur",
        ),
        (COLUMNS, LABELS, {"facet": (FacetConfig(2, (0,)),)}, "there is no column 2: positions run from 0 to 1"),
    ],
)
def test_settings_that_do_not_go_with_the_rows(columns: Any, labels: Any, changes: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        run(columns, labels, settings(**changes))


def test_predictions_are_given_in_one_way() -> None:
    with pytest.raises(ContractError, match="both predicted labels and probabilities are given"):
        run(COLUMNS, LABELS, settings(), predicted_labels=PREDICTED, probabilities=PREDICTED)
