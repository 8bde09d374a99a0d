"""A confusion matrix as a table: actual classes in rows, predicted ones in columns, the largest first kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MOST_CLASSES: Final = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows of one actual and one predicted class.

    :param share: of all rows of the actual class, 0 to 1
    :param right: whether the prediction was right
    """

    count: int
    share: float
    right: bool


@dataclass(frozen=True, slots=True)
class ConfusionTable:
    """What the page shows of a confusion matrix.

    :param classes: the classes shown, in the matrix's order
    :param rows: for each class its cells, and the number of its rows in the whole matrix
    :param left_out: classes too small to be shown
    """

    classes: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell], int]]
    left_out: int


def confusion_table(matrix: Mapping[str, Mapping[str, int]] | None) -> ConfusionTable | None:
    """The table of a matrix; ``None`` without one. Of many classes those with most rows are shown.

    :param matrix: number of rows by actual class and, within, by predicted class
    """
    if not matrix:
        return None
    support: Counter[str] = Counter()
    for actual, row in matrix.items():
        support[actual] += sum(row.values())
        for predicted, count in row.items():
            support[predicted] += 0 if predicted == actual else count
    order = list(dict.fromkeys([*matrix, *support]))
    shown = set(sorted(order, key=lambda name: -support[name])[:MOST_CLASSES])
    classes = [name for name in order if name in shown]
    rows = []
    for actual in classes:
        row = matrix.get(actual, {})
        total = sum(row.values())
        cells = [
            Cell(row.get(predicted, 0), row.get(predicted, 0) / total if total else 0.0, predicted == actual)
            for predicted in classes
        ]
        rows.append((actual, cells, total))
    return ConfusionTable(classes, rows, len(order) - len(classes))
