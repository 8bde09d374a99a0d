from __future__ import annotations

import re
import time
from html.parser import HTMLParser

from airflow_model_monitor.contract.constraints import Constraints, FeatureConstraints, StringConstraints
from airflow_model_monitor.contract.execution import Execution, Verdict
from airflow_model_monitor.contract.statistics import (
    CategoricalBucket,
    Common,
    FeatureStatistics,
    KllDistribution,
    KllSketchData,
    NumericalStatistics,
    Statistics,
    StringStatistics,
)
from airflow_model_monitor.contract.violations import ConstraintViolations, Violation
from airflow_model_monitor.report.render import render

EVIL = '<script>alert("1")</script>\' onload=x {{ 7*7 }}'


def numbers(name: str, values: list[float], missing: int = 0) -> FeatureStatistics:
    sketch = KllDistribution((), KllSketchData(0.64, 2048.0, (values,)))
    mean = sum(values) / len(values)
    common = Common(len(values), missing)
    return FeatureStatistics(
        name,
        "Fractional",
        NumericalStatistics(common, mean, sum(values), 1.0, min(values), max(values), 1, 1.0, sketch),
    )


def texts(name: str, counts: dict[str, int] | None) -> FeatureStatistics:
    buckets = None if counts is None else tuple(CategoricalBucket(value, n) for value, n in counts.items())
    total = sum((counts or {"": 9}).values())
    return FeatureStatistics(name, "String", None, StringStatistics(Common(total, 0), 3.0, 1.0, buckets))


def execution(**changes: object) -> Execution:
    values = {
        "monitor_type": "DataQuality",
        "status": "CompletedWithViolations",
        "exit_message": "CompletedWithViolations: Job completed successfully with 1 violations.",
        "compatibility": "sagemaker",
        "arithmetic": "sequential",
        "rows": 100,
        "violations": 1,
        "baseline": {},
    }
    return Execution(**{**values, **changes})  # type: ignore[arg-type]


def page(features: list[FeatureStatistics], found: list[Violation] | None = None, **changes: object) -> str:
    baseline = Statistics(100, tuple(features))
    constraints = Constraints(
        tuple(FeatureConstraints(feature.name, feature.inferred_type, 1.0) for feature in features)
    )
    return render(
        execution(**changes),
        statistics=baseline,
        violations=ConstraintViolations(tuple(found)) if found else None,
        baseline_statistics=baseline,
        baseline_constraints=constraints,
    )


class Tags(HTMLParser):
    """Collects tags with their attributes and checks that they are nested as HTML wants it."""

    VOID = ("meta", "br", "rect", "line", "path")

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


def test_everything_from_outside_is_escaped() -> None:
    evil = Violation(EVIL, EVIL, EVIL)
    text = page([numbers(EVIL, [1.0, 2.0]), texts(EVIL + "2", {EVIL: 5})], [evil], monitor=EVIL, endpoint=EVIL)
    names = {tag for tag, _ in Tags(text).found}
    attributes = {name for _, attributes in Tags(text).found for name in attributes}
    assert "script" not in names
    assert not any(name.startswith("on") for name in attributes)
    assert "{{ 7*7 }}" in text
    assert "&lt;script&gt;" in text


def test_nothing_is_fetched_from_anywhere() -> None:
    text = page([numbers("a", [1.0, 2.0])])
    loading = {"src", "data", "action", "srcset", "poster", "background"}
    assert not [found for _, found in Tags(text).found if loading & set(found)]
    assert all(found.get("href", "#").startswith("#") for _, found in Tags(text).found)  # type: ignore[union-attr]
    assert not re.search(r"url\(|@import|https?://", text)


def test_violations_stand_before_everything_else() -> None:
    features = [numbers("quiet", [1.0, 2.0]), numbers("loud", [1.0, 2.0])]
    text = page(features, [Violation("loud", "completeness_check", "Expected: 100.0%. Observed: Only 90.0%.")])
    assert text.index("loud") < text.index("quiet")
    assert "Values missing." in text
    assert "1 violation<" in text


def test_both_behaviours_are_told_when_they_differ() -> None:
    found = [Violation("a", "baseline_drift_check", "Baseline drift distance: 0.22 exceeds threshold: 0.1")]
    original = Verdict("Completed", 0)
    text = page([numbers("a", [1.0])], found, compatibility="corrected", original_verdict=original)
    assert "SageMaker Model Monitor itself would have found no violations" in text
    same = Verdict("CompletedWithViolations", 1, {"baseline_drift_check": 1})
    text = page(
        [numbers("a", [1.0])],
        found,
        compatibility="corrected",
        violations_by_check={"baseline_drift_check": 1},
        original_verdict=same,
    )
    assert "itself would have said the same" in text


def test_a_changed_number_of_columns_has_no_features() -> None:
    description = (
        "There are missing columns in current dataset. Number of columns in current dataset: 69, "
        "Number of columns in baseline constraints: 70"
    )
    found = ConstraintViolations((Violation("Missing columns", "missing_column_check", description),))
    text = render(execution(), statistics=None, violations=found)
    assert "The data has 69 columns, the baseline 70: 1 fewer." in text


def test_a_baseline_job_has_no_verdict() -> None:
    statistics = Statistics(100, (numbers("a", [1.0, 2.0, 3.0]), texts("b", {"x": 1})))
    text = render(execution(violations=0, status="Completed"), statistics=statistics)
    assert "Baseline suggested" in text
    assert "Statistics and constraints of 100 rows" in text


def test_unknown_values_are_named() -> None:
    baseline, now = Statistics(10, (texts("c", {"x": 10}),)), Statistics(10, (texts("c", {"x": 8, "y": 2}),))
    constraints = Constraints((FeatureConstraints("c", "String", 1.0, None, StringConstraints(("x",))),))
    description = "Expected match: 100.0%. Observed: 80.0% of the values match the known values."
    text = render(
        execution(),
        statistics=now,
        violations=ConstraintViolations((Violation("c", "categorical_values_check", description),)),
        baseline_statistics=baseline,
        baseline_constraints=constraints,
    )
    assert "hold values the baseline does not know: “y”." in text
    assert '<em class="tag">new</em>' in text


def test_ten_thousand_features() -> None:
    features = [numbers(f"f{i}", [float(i), i + 1.0, i + 2.5]) for i in range(10_000)]
    found = [
        Violation(f"f{i}", "completeness_check", "Expected: 100.0%. Observed: Only 90.0%.")
        for i in range(9_999, 4_999, -1)
    ]
    started = time.monotonic()
    text = page(features, found)
    assert time.monotonic() - started < 20
    assert len(text) < 5_000_000
    assert text.count('<details class="card feature"') == 100
    assert all(f"f{i} " in text or f"f{i}<" in text for i in range(10_000))


def test_the_same_input_gives_the_same_bytes() -> None:
    features = [numbers("a", [1.0, 2.0]), texts("b", {"x": 1, "y": 2}), texts("c", None)]
    assert page(features) == page(features)
