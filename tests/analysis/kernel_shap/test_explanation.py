"""Global values, labels and chosen features of a data set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from airflow_model_monitor.analysis.kernel_shap import KernelShap, explain
from airflow_model_monitor.analysis.kernel_shap import global_values as module
from airflow_model_monitor.analysis.kernel_shap.global_values import GlobalValues
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.shap_table import value_columns

PLAIN = {"mean_abs": lambda v: np.abs(v).mean(axis=0), "mean_sq": lambda v: (v**2).mean(axis=0)}
PLAIN["median"] = lambda v: np.median(v, axis=0)


@pytest.mark.parametrize("aggregation", PLAIN)
@given(
    values=arrays(np.float64, st.tuples(st.integers(1, 20), st.just(2), st.just(3)), elements=st.floats(-10, 10)),
    size=st.integers(1, 7),
)
def test_aggregation_however_rows_are_cut(aggregation, values, size):
    totals = GlobalValues(aggregation)
    for start in range(0, len(values), size):
        totals.add(values[start : start + size])

    np.testing.assert_allclose(totals.result(), PLAIN[aggregation](values), atol=1e-12)


def test_the_median_of_more_than_fits_is_right_to_a_thousandth_of_the_rows(monkeypatch):
    monkeypatch.setattr(module, "EXACT_VALUES", 1000)
    values = np.random.default_rng(0).normal([0.0, 5.0], size=(60_000, 1, 2))
    totals = GlobalValues("median")
    for start in range(0, len(values), 300):
        totals.add(values[start : start + 300])

    ranks = (values < totals.result()).mean(axis=0)

    np.testing.assert_allclose(ranks, 0.5, atol=1e-3)


def test_an_explanation_as_the_contract_has_it(numbers, model):
    def two(table):
        return np.stack([model(table), 1 - model(table)], axis=1)

    rows, baseline = numbers(6, 3), numbers(2, 3, seed=1)
    kept = []

    result = explain(KernelShap(two, baseline), [rows[:4], rows[4:]], keep=kept.append)

    local = np.concatenate([part.table for part in kept])
    assert value_columns(rows.names, list(result.labels)) == (
        *("f0_label0", "f1_label0", "f2_label0"),
        *("f0_label1", "f1_label1", "f2_label1"),
    )
    assert local.shape == (6, 6)
    first = result.contract.to_document()["kernel_shap"]["label0"]
    assert list(first) == ["global_shap_values", "expected_value"]
    np.testing.assert_allclose(list(first["global_shap_values"].values()), np.abs(local[:, :3]).mean(axis=0))
    assert first["expected_value"] == model(baseline).mean()
    assert (result.rows, result.num_samples, result.exact, result.seed) == (6, 6, True, None)


def test_a_sampled_explanation_tells_its_seed_and_the_originals_warning(numbers, model):
    shap = KernelShap(model, numbers(1, 25), num_samples=15, seed=9)

    result = explain(shap, [numbers(2, 25, seed=1)], label_headers=["approved"])

    assert list(result.labels) == ["approved"]
    assert (result.exact, result.seed, result.num_samples) == (False, 9, 14)
    assert result.warnings == ("The number of requested samples 15 is too small given the number of features 25",)


@pytest.mark.parametrize("choice", [("f2", "f0"), (2, 0), ("f0", 2, 2)])
def test_chosen_features_have_the_values_of_a_run_of_all(numbers, model, choice):
    rows, baseline = numbers(5, 4), numbers(1, 4, seed=1)
    kept = []

    everything = explain(KernelShap(model, baseline), [rows]).labels["label0"].global_shap_values
    chosen = explain(KernelShap(model, baseline), [rows], features_to_explain=choice, keep=kept.append)

    expected = {name: everything[name] for name in ("f0", "f2")}
    assert chosen.labels["label0"].global_shap_values == expected
    assert kept[0].table.shape == (5, 2)


@pytest.mark.parametrize("choice", ["f9", 4, -1])
def test_a_feature_that_is_not_there(numbers, model, choice):
    with pytest.raises(ContractError, match=r"features_to_explain.*no feature.*f0, f1, f2, f3"):
        explain(KernelShap(model, numbers(1, 4)), [numbers(1, 4)], features_to_explain=[choice])


@pytest.mark.parametrize("headers", [["a", "b"], ["a", "b", "c"]])
def test_label_headers_must_fit_the_outputs(numbers, model, headers):
    with pytest.raises(ContractError, match="for a model of 1 outputs"):
        explain(KernelShap(model, numbers(1, 2)), [numbers(1, 2)], label_headers=headers)


def test_no_rows_to_explain(numbers, model):
    with pytest.raises(ContractError, match="no rows to explain"):
        explain(KernelShap(model, numbers(1, 2)), [numbers(0, 2)])
