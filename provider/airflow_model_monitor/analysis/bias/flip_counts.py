"""Flip tests already run: the same rows are judged twice, as the original does and corrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from airflow_model_monitor.analysis.bias.column_values import Column
from airflow_model_monitor.analysis.bias.facet_sample import BoolArray
from airflow_model_monitor.analysis.bias.flip_test import count_flips
from airflow_model_monitor.analysis.bias.metric_error import MetricError


@dataclass
class FlipCounts:
    """Counts flips, and remembers the answers. Only the flip test takes long.

    :param threads: of the search for similar rows
    """

    threads: int = 1
    _known: list[tuple[tuple[str, ...], tuple[BoolArray, ...], tuple[int, int] | MetricError]] = field(
        default_factory=list
    )

    def count(
        self, features: Mapping[str, Column], kept: BoolArray, sensitive: BoolArray, predicted: BoolArray
    ) -> tuple[int, int]:
        """:func:`count_flips` of the rows ``kept``; the other masks have one value for each of those.

        :raises MetricError: as :func:`count_flips` does
        """
        masks = (kept, sensitive, predicted)
        for names, known, answer in self._known:
            if names == tuple(features) and all(map(np.array_equal, known, masks)):
                return _answer(answer)
        found: tuple[int, int] | MetricError
        try:
            rows = features if kept.all() else {name: column[kept] for name, column in features.items()}
            found = count_flips(rows, sensitive, predicted, threads=self.threads)
        except MetricError as error:
            found = error
        self._known.append((tuple(features), masks, found))
        return _answer(found)


def _answer(answer: tuple[int, int] | MetricError) -> tuple[int, int]:
    if isinstance(answer, MetricError):
        raise answer
    return answer
