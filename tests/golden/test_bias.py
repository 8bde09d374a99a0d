"""Bias against real outputs: two baselines and two monitoring runs on rows of Adult."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from math import nextafter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from airflow_model_monitor.analysis.bias import BiasResult, analyze
from airflow_model_monitor.analysis.bias.drift import has_drifted
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.clarify_violations import BiasViolation, ClarifyViolations
from tests.golden_folder import golden_folder

CASES = ("bias-adult-json-batch", "bias-adult-jsonl-batch")
# The other labels of the second run are random and lost: these need none, or differ by nothing but the labels.
WITHOUT_LABELS = ("CDDPL", "DI", "DPPL", "FT")


def case_file(case: str, name: str) -> str:
    return (golden_folder() / "clarify" / case / name).read_text()


def config(case: str) -> AnalysisConfig:
    return AnalysisConfig.from_json(case_file(case, "analysis_config.json"))


def adult(name: str) -> Path:
    return golden_folder() / "clarify" / "_data" / "adult" / name


def column(name: str, key: str) -> np.ndarray[Any, Any]:
    with adult(name).open() as file:
        return np.array([int(row[key]) for row in csv.DictReader(file)])


def analyzed(case: str, rows: str, labels: Any, predicted: Any, **settings: Any) -> BiasResult:
    settings = {"compatibility": "sagemaker", **settings}
    table = np.array([json.loads(line)["features"] for line in adult(f"{rows}-dataset.jsonl").open()])
    features = dict(zip(config(case).headers, table.T, strict=False))
    return analyze(features, labels, config(case), label_name="Target", predicted_labels=predicted, **settings)


def baseline_of(case: str, **settings: Any) -> BiasResult:
    records = [json.loads(line) for line in adult("validation-dataset.jsonl").open()]
    labels = np.array([record["label"] for record in records])
    predicted = column("validation-predictions.csv", "predicted_label")
    return analyzed(case, "validation", labels, predicted, **settings)


def live(case: str, **settings: Any) -> BiasResult:
    labels = column("test-ground-truth-seeded.csv", "label")
    predicted = column("test-predictions.csv", "predicted_label")
    baseline = AnalysisReport.from_json(case_file(case, "baseline_analysis.json"))
    return analyzed(case, "test", labels, predicted, baseline=baseline, **settings)


def values(report: AnalysisReport) -> Mapping[str, Any]:
    sections = [report.pre_training_bias, report.post_training_bias]
    groups = [group for section in sections if section for _, _, group in section.groups()]
    return {metric.name: metric.value for group in groups for metric in group.metrics}


@pytest.mark.parametrize("case", CASES)
def test_baseline_to_the_last_bit(case: str) -> None:
    expected = values(AnalysisReport.from_json(case_file(case, "baseline_analysis.json")))
    found = dict(values(baseline_of(case).report))
    # One digit depends on the logarithm NumPy was built with.
    assert found.pop("JS") in {nextafter(expected["JS"], 0), expected["JS"], nextafter(expected["JS"], 1)}
    assert len(expected) == 21
    assert found == {name: value for name, value in expected.items() if name != "JS"}


@pytest.mark.parametrize("case", CASES)
def test_baseline_to_the_byte_but_for_one_digit(case: str) -> None:
    expected = case_file(case, "baseline_analysis.json")
    ours = values(baseline_of(case).report)["JS"]
    theirs = values(AnalysisReport.from_json(expected))["JS"]
    assert baseline_of(case).report.to_json().replace(repr(ours), repr(theirs)) == expected


def test_violations_of_a_run_whose_labels_are_known() -> None:
    case = CASES[0]
    expected = ClarifyViolations.from_json(case_file(case, "constraint_violations.json"))
    assert live(case).violations == expected


def test_violations_of_a_run_whose_labels_are_lost() -> None:
    case = CASES[1]
    expected = ClarifyViolations.from_json(case_file(case, "constraint_violations.json"))
    found = live(case).violations
    assert found is not None
    assert [violation for violation in found.violations if violation.metric_name in WITHOUT_LABELS] == [
        violation for violation in expected.violations if violation.metric_name in WITHOUT_LABELS
    ]


@pytest.mark.parametrize("case", CASES)
def test_every_violation_follows_from_the_rule(case: str) -> None:
    violations = ClarifyViolations.from_json(case_file(case, "constraint_violations.json"))
    for violation in violations.violations:
        assert isinstance(violation, BiasViolation)
        live_text, baseline_text = violation.description.removeprefix("Metric value ").split(
            " doesn't meet the baseline constraint requirement "
        )
        assert has_drifted(violation.metric_name, float(live_text), float(baseline_text), "sagemaker")


def test_corrected_finds_the_disparate_impact_the_original_misses() -> None:
    result = live(CASES[0], compatibility="corrected")
    assert result.violations is not None
    assert result.original is not None
    assert result.original.violations == live(CASES[0]).violations
    assert {violation.metric_name for violation in result.violations.violations} == {
        "DI",
        *(violation.metric_name for violation in result.original.violations.violations),
    }
    assert values(result.report)["FT"] == -values(result.original.report)["FT"]
