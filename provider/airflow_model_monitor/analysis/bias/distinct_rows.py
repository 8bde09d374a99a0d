"""Rows of many columns reduced to the distinct ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Positions = NDArray[np.intp]

_LARGEST_KEY = 2**62


def distinct_rows(rows: Matrix) -> tuple[Positions, Positions]:
    """Which rows are alike.

    :param rows: shape (rows, columns), without NaN
    :return: for each distinct row the position of its first occurrence, and for each row the position of its like
        among the distinct ones
    """
    keys = np.zeros(len(rows), dtype=np.int64)
    kinds = 1
    for column in rows.T:
        values, codes = np.unique(column, return_inverse=True)
        if kinds * len(values) > _LARGEST_KEY:
            distinct, keys = np.unique(keys, return_inverse=True)
            kinds = len(distinct)
        keys = keys * len(values) + codes
        kinds *= len(values)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first.astype(np.intp), inverse.astype(np.intp)
