from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from airflow_model_monitor.analysis.attribution.drift import attribution_drift
from airflow_model_monitor.analysis.bias import BiasResult
from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap import Explanation
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.compatibility import Compatibility
from airflow_model_monitor.contract.execution import BaselineFile, Execution
from airflow_model_monitor.contract.explanations import Explanations, LabelExplanation
from airflow_model_monitor.report.attribution_view import explanation_view
from airflow_model_monitor.report.bias_groups import bias_view
from airflow_model_monitor.report.clarify_page import render_clarify, render_explainability
from airflow_model_monitor.report.local_sample import LocalSample
from airflow_model_monitor.report.swarm_chart import MOST_POINTS, Scale, swarm_chart
from tests.golden_folder import golden_folder
from tests.report.html_page import EVIL, Page

BASELINE = {"constraints": BaselineFile("s3://b/analysis.json", "0" * 64)}
BEFORE = {"age": 0.5, "income": 0.3, "city": 0.15, "children": 0.05}
NOW = {"city": 0.4, "children": 0.3, "income": 0.2, "age": 0.1}


def explained(labels: Mapping[str, Mapping[str, float]], expected: float = 0.25) -> Explanation:
    found = {label: LabelExplanation(values, expected) for label, values in labels.items()}
    return Explanation(found, 100, 200, exact=False, seed=7, warnings=("Too few samples",))


def known(labels: Mapping[str, Mapping[str, float]]) -> Explanations:
    return Explanations({label: LabelExplanation(values, 0.2) for label, values in labels.items()})


def execution(**changes: Any) -> Execution:
    values: dict[str, Any] = {
        "monitor_type": "ModelExplainability",
        "status": "Completed",
        "exit_message": "Completed",
        "compatibility": "sagemaker",
        "rows": 100,
        "baseline": BASELINE,
    }
    return Execution(**{**values, **changes})


def page(explanation: Explanation, baseline: Explanations | None = None, **changes: Any) -> Page:
    compatibility: Compatibility = changes.get("compatibility", "sagemaker")
    drawn = {name: changes.pop(name, None) for name in ("local", "rows")}
    drift = original = None
    if baseline is not None:
        drift = attribution_drift(baseline, explanation.contract, compatibility=compatibility)
        original = attribution_drift(baseline, explanation.contract, compatibility="sagemaker")
        changes.setdefault("violations", len(drift.violations))
    made = execution(**({} if baseline else {"baseline": {}}), **changes)
    html = render_explainability(made, explanation, baseline=baseline, drift=drift, original_drift=original, **drawn)
    found = Page(html)
    found.assert_harmless()
    return found


def sampled(values: np.ndarray, **limits: int) -> LocalSample:
    local = LocalSample(**limits)
    local.add(values)
    return local


def test_drift_is_judged_and_explained() -> None:
    found = page(explained({"late": NOW}), known({"late": BEFORE}))
    assert "1 violation The features matter in another order than in the baseline" in found.text
    assert "0.9 at least is accepted" in found.text
    assert "“age” weighs most in it: it went from place 1 to 4." in found.text
    assert "Agreement of the order (NDCG)" in found.text
    assert "the model's answer is 0.25; in the baseline it was 0.2." in found.text


def test_rank_changes_say_how_far_a_feature_moved() -> None:
    text = page(explained({"late": NOW}), known({"late": BEFORE})).text
    assert "age 1 → 4 ▼ 3 0.5 → 0.1" in text
    assert "city 3 → 1 ▲ 2 0.15 → 0.4" in text
    assert text.index("age 1 → 4") < text.index("city 3 → 1")


def test_the_same_order_is_no_violation() -> None:
    found = page(explained({"late": BEFORE}), known({"late": BEFORE}))
    assert "No violations The features matter in the baseline's order" in found.text
    assert "Which features changed places None that is on both sides." in found.text
    assert found.named("slopes") == 0


def test_live_bars_stand_beside_the_baselines() -> None:
    found = page(explained({"late": {"a": 1.0, "b": -0.5}}), known({"late": {"a": 0.5, "b": 0.25}}))
    bars = [(a["class"], a["x"], a["width"]) for tag, a in found.tags if tag == "rect" and "x" in a]
    assert bars == [("b", "33.33", "33.33"), ("n", "33.33", "66.67"), ("b", "33.33", "16.67"), ("n", "0.00", "33.33")]


def test_new_and_missing_features_are_named() -> None:
    found = page(explained({"late": {"a": 1.0, "new": 0.5}}), known({"late": {"a": 1.0, "old": 0.5}}))
    assert "New: new." in found.text
    assert "Gone: old." in found.text
    assert found.named("tag") == 2


def test_every_label_has_its_verdict_and_drifted_ones_come_first() -> None:
    labels = {"calm": BEFORE, "moved": NOW}
    found = page(explained(labels), known({"calm": BEFORE, "moved": BEFORE}))
    assert "For 1 of 2 labels the features matter in another order than in the baseline" in found.text
    assert found.html.index('id="l1"') < found.html.index('id="l0"')
    assert found.named("attributions") == 2


def test_a_label_that_the_baseline_calls_otherwise_says_so() -> None:
    assert "In the baseline: 0.79." in page(explained({"label0": BEFORE}), known({"0.79": BEFORE})).text
    text = page(explained({"a": BEFORE, "b": BEFORE}), known({"a": BEFORE})).text
    assert "Labels of one side only, which nothing is said of: b." in text


def test_both_verdicts_where_they_differ() -> None:
    nothing = dict.fromkeys(BEFORE, 0.0)
    text = page(explained({"late": nothing}), known({"late": nothing}), compatibility="corrected").text
    assert "By the rule of SageMaker Model Monitor itself it is 0, a violation." in text


def test_a_baseline_job_shows_its_values_alone() -> None:
    found = page(explained({"late": BEFORE}))
    assert "Baseline measured Feature attributions of 100 rows" in found.text
    assert "estimated from 200 coalitions each, seed 7. Too few samples" in found.text
    assert not {"b", "moves", "gauge", "bad"} & {a.get("class") for _, a in found.tags if a.get("class") != "legend"}


def test_nothing_to_show_is_said() -> None:
    assert "Nothing was explained." in page(Explanation({}, 0, None, exact=True, seed=None)).text
    text = LabelExplanation({}, 0.5, {"global_top_shap_text": []})
    assert (
        "analysis.json has global_top_shap_text instead"
        in page(Explanation({"label0": text}, 0, None, exact=True, seed=None)).text
    )


def test_values_that_are_no_numbers_come_last() -> None:
    values = {"a": float("nan"), "b": 1.0, "c": float("inf"), "d": 2.0}
    found = page(explained({"late": values}, expected=float("nan")))
    assert "the model's answer is NaN." in found.text
    assert found.text.index("d 2") < found.text.index("b 1") < found.text.index("a NaN") < found.text.index("c ∞")


def test_thousands_of_features_are_cut_off_and_said() -> None:
    now = {f"f{i}": 1 / (i + 1) for i in range(5_000)}
    before = {f"f{i}": 1 / ((i * 7) % 5_000 + 1) for i in range(5_000)}
    local = sampled(np.zeros((50, 1, 5_000)))
    started = time.monotonic()
    found = page(explained({"late": now}), known({"late": before}), local=local)
    assert time.monotonic() - started < 20
    assert "4,980 more features, together 60.4 % of all contributions" in found.text
    assert "And 4,480 further features that contribute no more than these, all in analysis.json." in found.text
    assert re.search(r"[\d,]+ more features moved", found.text)
    assert len(found.html) < 300_000


def test_a_thousand_labels_are_cut_off_and_said() -> None:
    labels = {f"class{i}": NOW if i == 900 else BEFORE for i in range(1_000)}
    found = page(explained(labels), known(dict.fromkeys(labels, BEFORE)))
    assert found.named("attributions") == 12
    assert found.text.index("class900") < found.text.index("class0 fine")
    assert "988 more labels" in found.text


def test_everything_from_outside_is_escaped() -> None:
    values = {EVIL: 1.0, EVIL + "2": 0.5}
    other = {EVIL: 0.1, EVIL + "2": 0.5, EVIL + "gone": 0.1}
    found = page(
        explained({EVIL: values}),
        known({EVIL: other}),
        monitor=EVIL,
        endpoint=EVIL,
        local=sampled(np.ones((3, 1, 2))),
        rows=FeatureTable.from_rows((EVIL, EVIL + "2"), [(EVIL, 1), (EVIL, 2), (EVIL, 3)]),
    )
    assert "{{ 7*7 }}" in found.text
    assert "&lt;script&gt;" in found.html


def test_a_swarm_has_a_point_per_row_coloured_by_the_feature() -> None:
    local = sampled(np.linspace(-1, 1, 10).reshape(10, 1, 1))
    rows = FeatureTable.from_rows(("a",), [(float(i),) for i in range(10)])
    found = page(explained({"late": {"a": 0.5}}), local=local, rows=rows)
    points = {a["class"]: len(re.findall("M", a["d"] or "")) for tag, a in found.tags if tag == "path" and "d" in a}
    assert sum(points.values()) == 10
    assert {"c0", "c6"} <= set(points)
    assert "values without an order" not in found.text


def test_text_features_have_no_order() -> None:
    chart = swarm_chart(np.array([1.0, 2.0]), Scale(0.0, 2.0), np.array(["x", "y"], dtype=object))
    assert chart is not None
    assert [colour for colour, _ in chart.points] == [7]


def test_many_rows_become_strips_of_quantiles() -> None:
    values = np.arange(5_000.0)
    local = sampled(values.reshape(-1, 1, 1))
    rows = FeatureTable.from_rows(("a",), [(-value,) for value in values.tolist()])
    found = page(explained({"late": {"a": 0.5}}), local=local, rows=rows)
    assert "Drawn from 1,250 of 5,000 rows, evenly spread." in found.text
    medians = dict(strips(found))
    assert medians["low"] > medians["high"]  # large values of the feature take away


def strips(found: Page) -> list[tuple[str, float]]:
    tags = [(tag, attributes) for tag, attributes in found.tags if attributes.get("class") in ("high", "low", "median")]
    drawn = [(tag, attributes) for tag, attributes in tags if tag in ("g", "line")]
    return [(str(group["class"]), float(str(line["x1"]))) for (_, group), (_, line) in zip(drawn[::2], drawn[1::2])]


@settings(deadline=None, max_examples=60)
@given(
    arrays(np.float64, st.integers(1, 2 * MOST_POINTS), elements=st.floats(allow_nan=True, allow_infinity=True)),
    st.booleans(),
)
def test_any_local_values_can_be_drawn(values: np.ndarray, coloured: bool) -> None:
    chart = swarm_chart(values, Scale.of(values), values[::-1] if coloured else None)
    finite = int(np.isfinite(values).sum())
    assert (chart is None) == (finite == 0)
    if chart is not None and chart.points:
        places = [float(x) for _, path in chart.points for x in re.findall(r"M(\S+) ", path)]
        assert len(places) == finite
        assert all(0 <= place <= 100 for place in places)
    if chart is not None and chart.strips:
        assert all(0 <= place <= 100 for strip in chart.strips for place in strip.quantiles)


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(2, 20))
def test_a_sample_is_evenly_spread_however_the_rows_come(sizes: list[int], most: int) -> None:
    rows = np.arange(float(sum(sizes))).reshape(-1, 1, 1)
    local = LocalSample(most_rows=most)
    for part in np.split(rows, np.cumsum(sizes)[:-1]) if sizes else []:
        local.add(part)
    assert local.rows == len(rows)
    assert len(local.values) <= most
    assert local.values.ravel().tolist() == rows.ravel()[:: local.step].tolist() == local.indices.tolist()


def test_a_job_of_both_kinds_has_one_page() -> None:
    bias = bias_view(BiasResult(AnalysisReport(), 5), None, "sagemaker")
    found = Page(render_clarify(execution(baseline={}), bias=bias, explanation=explanation_view(explained({"a": NOW}))))
    assert "Bias and feature attributions of 100 rows" in found.text
    assert "Model Monitor · model bias and model explainability" in found.text


def test_real_explanations() -> None:
    folder = golden_folder() / "clarify"
    report = AnalysisReport.from_json((folder / "format-autogluon-shap-multilabel" / "analysis.json").read_text())
    assert report.explanations is not None
    found = page(Explanation(report.explanations.kernel_shap, 10, None, exact=False, seed=None), report.explanations)
    assert found.named("attributions") == 2
    assert "the model's answer is 0.9495; in the baseline it was 0.9495." in found.text
