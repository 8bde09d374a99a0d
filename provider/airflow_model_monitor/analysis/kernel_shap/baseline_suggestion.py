"""Baseline rows for a data set that comes without: the centres of its clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.feature_table import Column, FeatureTable, column
from airflow_model_monitor.analysis.kernel_shap.k_prototypes import Clusters, Doubles, Integers, Points, cluster
from airflow_model_monitor.contract.errors import ContractError

MOST_CLUSTERS: Final = 12
MOST_ROWS: Final = 4096
PRONOUNCED: Final = 0.85


def suggest_baseline(rows: FeatureTable, *, num_clusters: int | None = None, seed: int = 0) -> FeatureTable:
    """One baseline row per cluster of the rows, the largest cluster first.

    Without a number of clusters, the one of 1 to 12 is taken that reduces the scatter most, compared with what one
    cluster more does to rows without any structure; 1 where none reduces it to less than 85 % of that. (The original
    takes 1 to 12; its rule is not known.) Source: Pham, Dimov & Nguyen, Selection of K in K-means clustering, 2005.

    Numbers cluster by their distance in standard deviations, text and booleans by being equal. A centre has the mean of
    its rows' numbers, rounded where the column holds whole numbers, so that the model is asked about values of the kind
    it knows, and the commonest of their categories. A missing number takes no part in a mean and stands for the mean of
    the column in distances; a missing category is a category. A centre lacks a number only where the column has none.

    :param rows: of the data set, without the label; of more than 4096, as many are drawn
    :param num_clusters: 1 or more; fewer rows come back where there are fewer different ones
    :param seed: of the draws
    :raises ContractError: no rows, no clusters, or a column with an infinite number
    """
    if not len(rows):
        raise ContractError("there are no rows to make a baseline of", remedy="Give rows, or a baseline.")
    if num_clusters is not None and num_clusters < 1:
        raise ContractError(f"{num_clusters} is not a number of clusters", field="methods.shap.num_clusters")
    generator = np.random.Generator(np.random.PCG64(seed))
    if len(rows) > MOST_ROWS:
        rows = rows[np.sort(generator.choice(len(rows), MOST_ROWS, replace=False))]
    features = [_feature(name, values) for name, values in zip(rows.names, rows.columns, strict=True)]
    points = _points(features, len(rows))
    assigned = _clusters(points, num_clusters, generator).assigned
    sizes = np.bincount(assigned)
    groups = [np.flatnonzero(assigned == i) for i in np.argsort(-sizes, kind="stable") if sizes[i]]
    return FeatureTable(rows.names, tuple(column([feature.centre(group) for group in groups]) for feature in features))


def _clusters(points: Points, count: int | None, generator: np.random.Generator) -> Clusters:
    different = len(np.unique(np.concatenate((points.numbers, points.codes), axis=1), axis=0))
    if count is not None:
        return cluster(points, min(count, different), generator)
    before = best = cluster(points, 1, generator)
    expected, least = 1 - 3 / (4 * points.features), PRONOUNCED
    for number in range(2, min(MOST_CLUSTERS, different) + 1):
        found = cluster(points, number, generator)
        evaluation = found.scatter / (expected * before.scatter) if before.scatter else 1.0
        if evaluation < least:
            best, least = found, evaluation
        before, expected = found, expected + (1 - expected) / 6
    return best


@dataclass(frozen=True, slots=True)
class _Numbers:
    values: Doubles  # NaN where missing
    whole: bool

    def centre(self, members: Integers) -> float | int | None:
        chosen = self.values[members]
        chosen = chosen[~np.isnan(chosen)]
        if not len(chosen):
            chosen = self.values[~np.isnan(self.values)]
        if not len(chosen):
            return None
        # Sums of very large numbers leave the doubles, and the mean of equal ones may be off by a rounding.
        largest = np.abs(chosen).max() or 1.0
        mean = float(np.clip((chosen / largest).mean() * largest, chosen.min(), chosen.max()))
        return round(mean) if self.whole else mean


@dataclass(frozen=True, slots=True)
class _Categories:
    values: Column
    codes: Integers

    def centre(self, members: Integers) -> Any:
        commonest = np.bincount(self.codes[members]).argmax()
        return self.values[np.flatnonzero(self.codes == commonest)[0]]


def _feature(name: str, values: Column) -> _Numbers | _Categories:
    listed = [None if value != value else value for value in values.tolist()]
    kinds = {type(value) for value in listed} - {type(None)}
    if kinds and not kinds <= {int, float}:
        known = {value: code for code, value in enumerate(dict.fromkeys(listed))}
        return _Categories(_objects(listed), np.array([known[value] for value in listed], dtype=np.int64))
    numbers = np.array(listed, dtype=np.float64)
    if np.isinf(numbers).any():
        raise ContractError("holds an infinite number, which has no mean", field=name, remedy="Give baseline rows.")
    return _Numbers(numbers, kinds == {int})


def _points(features: list[_Numbers | _Categories], rows: int) -> Points:
    numbers = [_standardised(feature.values) for feature in features if isinstance(feature, _Numbers)]
    codes = [feature.codes for feature in features if isinstance(feature, _Categories)]
    return Points(
        np.array(numbers, dtype=np.float64).reshape(len(numbers), rows).T,
        np.array(codes, dtype=np.int64).reshape(len(codes), rows).T,
    )


def _standardised(values: Doubles) -> Doubles:
    present = values[~np.isnan(values)]
    if not len(present) or present.min() == present.max():
        return np.zeros(len(values))
    # Scaled first: squares of very large or very small numbers leave the doubles.
    scale = np.abs(present).max()
    scaled, present = values / scale, present / scale
    deviation = present.std()
    if not deviation:
        return np.zeros(len(values))
    return np.where(np.isnan(values), 0.0, (scaled - present.mean()) / deviation)


def _objects(values: list[Any]) -> NDArray[np.object_]:
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result
