"""The two curves of a binary classifier, and the areas under them, as Spark MLlib draws them.

Spark's ``BinaryClassificationMetrics`` with 1000 bins: a point for each distinct probability in descending order; with
2000 of them and more, so many neighbours share a point that about 1000 points remain. The ROC curve runs from (0, 0) to
(1, 1). The precision-recall curve starts at recall 0 with the precision of its first point. Areas are sums of
trapezoids, added in order. Checked against the real files: points to the last digit, areas too except for one of four,
which is off by one unit in the last place, since Spark adds the sums of its partitions in the order they are done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 1000
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BinaryCurves:
    """Points of both curves. With k points, the ROC curve has k + 2 and the precision-recall curve k + 1 of them."""

    false_positive_rates: Doubles
    true_positive_rates: Doubles
    precisions: Doubles
    recalls: Doubles

    @property
    def auc(self) -> float:
        """Area under the ROC curve."""
        return _area(self.false_positive_rates, self.true_positive_rates)

    @property
    def au_prc(self) -> float:
        """Area under the precision-recall curve."""
        return _area(self.recalls, self.precisions)


class RankedRows:
    """Rows of a binary problem with probabilities, the most probable first.

    :param probabilities: within [0, 1]
    :param actual: 1 for rows of the positive class, 0 for others
    :param predicted: likewise, what the model said

    Equal probabilities are put in the order of their cells, so that the order of the rows leaves no trace.
    """

    __slots__ = ("_actual", "_point", "_predicted")

    def __init__(self, probabilities: Doubles, actual: NDArray[np.uint8], predicted: NDArray[np.uint8]) -> None:
        # Doubles from 0 to 1 are in the order of their bits and leave the two highest unused. Two bits hold the cell of
        # the row: sorting plain integers is several times faster than sorting positions. Adding 0.0 mends -0.0.
        keys = (probabilities + 0.0).view(np.uint64) << np.uint64(2)
        keys |= ((actual << 1) | predicted).astype(np.uint64)
        keys.sort()
        keys = keys[::-1]
        cells = (keys & np.uint64(3)).astype(np.uint8)
        keys >>= np.uint64(2)
        changes = keys[1:] != keys[:-1]
        self._point = np.concatenate(([0], np.cumsum(changes, dtype=np.int64)))
        self._actual = cells >> 1
        self._predicted = cells & 1

    def counts(self, kept: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Rows by actual and predicted class; of those a sample keeps, or of all."""
        cells = (self._actual << 1) | self._predicted
        return np.bincount(cells if kept is None else cells[kept], minlength=4).reshape(2, 2)

    def curves(self, kept: NDArray[np.bool_] | None = None) -> BinaryCurves:
        """The curves of the rows that a sample keeps, or of all; there must be one."""
        point, actual = (self._point, self._actual) if kept is None else (self._point[kept], self._actual[kept])
        last = np.append(np.flatnonzero(point[1:] != point[:-1]), len(point) - 1)
        together = len(last) // BINS
        if together >= 2:
            last = np.append(last[together - 1 :: together], last[-1:] if len(last) % together else [])
        last = last.astype(np.intp, copy=False)
        # Whole numbers up to here, so that sums are exact in any order.
        starts = np.concatenate(([0], last[:-1] + 1))
        positives = np.cumsum(np.add.reduceat(actual, starts, dtype=np.int64))
        return _curves(positives, last + 1 - positives)


def _curves(true_positives: NDArray[np.int64], false_positives: NDArray[np.int64]) -> BinaryCurves:
    """Curves from cumulative counts of rows at least as probable as each point."""
    recalls = _rates(true_positives)
    precisions = true_positives / (true_positives + false_positives)
    return BinaryCurves(
        np.concatenate(([0.0], _rates(false_positives), [1.0])),
        np.concatenate(([0.0], recalls, [1.0])),
        np.concatenate((precisions[:1], precisions)),
        np.concatenate(([0.0], recalls)),
    )


def _rates(cumulative: NDArray[np.int64]) -> Doubles:
    """Shares of the total; 0.0 throughout where there is nothing to share."""
    total = int(cumulative[-1])
    return cumulative / total if total else np.zeros(len(cumulative))


def _area(x: Doubles, y: Doubles) -> float:
    trapezoids = np.diff(x) * (y[1:] + y[:-1]) / 2.0
    # Left to right: NumPy's own sum adds in pairs.
    return float(np.add.accumulate(trapezoids)[-1])
