from __future__ import annotations

from math import inf
from typing import Any

import pytest

from airflow_model_monitor.analysis.bias.drift import compare, has_drifted, violations
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_metrics import BiasMetric, BiasMetrics, FacetMetrics
from airflow_model_monitor.contract.compatibility import Compatibility
from tests.analysis.bias.samples import report


@pytest.mark.parametrize(
    ("live", "baseline", "drifted"),
    [
        (0.2, 0.1, True),
        (0.2, -0.3, False),
        (-0.2, 0.1, True),
        (0.1, 0.1, False),
        (-0.1, 0.1, False),
        (inf, 2.9, True),
        (-inf, inf, False),
        (2.9, inf, False),
        (0, 0.0, False),
    ],
)
def test_farther_from_zero_than_the_baseline(live: float, baseline: float, drifted: bool) -> None:
    assert has_drifted("DPL", live, baseline, "sagemaker") is drifted
    assert has_drifted("DPL", live, baseline, "corrected") is drifted


@pytest.mark.parametrize(
    ("live", "baseline", "original", "corrected"),
    [(0.083, 0.178, False, True), (1.317, 0.976, True, True), (0.9, 0.5, True, False), (inf, 0.1, True, True)],
)
def test_disparate_impact_has_its_parity_at_one(live: float, baseline: float, original: bool, corrected: bool) -> None:
    assert has_drifted("DI", live, baseline, "sagemaker") is original
    assert has_drifted("DI", live, baseline, "corrected") is corrected


def test_both_verdicts_are_said() -> None:
    (found,) = compare(report(0.083, name="DI"), report(0.178, name="DI"), "corrected")
    assert (found.drifted, found.drifted_in_original) == (True, False)


@pytest.mark.parametrize(
    ("compatibility", "description"),
    [
        ("sagemaker", "Metric value 1.5 doesn't meet the baseline constraint requirement 0.9"),
        ("corrected", "Metric value 1.5 doesn't meet the baseline constraint requirement 0.9: it is farther from 1"),
    ],
)
def test_description(compatibility: Compatibility, description: str) -> None:
    found = compare(report(1.5, name="DI"), report(0.9, name="DI"), compatibility)
    (violation,) = violations(found, compatibility).violations
    assert violation.description == description


@pytest.mark.parametrize(
    ("live", "baseline", "reason"),
    [
        (report(None), report(0.1), "no value"),
        (report(0.1), report(None), "The baseline's metric has no value: no value"),
        (report(0.1), report(0.1, facet="age"), "The baseline has no such group"),
        (report(0.1), report(0.1, name="CI"), "The baseline has no such metric"),
        (report(0.1), AnalysisReport(), "The baseline has no such group"),
    ],
)
def test_what_cannot_be_compared_says_why(live: AnalysisReport, baseline: AnalysisReport, reason: str) -> None:
    found = compare(live, baseline, "sagemaker")
    assert not any(comparison.drifted for comparison in found)
    assert reason in {comparison.reason for comparison in found}


def test_an_interval_is_matched_whatever_its_upper_end() -> None:
    live, baseline = report(0.2, group="(100, 232]"), report(0.1, group="(100, 225]")
    for compatibility in ("sagemaker", "corrected"):
        (violation,) = violations(compare(live, baseline, compatibility), compatibility).violations
        assert violation.facet_value == "(100, 232]"


def test_another_group_at_the_same_place_is_compared_by_the_original_alone() -> None:
    live, baseline = report(0.2, group="(0, 1]"), report(0.1, group="0")
    assert len(violations(compare(live, baseline, "sagemaker"), "sagemaker")) == 1
    (found,) = compare(live, baseline, "corrected")
    assert (found.drifted, found.reason) == (False, "The baseline has no such group")


def by_town(**values: float) -> AnalysisReport:
    found = {town: FacetMetrics(town, (BiasMetric("DPL", "", value),)) for town, value in values.items()}
    return AnalysisReport(BiasMetrics("y", {"town": tuple(found.values())}, "1"))


@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
def test_a_class_that_is_not_in_the_live_data_shifts_no_other(compatibility: Compatibility) -> None:
    found = compare(by_town(Bonn=0.2, Ulm=0.2), by_town(Aachen=0.3, Bonn=0.1, Ulm=0.3), compatibility)
    assert [(comparison.facet_value, comparison.baseline, comparison.drifted) for comparison in found] == [
        ("Bonn", 0.1, True),
        ("Ulm", 0.3, False),
    ]


def section(*names: str, value: float) -> BiasMetrics:
    metrics = tuple(BiasMetric(name, name, value) for name in names)
    groups: dict[str, Any] = {"sex": (FacetMetrics("0", metrics),), "age": (FacetMetrics("(40, 75]", metrics),)}
    return BiasMetrics("y", groups, "1")


def test_order_is_that_of_analysis_json() -> None:
    live = AnalysisReport(section("AD", "TE", value=0.2), section("CI", "DPL", value=0.2))
    baseline = AnalysisReport(section("AD", "TE", value=0.1), section("CI", "DPL", value=0.1))
    found = violations(compare(live, baseline, "sagemaker"), "sagemaker").violations
    assert [(violation.feature_name, violation.metric_name) for violation in found] == [  # type: ignore[union-attr]
        ("sex", "AD"),
        ("sex", "TE"),
        ("age", "AD"),
        ("age", "TE"),
        ("sex", "CI"),
        ("sex", "DPL"),
        ("age", "CI"),
        ("age", "DPL"),
    ]
