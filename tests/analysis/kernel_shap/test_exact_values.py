"""Where the budget covers all coalitions, the values are Shapley's."""

from __future__ import annotations

import numpy as np
import pytest

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap import KernelShap


@pytest.mark.parametrize("features", [1, 2, 3, 6])
@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
def test_values_are_those_of_the_definition(model, numbers, explained, shapley, features, compatibility):
    rows, baseline = numbers(3, features), numbers(2, features, seed=1)

    result = explained(KernelShap(model, baseline, compatibility=compatibility), rows)

    expected = [shapley(model, row, list(baseline.rows())) for row in rows.rows()]
    np.testing.assert_allclose(result[:, 0], expected, atol=1e-12)


def test_a_linear_model_credits_each_feature_with_its_term(numbers, explained):
    rows, baseline = numbers(5, 7), numbers(4, 7, seed=1)
    weights = np.arange(7.0)

    result = explained(KernelShap(lambda table: table.matrix() @ weights, baseline), rows)

    expected = weights * (rows.matrix() - baseline.matrix().mean(axis=0))
    np.testing.assert_allclose(result[:, 0], expected, atol=1e-12)


def test_log_odds_of_the_mean_are_explained(model, numbers, explained, shapley):
    rows, baseline = numbers(2, 4), numbers(3, 4, seed=1)

    def log_odds_of_mean(table: FeatureTable) -> float:
        mean = model(table).mean()
        return np.log(mean / (1 - mean))

    shap = KernelShap(model, baseline, use_logit=True)

    expected = [shapley(log_odds_of_mean, row, list(baseline.rows())) for row in rows.rows()]
    np.testing.assert_allclose(explained(shap, rows)[:, 0], expected, atol=1e-12)
    np.testing.assert_allclose(shap.expected_values, log_odds_of_mean(baseline), rtol=1e-15)


def test_text_and_numbers_mixed(table, explained, shapley):
    rows = table([["a", 1, 2.5, None], ["b", 2, 0.5, True]])
    baseline = table([["c", 0, 1.5, "x"]])

    def length_times_sum(mixed: FeatureTable) -> np.ndarray:
        return np.array([len(str(row[3])) * (row[1] + row[2]) + (row[0] == "a") * row[1] for row in mixed.rows()])

    result = explained(KernelShap(length_times_sum, baseline), rows)

    expected = [shapley(length_times_sum, row, list(baseline.rows())) for row in rows.rows()]
    np.testing.assert_allclose(result[:, 0], expected, atol=1e-12)


def test_whole_numbers_reach_the_model_as_whole_numbers(table, explained):
    seen = []

    def remember(mixed: FeatureTable) -> np.ndarray:
        seen.extend(row for row in mixed.rows())
        return np.zeros(len(mixed))

    explained(KernelShap(remember, table([[1, 0.5], [2, 1.5]])), table([[7, 2.5], [8, 3.5]]))

    assert {type(row[0]) for row in seen} == {int}
    assert {type(row[1]) for row in seen} == {float}


def test_the_order_of_features_does_not_matter(model, numbers, explained):
    rows, baseline = numbers(3, 6), numbers(2, 6, seed=1)
    order = [4, 1, 5, 0, 3, 2]

    def in_order(table: FeatureTable) -> FeatureTable:
        return FeatureTable(tuple(table.names[i] for i in order), tuple(table.columns[i] for i in order))

    def turned_back(table: FeatureTable) -> np.ndarray:
        return model(FeatureTable(rows.names, tuple(table.columns[order.index(i)] for i in range(6))))

    turned = explained(KernelShap(turned_back, in_order(baseline)), in_order(rows))

    np.testing.assert_allclose(turned, explained(KernelShap(model, baseline), rows)[..., order], atol=1e-12)


def test_a_feature_that_equals_the_baseline_or_is_not_used_has_no_share(table, explained):
    rows, baseline = table([[1.0, 2.0, 3.0, 4.0]]), table([[1.0, 0.0, 0.0, 0.0]])

    def unused(mixed: FeatureTable) -> np.ndarray:
        x = mixed.matrix()
        return x[:, 0] * x[:, 1] * x[:, 2]

    result = explained(KernelShap(unused, baseline), rows)

    np.testing.assert_allclose(result[0, 0], [0.0, 3.0, 3.0, 0.0], atol=1e-14)


def test_every_output_on_its_own(model, numbers, explained):
    rows, baseline = numbers(4, 5), numbers(2, 5, seed=1)

    def two(table: FeatureTable) -> np.ndarray:
        return np.stack([model(table), 1 - model(table)], axis=1)

    result = explained(KernelShap(two, baseline), rows)

    np.testing.assert_allclose(result[:, 0], explained(KernelShap(model, baseline), rows)[:, 0], atol=1e-13)
    np.testing.assert_allclose(result[:, 1], -result[:, 0], atol=1e-13)
