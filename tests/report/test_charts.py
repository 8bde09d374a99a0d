from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.contract.statistics import Bucket, KllDistribution, KllSketchData
from airflow_model_monitor.report.category_chart import category_bars
from airflow_model_monitor.report.numeric_chart import NumericChart, Points, numeric_chart


def sketch(*levels: list[float]) -> KllDistribution:
    return KllDistribution((), KllSketchData(0.64, 2048.0, levels))


def heights(path: str) -> list[float]:
    """Heights of the steps between 0 and 1, back from the path."""
    return [1 - float(y) / 40 for y in re.findall(r"V([\d.]+)H", path)]


def test_items_of_level_i_stand_for_two_to_the_i_rows() -> None:
    points = Points.of(sketch([1.0], [2.0], [3.0]))
    assert points is not None
    assert points.weights.tolist() == [1.0, 2.0, 4.0]
    assert [points.quantile(share) for share in (0.1, 0.2, 0.5, 1.0)] == [1.0, 2.0, 3.0, 3.0]


def test_both_sides_share_an_axis() -> None:
    chart = numeric_chart(sketch([float(i) for i in range(100)]), sketch([float(i) for i in range(100, 200)]))
    assert isinstance(chart, NumericChart)
    assert chart.ticks == ("0", "99.5", "199")
    before, now = heights(chart.baseline or ""), heights(chart.current or "")
    assert before[-1] == now[0] == 0
    assert max(before) == pytest.approx(1, abs=0.2)


def test_few_values_get_a_bar_each() -> None:
    bars = numeric_chart(sketch([0.0] * 3 + [1.0]), sketch([1.0, 1.0]))
    assert isinstance(bars, tuple)
    assert [(bar.label, bar.baseline, bar.current) for bar in bars] == [("0", 0.75, 0.0), ("1", 0.25, 1.0)]


def test_a_long_tail_is_folded_and_said() -> None:
    values = [float(i % 50) for i in range(1000)] + [100_000.0]
    chart = numeric_chart(sketch(values), sketch(values))
    assert isinstance(chart, NumericChart)
    assert chart.ticks[2] == "49"
    assert chart.note == "The outermost bins also hold the values up to 100,000."


def test_whole_numbers_make_no_comb() -> None:
    values = [float(i % 50) for i in range(1000)]
    chart = numeric_chart(None, sketch(values), whole=True)
    assert isinstance(chart, NumericChart)
    assert chart.baseline is None
    assert heights(chart.current or "") == [1.0] * 25


def test_a_file_without_sketch_is_drawn_from_its_buckets() -> None:
    buckets = tuple(Bucket(float(i), i + 1.0, 10.0) for i in range(10))
    chart = numeric_chart(KllDistribution(buckets, None), None)
    assert isinstance(chart, NumericChart)
    assert chart.tallest < 0.1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40),
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40),
    st.booleans(),
)
def test_any_numbers_can_be_drawn(before: list[float], now: list[float], whole: bool) -> None:
    chart = numeric_chart(sketch(before), sketch(now), whole=whole)
    if isinstance(chart, NumericChart):
        assert "nan" not in f"{chart.baseline}{chart.current}"
        assert 0 < chart.tallest <= 1


def test_bars_of_many_values_end_in_the_others() -> None:
    baseline = {f"v{i:02}": 100 - i for i in range(40)}
    bars = category_bars(baseline, {**baseline, "v30": 900})
    assert len(bars) == 12
    assert "v30" in [bar.label for bar in bars]
    assert bars[-1].label == "29 other values"
    assert sum(bar.baseline or 0 for bar in bars) == pytest.approx(1)
    assert sum(bar.current or 0 for bar in bars) == pytest.approx(1)


def test_new_and_missing_values() -> None:
    bars = category_bars({"a": 1, "NullValue": 1}, {"a": 1, "b": 1})
    assert [(bar.label, bar.new, bar.dim) for bar in bars] == [
        ("a", False, False),
        ("b", True, False),
        ("(no value)", False, True),
    ]
