"""Rows that take the features of a coalition from a row of the data and the others from a baseline row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.feature_table import Column, FeatureTable, alike

Bools = NDArray[np.bool_]


def synthetic_rows(rows: FeatureTable, baseline: FeatureTable, coalitions: Bools) -> FeatureTable:
    """The rows of some coalitions and of their complements.

    :param rows: the rows explained
    :param baseline: rows to take absent features from
    :param coalitions: shape (features, rows, pairs), or (features, 1, pairs) when all rows have the same
    :returns: ``rows * 2 * pairs * baseline`` rows in that order: row by row, coalitions before complements, pair by
        pair, baseline row by baseline row
    """
    shape = (len(rows), 2, coalitions.shape[2], len(baseline))
    return FeatureTable(
        rows.names,
        tuple(
            _mixed(*alike(own, absent), present, shape)
            for own, absent, present in zip(rows.columns, baseline.columns, coalitions, strict=True)
        ),
    )


def _mixed(own: Column, absent: Column, present: Bools, shape: tuple[int, int, int, int]) -> Column:
    result = np.empty(shape, dtype=own.dtype)
    own, present = own[:, None, None], present[..., None]
    result[:, 0] = np.where(present, own, absent)
    result[:, 1] = np.where(present, absent, own)
    return result.ravel()
