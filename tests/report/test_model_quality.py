from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from airflow_model_monitor.analysis.model_quality import ModelQualityResult, analyze
from airflow_model_monitor.contract.execution import BaselineFile, Execution, Verdict
from airflow_model_monitor.contract.model_quality_violations import MetricViolation, ModelQualityViolations
from airflow_model_monitor.report.confusion_table import confusion_table
from airflow_model_monitor.report.curve_chart import curve_chart
from airflow_model_monitor.report.model_quality_page import render_model_quality
from airflow_model_monitor.report.model_quality_view import metric_title

EVIL = '<script>alert("1")</script>\' onload=x {{ 7*7 }}'
BASELINE = {"constraints": BaselineFile("s3://b/constraints.json", "0" * 64)}


def judged(*, compatibility: Any = "sagemaker", baseline: ModelQualityResult | None = None, shift: int = 0) -> Any:
    scores = np.arange(300) % 10 / 10
    labels = ((np.arange(300) + shift) % 10 > 4).astype(int)
    return analyze(
        labels,
        None,
        scores,
        problem_type="BinaryClassification",
        seed="window",
        baseline_constraints=None if baseline is None else baseline.constraints,
        compatibility=compatibility,
    )


def page(result: Any, limits: Any = None, **changes: Any) -> str:
    number = len(result.violations) if result.violations else 0
    values: dict[str, Any] = {
        "monitor_type": "ModelQuality",
        "status": "CompletedWithViolations" if number else "Completed",
        "exit_message": "x",
        "compatibility": "sagemaker",
        "rows": result.rows,
        "violations": number,
        "baseline": {} if limits is None else BASELINE,
        **changes,
    }
    return render_model_quality(
        Execution(**values),
        statistics=result.statistics,
        constraints=result.constraints,
        violations=result.violations,
        baseline_constraints=None if limits is None else limits.constraints,
    )


class Tags(HTMLParser):
    """Collects tags with their attributes and checks that they are nested as HTML wants it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def row(text: str, title: str) -> str:
    found = re.search(rf"<tr[^>]*><th scope=\"row\"><b>{re.escape(title)}</b>.*?</tr>", text, re.DOTALL)
    assert found
    return found[0]


def test_metrics_stand_beside_their_limits_with_a_verdict() -> None:
    before = judged()
    text = page(judged(baseline=before, shift=3), before)
    assert "The model is worse than its baseline in 10 of 10 metrics" in text
    assert "violation</span>" in row(text, "Recall")
    assert "≥ 0.8" in row(text, "Recall")
    assert "≤ 0" in row(text, "False positive rate")
    assert "0.2 now (± 0.01966 between samples); the baseline asks for at least 0.8." in text
    assert "Metric recall with 0.2 +/- " in text


def test_what_the_original_never_evaluates_is_said() -> None:
    before = judged()
    text = page(judged(baseline=before, shift=3), before)
    assert "never evaluated</span>" in row(text, "F0.5")
    assert "Evaluated, it would be a violation." in text
    mended = judged(baseline=before, shift=3, compatibility="corrected")
    text = page(mended, before, compatibility="corrected", original_verdict=Verdict("CompletedWithViolations", 7))
    assert "violation</span>" in row(text, "F0.5")
    assert "would have found 7 violations</b>: some constraints it never evaluates" in text


def test_matrix_and_curves() -> None:
    text = page(judged())
    tags = Tags(text)
    assert "Confusion matrix" in text
    assert len([1 for tag, found in tags.found if found.get("class") == "curve"]) == 2
    paths = [found["d"] for tag, found in tags.found if tag == "path" and found.get("class") == "line"]
    assert paths[0].startswith("M0.00 100.00L")  # type: ignore[union-attr]
    assert paths[0].endswith("L100.00 0.00")  # type: ignore[union-attr]
    assert "Area <b>1</b>" in text
    assert "Always the same" in text


def test_coverage_and_revision() -> None:
    text = page(judged(), coverage=0.25, merge_revision="000007")
    assert "25\N{NO-BREAK SPACE}% of the captured records have a label" in text
    assert "Labels that arrive later revise this result" in text
    assert "000007</span>" in text
    assert "captured records have a label" not in page(judged())


def test_a_baseline_job_suggests_and_judges_nothing() -> None:
    text = page(judged())
    assert "Baseline suggested" in text
    assert "Metrics and thresholds of 300 labelled rows" in text
    assert "Suggested limit" in text
    assert "Verdict</th>" not in text


def test_regression_has_neither_matrix_nor_curves() -> None:
    result = analyze(np.array([1.0, 2.0]), np.array([1.0, 4.0]), problem_type="Regression", seed="x")
    text = page(result, problem_type="Regression")
    assert "Mean absolute error" in text
    assert "R²" in text
    assert "Confusion matrix" not in text
    assert "<svg" not in text
    Tags(text)


def test_everything_from_outside_is_escaped_and_nothing_is_fetched() -> None:
    labels = np.array([EVIL, "b", EVIL], object)
    result = analyze(labels, labels, problem_type="MulticlassClassification", seed="x")
    text = page(result, monitor=EVIL, endpoint=EVIL, merge_revision=EVIL, baseline={"c": BaselineFile(EVIL, "0")})
    tags = Tags(text).found
    assert "script" not in {tag for tag, _ in tags}
    assert not any(name.startswith("on") for _, found in tags for name in found)
    assert "{{ 7*7 }}" in text
    loading = {"src", "data", "action", "srcset", "poster", "background", "href"}
    assert not [found for _, found in tags if loading & set(found)]
    assert not re.search(r"url\(|@import|https?://", text)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert page(judged()) == page(judged())


def test_violations_alone_are_enough_and_unknown_ones_are_shown() -> None:
    violations = ModelQualityViolations((MetricViolation("LessThanThreshold", "Metric beauty was low", "beauty"),))
    execution = Execution(
        monitor_type="ModelQuality",
        status="CompletedWithViolations",
        exit_message="x",
        compatibility="sagemaker",
        violations=1,
    )
    text = render_model_quality(execution, statistics=None, violations=violations)
    assert "Metric beauty was low" in text
    assert "The model is worse than its baseline" in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [("f0_5", "F0.5"), ("weighted_f1", "Weighted F1"), ("true_positive_rate", "True positive rate"), ("r2", "R²")],
)
def test_metrics_in_words(name: str, expected: str) -> None:
    assert metric_title(name) == expected


def test_of_many_classes_the_largest_are_shown() -> None:
    matrix = {f"c{i:03}": {f"c{i:03}": i, "c199": 1} for i in range(200)}
    table = confusion_table(matrix)
    assert table is not None
    assert table.left_out == 188
    assert table.classes[-1] == "c199"
    assert table.rows[-1][1][-1].share == 1.0
    assert confusion_table(None) is None


def test_a_curve_of_a_million_points_is_a_short_path() -> None:
    steps = np.linspace(0, 1, 1_000_00).tolist()
    chart = curve_chart(steps, steps)
    assert chart is not None
    assert len(chart.path) < 6_000
    assert chart.path.startswith("M0.00 100.00")
    assert chart.path.endswith("L100.00 0.00")
    assert curve_chart([0.5], [0.5]) is None
    assert curve_chart([0.0, float("nan"), 1.0], [0.0, 0.5, 1.0]).points == 2  # type: ignore[union-attr]
