"""Explanations of the Adult model beside Clarify's own, which were sampled without a seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from airflow_model_monitor.analysis.attribution.drift import attribution_drift
from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap import Explanation, KernelShap, explain
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.explanations import Explanations, LabelExplanation
from tests.golden_folder import golden_folder

CASES = ("shap-adult-json-batch", "shap-adult-jsonl-batch")
SEEDS = 100


@pytest.fixture(scope="module")
def adult() -> Adult:
    return Adult(golden_folder() / "clarify")


class Adult:
    """The model, the rows and the settings of both real runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        numbers = json.loads((folder / "_data/adult/model.json").read_text())
        self.names = numbers["feature_order"]
        self.weights = np.float32(numbers["weight_float32"])
        self.bias = np.float32(numbers["bias_float32"])
        shap = json.loads((folder / "shap-adult-json-batch/analysis_config.json").read_text())["methods"]["shap"]
        self.num_samples = shap["num_samples"]
        self.baseline = FeatureTable.from_rows(self.names, [row["features"] for row in shap["baseline"]["instances"]])

    def predict(self, table: FeatureTable) -> np.ndarray:
        return 1 / (1 + np.exp(-(table.matrix().astype(np.float32) @ self.weights + self.bias)))

    def rows(self, name: str) -> FeatureTable:
        lines = (self.folder / f"_data/adult/{name}-dataset.jsonl").read_text().splitlines()
        return FeatureTable.from_rows(self.names, [json.loads(line)["features"] for line in lines])

    def explain(self, name: str, seed: int) -> Explanation:
        settings = {"num_samples": self.num_samples, "seed": seed, "compatibility": "sagemaker"}
        return explain(KernelShap(self.predict, self.baseline, **settings), [self.rows(name)])

    def golden(self, case: str) -> Explanations:
        report = AnalysisReport.from_json((self.folder / case / "baseline_analysis.json").read_text())
        assert report.explanations is not None
        return report.explanations


def only(explanations: Explanations) -> LabelExplanation:
    (label,) = explanations.kernel_shap.values()
    return label


def values(explanations: Explanations) -> list[float]:
    return list(only(explanations).global_shap_values.values())


def per_feature(golden: list[float], runs: np.ndarray) -> float:
    """Chi-squared per feature of a real run, in units of the scatter between our seeds, shape (seeds, features)."""
    return float((((np.array(golden) - runs.mean(axis=0)) / runs.std(axis=0, ddof=1)) ** 2).mean())


def test_global_values_are_within_the_samplers_scatter(adult):
    runs = np.array([values(adult.explain("validation", seed).contract) for seed in range(SEEDS)])

    found = [per_feature(values(adult.golden(case)), runs) for case in CASES]

    # Of our own runs 99 % are below 1.9, the two real ones at 2.4 and 1.0: together no unlikely pair. Samplers without
    # repetitions, or that leave features out which equal the baseline, were found above 5.
    assert max(found) < 3.0
    assert np.mean(found) < 2.0


@pytest.mark.parametrize("case", CASES)
def test_the_expected_value_is_the_models_answer_to_the_baseline(adult, case):
    golden = only(adult.golden(case)).expected_value

    ours = only(adult.explain("validation", 0).contract).expected_value

    # The model computes in float32, whose numbers are 3e-8 apart here; the order of its sum is not known.
    assert ours == pytest.approx(golden, abs=2 * float(np.spacing(np.float32(golden))))


@pytest.mark.parametrize("case", CASES)
def test_the_monitoring_run_found_no_drift(adult, case):
    settings = json.loads((adult.folder / case / "monitor_settings.json").read_text())
    live = adult.explain("test", 0).contract

    drift = attribution_drift(adult.golden(case), live, compatibility="sagemaker")

    assert settings["execution_status"] == "Completed"
    assert drift.violations == ()
    assert drift.labels[0].ndcg == pytest.approx(0.9999, abs=1e-3)
