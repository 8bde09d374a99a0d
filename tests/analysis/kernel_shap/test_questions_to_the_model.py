"""How often, about how much and what a model is asked."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap import KernelShap, explain
from airflow_model_monitor.analysis.kernel_shap.sample_budget import sample_budget
from airflow_model_monitor.contract.errors import ContractError
from tests.analysis.kernel_shap.small_models import smooth, table_of


@pytest.mark.parametrize(
    ("features", "requested", "samples", "complete"),
    [
        (1, None, 0, True),
        (2, None, 2, True),
        (10, None, 1022, True),
        (11, None, 2046, True),
        (12, None, 2072, False),
        (20, None, 2088, False),
        (14, 100, 100, False),
        (14, 101, 100, False),
        (10, 5000, 1022, True),
        (10, 1021, 1020, False),
        (500, None, 3048, False),
    ],
)
def test_samples_per_row(features, requested, samples, complete):
    budget = sample_budget(features, requested)

    assert (budget.samples, budget.complete, budget.warning) == (samples, complete, None)


@pytest.mark.parametrize(
    ("rows", "features", "samples", "predictions"), [(708, 69, 100, 71_509), (100, 12, 2000, 200_101)]
)
def test_the_number_of_predictions_is_the_one_the_original_logs(rows, features, samples, predictions):
    shap = KernelShap(lambda table: np.zeros(len(table)), table_of(np.zeros((1, features))), num_samples=samples)

    assert shap.predictions(rows) == predictions


@pytest.mark.parametrize("batch_rows", [1, 3, 64, 10_000])
@pytest.mark.parametrize(("features", "baseline"), [(1, 2), (3, 1), (8, 5)])
def test_as_many_predictions_as_announced_never_more_than_a_batch_at_once(features, baseline, batch_rows):
    sizes, told = [], []

    def count(table: FeatureTable) -> np.ndarray:
        sizes.append(len(table))
        return smooth(table)

    shap = KernelShap(
        count,
        table_of(np.zeros((baseline, features))),
        num_samples=20,
        batch_rows=batch_rows,
        row_count=4,
        progress=lambda done, total: told.append((done, total)),
    )
    for _ in shap.explain([table_of(np.ones((4, features)))]):
        pass

    assert sum(sizes) == shap.predictions(4)
    assert max(sizes) <= batch_rows
    assert told[-1] == (sum(sizes), shap.predictions(4))
    assert [done for done, _ in told] == np.cumsum(sizes).tolist()


def test_memory_depends_on_the_batch_and_not_on_the_rows():
    def peak(rows: int) -> int:
        tables = (table_of(np.ones((50, 10))) for _ in range(rows // 50))
        shap = KernelShap(lambda table: table.columns[0], table_of(np.zeros((2, 10))), num_samples=200, batch_rows=2000)
        tracemalloc.start()
        explain(shap, tables)
        largest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return largest

    peak(50)
    few, many = peak(100), peak(1000)

    assert many < 1.2 * few
    assert many < 5 * 2000 * 10 * 8


def test_memory_depends_on_the_batch_and_not_on_the_samples():
    def peak(samples: int) -> int:
        shap = KernelShap(
            lambda table: table.columns[0],
            table_of(np.zeros((1, 16))),
            num_samples=samples,
            batch_rows=1000,
            compatibility="sagemaker",
        )
        tracemalloc.start()
        explain(shap, [table_of(np.ones((2, 16)))])
        largest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return largest

    peak(100)

    assert peak(40_000) < 1.2 * peak(2000)


def one(answer: object, *, use_logit: bool = False) -> None:
    """Explain with a model that answers the baseline well and everything else with ``answer``."""
    calls = []

    def predict(table: FeatureTable) -> object:
        calls.append(table)
        return np.full(len(table), 0.5) if len(calls) == 1 else answer(len(table)) if callable(answer) else answer

    shap = KernelShap(predict, table_of(np.zeros((1, 3))), use_logit=use_logit)
    for _ in shap.explain([table_of(np.ones((2, 3)))]):
        pass


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda rows: [0.5] * (rows - 1), "asked about 2 rows and answered 1"),
        (0.5, "answered one number"),
        (lambda rows: np.zeros((rows, 2)), "answered 2 outputs, after 1 before"),
        (lambda rows: np.zeros((rows, 0)), "answered 0 outputs"),
        ([0.5, float("nan")], "answered nan .* row 2 of 2"),
        ([float("-inf"), 0.5], "answered -inf .* row 1 of 2"),
        ([0.5, 1e200], r"answered 1e\+200 .* row 2 of 2"),
        (["high", "low"], "not made of numbers: it is made of str_"),
        ([None, None], "answered nan"),
        ([[1.0], [1.0, 2.0]], "numbers|inhomogeneous"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_error_that_says_why(answer, words):
    with pytest.raises(ContractError, match=words):
        one(answer)


def test_what_is_no_probability_has_no_log_odds():
    with pytest.raises(ContractError, match=r"1\.5, which is no probability"):
        one([0.5, 1.5], use_logit=True)


def test_probabilities_of_0_and_1_have_large_but_finite_log_odds():
    def saturated(table: FeatureTable) -> np.ndarray:
        return table.columns[0]

    shap = KernelShap(saturated, table_of(np.zeros((1, 2))), use_logit=True)
    (local,) = shap.explain([table_of(np.ones((1, 2)))])

    assert shap.expected_values[0] == pytest.approx(-16.6355, abs=1e-4)
    assert local.values[0, 0].tolist() == pytest.approx([2 * 16.6355, 0.0], abs=2e-4)


@pytest.mark.parametrize("samples", [1, 0, -5])
def test_no_number_of_samples(samples):
    with pytest.raises(ContractError, match=r"num_samples.*not a number of samples.*leave it out for 6"):
        KernelShap(smooth, table_of(np.zeros((1, 3))), num_samples=samples)


def test_no_features_no_baseline_other_columns():
    with pytest.raises(ContractError, match="no features"):
        KernelShap(smooth, FeatureTable((), ()))
    with pytest.raises(ContractError, match="no baseline rows"):
        KernelShap(smooth, table_of(np.zeros((0, 3))))
    with pytest.raises(ContractError, match="the rows have the features f0, f1, the baseline has f0, f1, f2"):
        list(KernelShap(smooth, table_of(np.zeros((1, 3)))).explain([table_of(np.zeros((1, 2)))]))
