from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.bias import BiasResult, analyze
from airflow_model_monitor.analysis.bias.catalogue import catalogue, measure
from airflow_model_monitor.analysis.bias.drift import compare, violations
from airflow_model_monitor.analysis.bias.facet_sample import FacetSample
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_config import METRICS
from airflow_model_monitor.contract.bias_metrics import BiasMetric, BiasMetrics, FacetMetrics
from airflow_model_monitor.contract.clarify_violations import ClarifyViolations
from airflow_model_monitor.contract.compatibility import COMPATIBILITIES, Compatibility
from airflow_model_monitor.contract.execution import BaselineFile, Execution, Verdict
from airflow_model_monitor.report.bias_axis import bias_axis
from airflow_model_monitor.report.bias_metric_words import metric_words
from airflow_model_monitor.report.clarify_page import render_bias
from tests.golden_folder import golden_folder
from tests.report.html_page import EVIL, Page

BASELINE = {"constraints": BaselineFile("s3://b/analysis.json", "0" * 64)}
INF = float("inf")


def report(groups: Mapping[str, Mapping[str, Any]], *, facet: str = "sex", label: str = "paid") -> AnalysisReport:
    """Post-training metrics by group and short name; a text instead of a value is an error."""
    facets = tuple(
        FacetMetrics(
            value,
            tuple(
                BiasMetric(name, f"Metric ({name})", None, found)
                if isinstance(found, str)
                else BiasMetric(name, f"Metric ({name})", found)
                for name, found in metrics.items()
            ),
        )
        for value, metrics in groups.items()
    )
    return AnalysisReport(post_training_bias=BiasMetrics(label, {facet: facets}, "1"))


def judged(live: AnalysisReport, baseline: AnalysisReport, compatibility: Compatibility = "sagemaker") -> BiasResult:
    found = compare(live, baseline, compatibility)
    return BiasResult(live, 100, violations(found, compatibility), found)


def page(result: BiasResult, baseline: AnalysisReport | None = None, **changes: Any) -> Page:
    number = len(result.violations or ())
    values: dict[str, Any] = {
        "monitor_type": "ModelBias",
        "status": "CompletedWithViolations" if number else "Completed",
        "exit_message": "Completed",
        "compatibility": "sagemaker",
        "rows": result.rows,
        "violations": number,
        "baseline": BASELINE if baseline else {},
    }
    found = Page(render_bias(Execution(**{**values, **changes}), result, baseline=baseline))
    found.assert_harmless()
    return found


def compared(live: Any, baseline: Any, compatibility: Compatibility = "sagemaker", *, name: str = "DPPL") -> Page:
    now, before = report({"1": {name: live}}), report({"1": {name: baseline}})
    return page(judged(now, before, compatibility), before, compatibility=compatibility)


def test_a_violation_is_marked_and_explained() -> None:
    found = compared(0.3, 0.1)
    assert found.named("bad") == 3  # verdict, group, metric
    assert "1 of 1 bias metric is worse than in the baseline" in found.text
    assert "It is 0.3 now and was 0.1 in the baseline: farther from 0, where the groups fare alike." in found.text
    assert "The model favours the others more often." in found.text
    assert "Metric value 0.3 doesn't meet the baseline constraint requirement 0.1" in found.text


def test_a_metric_that_is_no_worse_is_fine() -> None:
    found = compared(-0.1, 0.1)
    assert "No violations No bias metric is worse than in the baseline" in found.text
    assert found.named("bad") == 0
    assert "The share predicted favourable among the others minus that in this group." in found.text
    assert "0 means that the groups fare alike." in found.text


def test_disparate_impact_has_both_verdicts_where_they_differ() -> None:
    original = compared(0.1, 0.2, name="DI").text
    assert "No violations" in original
    assert "Judged as “corrected” it would be a violation: farther from 1 is worse there." in original
    corrected = compared(0.1, 0.2, "corrected", name="DI").text
    assert "farther from 1, where the groups fare alike" in corrected
    assert "SageMaker Model Monitor itself it is no violation: farther from 0 is worse there." in corrected
    assert "corrected” it would" not in compared(3.0, 2.0, name="DI").text


def test_a_worse_distance_from_zero_is_not_called_one_from_parity() -> None:
    text = compared(0.9, 0.2, name="DI").text
    assert "It is 0.9 now and was 0.2 in the baseline: farther from 0." in text
    assert "Judged as “corrected” it would be no violation" in text


def test_values_that_look_alike_are_written_out() -> None:
    assert "It is 0.10000001 now and was 0.1 in the baseline" in compared(0.10000001, 0.1).text


@pytest.mark.parametrize(("live", "baseline"), [(INF, 2.0), (2.0, -INF), (INF, INF), (0, 0), (-36.7, 0.5)])
def test_infinite_and_equal_values_are_drawn(live: float, baseline: float) -> None:
    assert compared(live, baseline, name="TE").named("place") == 1


def test_errors_are_shown_as_errors() -> None:
    found = compared("Group variable is empty or not provided", 0.1, name="CDDPL")
    assert "no value" in found.text
    assert "Group variable is empty or not provided" in found.text
    other = compared(0.1, "No positive labels in set", name="CDDPL").text
    assert "not compared" in other
    assert "The baseline's metric has no value: No positive labels in set" in other


def test_groups_that_only_one_side_has() -> None:
    before = report({"1": {"DPPL": 0.1}, "7": {"DPPL": 0.1}})
    now = report({"1": {"DPPL": 0.1}, "9": {"DPPL": 0.1}})
    text = page(judged(now, before, "corrected"), before, compatibility="corrected").text
    assert "The baseline has no such group" in text
    assert "In the baseline, and not compared with these data: sex is 7." in text


def test_groups_stand_side_by_side() -> None:
    before = report({"1": {"DPPL": 0.1, "DI": 0.8}, "2": {"DPPL": 0.2}})
    now = report({"1": {"DPPL": 0.3, "DI": 0.8}, "2": {"DPPL": 0.15}})
    found = page(judged(now, before), before)
    assert "Groups side by side Group DPPL DI sex is 1 0.3 0.1 0.8 0.8 sex is 2 0.15 0.2 –" in found.text
    assert found.named("over") == 3  # in the table, on the axis and beside it
    assert "side by side" not in compared(0.3, 0.1).text


def test_the_loudest_group_comes_first_and_many_are_cut_off() -> None:
    before = report({str(i): {"DPPL": 0.1} for i in range(2_000)})
    now = report({str(i): {"DPPL": 0.9 if i == 1_990 else 0.1} for i in range(2_000)})
    found = page(judged(now, before), before)
    assert found.named("group") == 40
    assert found.text.index("sex is 1990") < found.text.index("sex is 0")
    assert "1,960 more groups" in found.text
    assert "And 1,460 further groups, all in analysis.json." in found.text


def test_an_interval_is_said_in_words() -> None:
    before, now = report({"(40, 75]": {"DPPL": 0.1}}), report({"(40, 82]": {"DPPL": 0.1}})
    text = page(judged(now, before, "corrected"), before, compatibility="corrected").text
    assert "sex is above 40 (the largest is 82)" in text
    assert "compared with the baseline's (40, 75]" in text


def test_a_baseline_job_has_no_verdict() -> None:
    found = page(BiasResult(report({"1": {"DPPL": 0.1, "GE": 0.2}}), 100))
    assert "Baseline measured Bias of 100 rows" in found.text
    assert found.named("before") == found.named("bad") == 0


def test_nothing_measured_is_said() -> None:
    assert "No group was compared." in page(BiasResult(AnalysisReport(), 0)).text


def test_group_sizes_and_rates_stand_beside_each_other() -> None:
    rows = np.arange(100)
    text = page(measured(sex=rows < 25, paid=rows % 2 == 1, predicted=rows % 4 == 1), compatibility="corrected").text
    assert "This group: 25 rows beside 75 others · 25 % of all" in text
    assert "Observed with the favourable outcome 48 % 50.7 %" in text
    assert "Predicted to have it 24 % 25.3 %" in text
    assert "Predicted rightly 76 % 74.7 %" in text


def test_a_group_nobody_is_in_has_no_rates() -> None:
    rows = np.arange(100)
    result = measured(sex=rows < 0, paid=rows % 2 == 1, predicted=rows % 4 == 1, compatibility="sagemaker")
    text = page(result).text
    assert "This group: 0 rows beside 100 others · 0 % of all" in text
    assert "Predicted to have it – 25 %" in text
    assert "The sensitive group is empty" in text


def measured(*, sex: Any, paid: Any, predicted: Any, compatibility: Compatibility = "corrected") -> BiasResult:
    settings = {
        "headers": ["sex", "x", "paid"],
        "label": "paid",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "sex", "value_or_threshold": [1]}],
        "dataset_type": "text/csv",
        "methods": {"pre_training_bias": {"methods": "all"}, "post_training_bias": {"methods": "all"}},
    }
    config = AnalysisConfig.from_json(json.dumps(settings), predictor_named_elsewhere=True)
    columns = {"sex": sex.astype(int), "x": np.arange(len(sex))}
    labels = {"label_name": "paid", "predicted_labels": predicted.astype(int)}
    return analyze(columns, paid.astype(int), config, compatibility=compatibility, **labels)


def test_everything_from_outside_is_escaped() -> None:
    before = report({EVIL: {EVIL: 0.1, "TE": EVIL}}, facet=EVIL, label=EVIL)
    now = report({EVIL: {EVIL: 0.5, "TE": EVIL}}, facet=EVIL, label=EVIL)
    result = BiasResult(now, 10, judged(now, before).violations, judged(now, before).comparisons, left_out={EVIL: 2})
    found = page(result, before, monitor=EVIL, endpoint=EVIL)
    assert "{{ 7*7 }}" in found.text
    assert "&lt;script&gt;" in found.html


def test_violations_of_unknown_metrics_are_kept() -> None:
    before, foreign = report({"1": {"DPPL": 0.1}}), judged(report({"2": {"XX": 0.3}}), report({"2": {"XX": 0.1}}))
    live = judged(before, before)
    found = page(BiasResult(before, 9, foreign.violations, live.comparisons), before)
    assert "Metric value 0.3 doesn't meet" in found.text


def test_the_originals_verdict_is_told() -> None:
    before, now = report({"1": {"DPPL": 0.1}}), report({"1": {"DPPL": 0.3}})
    verdict = Verdict("Completed", 0)
    text = page(judged(now, before, "corrected"), before, compatibility="corrected", original_verdict=verdict).text
    assert "SageMaker Model Monitor itself would have found no violations" in text


def test_a_real_run_shows_its_eight_violations() -> None:
    folder = golden_folder() / "clarify" / "bias-adult-json-batch"
    baseline = AnalysisReport.from_json((folder / "baseline_analysis.json").read_text())
    found = ClarifyViolations.from_json((folder / "constraint_violations.json").read_text())
    live = {one.metric_name: float(one.description.split()[2]) for one in found.violations}
    section = baseline.post_training_bias
    assert section is not None
    (group,) = section.facets["Sex"]
    metrics = tuple(BiasMetric(m.name, m.description, live.get(m.name, m.value)) for m in group.metrics)
    facets = {"Sex": (FacetMetrics("0", metrics),)}
    now = AnalysisReport(BiasMetrics("Target", facets, "1"), baseline.pre_training_bias)
    text = page(judged(now, baseline), baseline).text
    assert "8 of 21 bias metrics are worse than in the baseline" in text
    assert "It is ∞ now and was 2.917 in the baseline" in text
    assert "31.5 % of all" in text  # from the baseline's class imbalance


@pytest.mark.parametrize("compatibility", COMPATIBILITIES)
def test_every_metric_has_words(compatibility: Compatibility) -> None:
    for name in (*METRICS["pre_training_bias"], *METRICS["post_training_bias"]):
        words = metric_words(BiasMetric(name, f"x ({name})", 0.0), compatibility)
        assert words.measures
        assert words.above
        assert bool(words.below) == (words.lowest is None or words.parity > 0)


def sample(group: tuple[int, int, int, int], others: tuple[int, int, int, int], flips: tuple[int, int]) -> FacetSample:
    """Rows as true positives, false positives, false negatives, true negatives."""
    observed, predicted = np.array([1, 0, 1, 0], dtype=bool), np.array([1, 1, 0, 0], dtype=bool)
    counts = np.array([*group, *others])
    kinds = np.repeat(np.arange(8), counts)
    return FacetSample(
        kinds < 4, observed[kinds % 4], predicted[kinds % 4], np.zeros(len(kinds), np.intp), lambda: flips
    )


# The model misses most favourable cases of the group, and few of the others.
STRICT = sample((1, 1, 8, 10), (9, 1, 1, 8), (0, 4))


@pytest.mark.parametrize("compatibility", COMPATIBILITIES)
@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("DPPL", "The model favours the others more often."),
        ("DI", "The model favours this group less often; 0 is never."),
        ("DCA", "Measured by what was observed, the model is stricter with this group."),
        ("DCR", "Measured by what was observed, the model turns down this group more."),
        ("DAR", "A favourable prediction is right more often for the others."),
        ("DRR", "An unfavourable prediction is right more often for the others."),
        ("RD", "The model overlooks more of this group's favourable cases."),
        ("AD", "The model is right more often about the others."),
        ("TE", "The model's mistakes cost this group more: it misses more than it grants."),
        ("CDDPL", "This group gets more of the unfavourable predictions than of the favourable ones."),
        ("FT", "Its look-alikes among the others are favoured where this group is not."),
        ("CI", "This group has more rows than the others."),
        ("DPL", "The others hold the favourable label more often."),
        ("CDDL", "This group has more of the unfavourable labels than of the favourable ones."),
        ("SD", "Wrongly favourable predictions are rarer in this group."),
    ],
)
def test_words_name_the_group_that_the_formula_means(name: str, reading: str, compatibility: Compatibility) -> None:
    metric = measure(name, catalogue(compatibility)[name], STRICT)
    assert metric.value is not None
    assert metric_words(metric, compatibility).reading(metric.value) == reading


numbers = st.floats(allow_nan=True, allow_infinity=True) | st.none()
kinds = st.sampled_from([(0.0, 0.0, None), (1.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0)])


@given(numbers, numbers, kinds)
def test_any_values_stay_on_the_axis(
    live: float | None, baseline: float | None, kind: tuple[float, float, Any]
) -> None:
    parity, judged_from, lowest = kind
    axis = bias_axis(live, baseline, parity=parity, judged_from=judged_from, lowest=lowest)
    if axis is not None:
        places = [axis.parity, axis.live, axis.baseline, *(axis.band or ())]
        assert all(0 <= place <= 100 for place in places if place is not None)
        assert axis.band is None or axis.band[0] <= axis.band[1]
