from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.bias import nearest_votes
from airflow_model_monitor.analysis.bias.distinct_rows import distinct_rows
from airflow_model_monitor.analysis.bias.flip_test import count_flips, documented_flip_test, flip_test
from airflow_model_monitor.analysis.bias.metric_error import MetricError
from airflow_model_monitor.analysis.bias.nearest_votes import NearestVotes
from tests.analysis.bias.samples import FacetSample, mask


def by_hand(points: Any, votes: Any, neighbours: int, queries: Any) -> list[bool]:
    """Every distance; of the equally far, earlier rows first."""
    result = []
    for query in queries:
        distances = np.sqrt(((points - query) ** 2).sum(axis=1))
        nearest = np.argsort(distances, kind="stable")[:neighbours]
        result.append(2 * int(votes[nearest].sum()) > neighbours)
    return result


@given(st.data())
def test_ties_are_decided_as_by_hand(data: st.DataObject) -> None:
    columns = data.draw(st.integers(1, 3))
    whole = st.lists(st.lists(st.integers(-2, 2), min_size=columns, max_size=columns), min_size=10, max_size=60)
    points = np.array(data.draw(whole), dtype=float)
    queries = np.array(data.draw(whole), dtype=float)
    votes = np.array(data.draw(st.lists(st.booleans(), min_size=len(points), max_size=len(points))))
    for neighbours in (1, 5):
        found = NearestVotes(points, votes, neighbours).majority(queries)
        assert found.tolist() == by_hand(points, votes, neighbours, queries)


@pytest.mark.parametrize("columns", [1, 6])
def test_distances_without_ties(columns: int) -> None:
    random = np.random.default_rng(7)
    points, queries = random.normal(size=(400, columns)), random.normal(size=(200, columns))
    votes = random.random(400) < 0.5
    found = NearestVotes(points, votes, 5).majority(queries)
    assert found.tolist() == by_hand(points, votes, 5, queries)


def test_small_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(8)
    points, queries = random.integers(0, 3, (300, 2)) * 1.0, random.integers(0, 3, (90, 2)) * 1.0
    votes = random.random(300) < 0.5
    expected = NearestVotes(points, votes, 5).majority(queries)
    monkeypatch.setattr(nearest_votes, "_CELLS_AT_A_TIME", 40)
    assert NearestVotes(points, votes, 5).majority(queries).tolist() == expected.tolist()


def test_rows_are_found_alike_however_many_kinds_there_are() -> None:
    rows = np.random.default_rng(9).random((2000, 9))
    rows[1000:] = rows[:1000]
    first, likes = distinct_rows(rows)
    assert sorted(first.tolist()) == list(range(1000))
    assert (likes[:1000] == likes[1000:]).all()


def test_counts_flips_in_both_directions() -> None:
    # Ten rows outside at 0, all accepted, ten at 100, all rejected; inside one of either kind sits among the others.
    place = np.array([0.0] * 10 + [100.0] * 10 + [1.0, 99.0, 1.0])
    sensitive, predicted = np.arange(23) >= 20, np.array([True] * 10 + [False] * 10 + [False, True, True])
    assert count_flips({"place": place}, sensitive, predicted) == (1, 1)


def test_one_neighbour_decides_among_nine_rows_or_fewer() -> None:
    place = np.array([0.0, *[2.0] * 8, 0.5])
    sensitive, predicted = np.arange(10) == 9, np.array([True] + [False] * 9)
    assert count_flips({"place": place}, sensitive, predicted) == (0, 1)
    more = np.array([0.0, *[2.0] * 9, 0.5])
    assert count_flips({"place": more}, np.arange(11) == 10, np.array([True] + [False] * 10)) == (0, 0)


def test_sign_and_documented_sign() -> None:
    sample = FacetSample(mask("0011"), mask("0011"), mask("0011"), None, lambda: (2, 1))
    assert flip_test(sample) == 0.5
    assert documented_flip_test(sample) == -0.5


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({}, "There are no features to find similar rows by"),
        ({"town": np.array(["a", "b"], dtype=object)}, "FlipTest does not support non-numeric columns"),
        ({"age": np.array([1.0, np.nan])}, "does not support missing or infinite values: feature 'age'"),
        ({"age": np.array([1.0, -1e200])}, "does not support values whose squares are infinite: feature 'age'"),
    ],
)
def test_features_it_cannot_compare(features: dict[str, Any], message: str) -> None:
    with pytest.raises(MetricError, match=message):
        count_flips(features, mask("01"), mask("01"))
