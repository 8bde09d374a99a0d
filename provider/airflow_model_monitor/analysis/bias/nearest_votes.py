"""The exact vote of the nearest rows, with a rule for rows that are equally far.

Of rows at the same distance those that stand earlier in the dataset are nearer. Distances are Euclidean, on the
features as they are, compared as doubles.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from airflow_model_monitor.analysis.bias.distinct_rows import Matrix, Positions, distinct_rows
from airflow_model_monitor.analysis.bias.facet_sample import BoolArray

_CELLS_AT_A_TIME = 2_000_000
"""Candidates looked at in one step: bounds the memory, whatever the number of rows."""


class NearestVotes:
    """Votes of the ``neighbours`` nearest of some rows.

    :param points: shape (rows, features): the rows that vote, at least ``neighbours`` of them, without NaN
    :param votes: what each of them votes for
    :param neighbours: how many vote on a query, odd
    :param threads: of the tree's search
    """

    def __init__(self, points: Matrix, votes: BoolArray, neighbours: int, *, threads: int = 1) -> None:
        self._neighbours = neighbours
        self._threads = threads
        self._votes = votes
        # Rows alike in everything would fill a leaf of the tree, which is searched row by row: one stands for them.
        first, likes = distinct_rows(points)
        self._members = _first_members(likes, len(first), neighbours)
        self._tree = cKDTree(points[first], balanced_tree=False)

    def majority(self, queries: Matrix) -> BoolArray:
        """For each query whether most of its nearest rows vote yes. Shape (queries, features) to (queries,)."""
        first, likes = distinct_rows(queries)
        result = np.empty(len(first), dtype=np.bool_)
        width = min(self._neighbours + 1, self._tree.n)
        self._vote(queries[first], np.arange(len(first)), width, result)
        majority: BoolArray = result[likes]
        return majority

    def _vote(self, queries: Matrix, pending: Positions, width: int, result: BoolArray) -> None:
        """Decide the ``pending`` queries with ``width`` distinct candidates each; widen where the last one ties."""
        undecided: list[Positions] = []
        for block in _blocks(pending, width * self._neighbours):
            distances, candidates = self._tree.query(queries[block], k=np.arange(1, width + 1), workers=self._threads)
            members = self._members[candidates]
            enough = np.cumsum((members >= 0).sum(axis=2), axis=1) >= self._neighbours
            farthest = distances[np.arange(len(block)), enough.argmax(axis=1)]
            decided = farthest < distances[:, -1] if width < self._tree.n else np.ones(len(block), dtype=np.bool_)
            result[block[decided]] = self._count(distances[decided], members[decided])
            undecided.append(block[~decided])
        rest = np.concatenate(undecided) if undecided else pending[:0]
        if len(rest):
            self._vote(queries, rest, min(2 * width, self._tree.n), result)

    def _count(self, distances: NDArray[np.float64], members: Positions) -> BoolArray:
        shape = (len(members), members.shape[1] * members.shape[2])
        rows = members.reshape(shape)
        far = np.repeat(distances, members.shape[2], axis=1)
        far = np.where(rows >= 0, far, np.inf)
        # Sorted by row first and then, stably, by distance: earlier rows come first among the equally far.
        by_row = np.argsort(rows, axis=1, kind="stable")
        by_distance = np.argsort(np.take_along_axis(far, by_row, axis=1), axis=1, kind="stable")
        nearest = np.take_along_axis(rows, np.take_along_axis(by_row, by_distance, axis=1), axis=1)
        votes = self._votes[nearest[:, : self._neighbours]]
        majority: BoolArray = 2 * votes.sum(axis=1) > self._neighbours
        return majority


def _first_members(likes: Positions, distinct: int, neighbours: int) -> Positions:
    """The first rows like each distinct one, ascending, filled up with -1. Shape (distinct, neighbours)."""
    order = np.argsort(likes, kind="stable")
    starts = np.searchsorted(likes[order], np.arange(distinct))
    ranks = np.arange(len(likes)) - starts[likes[order]]
    result = np.full((distinct, neighbours), -1, dtype=np.intp)
    kept = ranks < neighbours
    result[likes[order][kept], ranks[kept]] = order[kept]
    return result


def _blocks(positions: Positions, cells: int) -> Iterator[Positions]:
    step = max(1, _CELLS_AT_A_TIME // cells)
    for start in range(0, len(positions), step):
        yield positions[start : start + step]
