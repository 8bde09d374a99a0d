"""One number per feature from the values of all rows."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.kll_sketch import KllSketch
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.shap_config import Aggregation

Doubles = NDArray[np.float64]

EXACT_VALUES: Final = 2**23
"""How many values (rows × outputs × features) a median keeps; beyond, it is a sketch's, right to 0.1 % of the rows."""


class GlobalValues:
    """The aggregation of local values: the mean of their magnitudes, the mean of their squares, or their median.

    A median is signed, a mean of magnitudes or squares is not. Source: ``agg_method`` in the documentation of Clarify's
    analysis configuration; ``mean_abs`` agrees with published results.

    :param aggregation: ``mean_abs``, ``median`` or ``mean_sq``
    """

    def __init__(self, aggregation: Aggregation) -> None:
        self._aggregation = aggregation
        self._sums: Doubles | None = None
        self._kept: list[Doubles] = []
        self._sketches: list[KllSketch] = []
        self.rows = 0

    def add(self, values: Doubles) -> None:
        """:param values: shape (rows, outputs, features)"""
        self.rows += len(values)
        if self._aggregation == "median":
            self._keep(values)
            return
        sums = (np.abs(values) if self._aggregation == "mean_abs" else values**2).sum(axis=0)
        self._sums = sums if self._sums is None else self._sums + sums

    def result(self) -> Doubles:
        """Shape (outputs, features).

        :raises ContractError: there were no rows
        """
        if not self.rows:
            raise ContractError("the dataset has no rows to explain", remedy="Give at least one row.")
        if self._sums is not None:
            return self._sums / self.rows
        if not self._sketches:
            result: Doubles = np.median(np.concatenate(self._kept), axis=0)
            return result
        return np.array([_median(sketch) for sketch in self._sketches]).reshape(self._kept[0].shape[1:])

    def _keep(self, values: Doubles) -> None:
        if not self._sketches:
            self._kept.append(values)
            if self.rows * values[0].size <= EXACT_VALUES:
                return
            values = np.concatenate(self._kept)
            self._kept = [values[:0]]
            self._sketches = [KllSketch() for _ in range(values[0].size)]
        for sketch, series in zip(self._sketches, values.reshape(len(values), -1).T, strict=True):
            sketch.add(series)


def _median(sketch: KllSketch) -> float:
    items = np.concatenate(sketch.levels)
    weights = np.repeat([2.0**level for level in range(len(sketch.levels))], [len(level) for level in sketch.levels])
    order = np.argsort(items, kind="stable")
    passed = np.cumsum(weights[order])
    half = passed[-1] / 2
    below, above = np.searchsorted(passed, [half, half * (1 + 1e-12)])
    return float((items[order[below]] + items[order[above]]) / 2)
