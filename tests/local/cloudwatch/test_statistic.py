"""Statistics of a period's samples."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.local.cloudwatch.datum import Datum
from airflow_model_monitor.local.cloudwatch.statistic import statistic

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def data(*values: float) -> list[Datum]:
    return [Datum.of_values(NOW, [value], [1.0], "None") for value in values]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SampleCount", 4.0),
        ("Sum", 10.0),
        ("Average", 2.5),
        ("Minimum", 1.0),
        ("Maximum", 4.0),
        ("p50", 2.5),
        ("p0", 1.0),
        ("p100", 4.0),
        ("p25", 1.75),
        ("tm50", 1.5),
        ("IQM", 2.5),
    ],
)
def test_of_single_values(name: str, expected: float) -> None:
    assert statistic(name)(data(3, 1, 4, 2)) == pytest.approx(expected)


def test_summed_up_sets_join_single_values() -> None:
    summed = Datum(NOW, sample_count=2, sum=30, minimum=10, maximum=20)
    joined = [summed, *data(0)]
    assert [statistic(name)(joined) for name in ("SampleCount", "Sum", "Average", "Minimum", "Maximum")] == [
        3.0, 30.0, 10.0, 0.0, 20.0,
    ]  # fmt: skip
    assert statistic("p90")(joined) is None, "nobody knows the samples of a set summed up elsewhere"
    assert statistic("p90")([Datum(NOW, 5, 35, 7, 7)]) == 7


def test_nothing_of_nothing() -> None:
    assert [statistic(name)([]) for name in ("SampleCount", "Average", "Maximum", "p99", "tm90")] == [None] * 5


@pytest.mark.parametrize("name", ["Median", "p101", "p", "average", "p-5", ""])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not supported"):
        statistic(name)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.integers(0, 100))
def test_percentiles_against_numpy(values: list[float], share: int) -> None:
    import numpy as np

    assert statistic(f"p{share}")(data(*values)) == pytest.approx(float(np.percentile(values, share)), abs=1e-6)


@given(st.lists(st.tuples(st.floats(-100, 100), st.integers(1, 4)), min_size=1, max_size=6), st.integers(0, 100))
def test_counts_are_so_many_samples(pairs: list[tuple[float, int]], share: int) -> None:
    counted = [Datum.of_values(NOW, [value for value, _ in pairs], [count for _, count in pairs], "None")]
    single = data(*(value for value, count in pairs for _ in range(count)))
    for name in ("SampleCount", "Sum", "Average", "Minimum", "Maximum", f"p{share}", "tm90", "IQM"):
        assert statistic(name)(counted) == pytest.approx(statistic(name)(single), abs=1e-9)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "Value is required"),
        ({"Value": float("nan")}, "invalid"),
        ({"Value": float("inf")}, "invalid"),
        ({"Value": 1e200}, "invalid"),
        ({"Value": 0.0, "StatisticValues": {}}, "mutually exclusive"),
        ({"Values": [1.0, 2.0], "Counts": [1.0]}, "same size"),
        ({"Values": []}, "from 1 to 150"),
        ({"StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 1}}, "Maximum is required"),
    ],
)
def test_what_cloudwatch_does_not_take(entry: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Datum.from_api(entry, NOW, "MetricData.member.1")


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(0.5, 9)), min_size=1, max_size=5))
def test_a_journal_holds_a_datum(pairs: list[tuple[float, float]]) -> None:
    made = Datum.of_values(NOW, [value for value, _ in pairs], [count for _, count in pairs], "Percent")
    assert Datum.from_document(made.to_document()) == made
    summed = Datum(NOW, 2, 3, 1, 2, (), "Seconds")
    assert Datum.from_document(summed.to_document()) == summed
