"""The quantile sketch of a numeric column, item for item the one the original writes into statistics.json."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.kll_schedule import Compaction, add_items, promotion_offset, settle
from airflow_model_monitor.analysis.row_sort import sort_blocks

Doubles = NDArray[np.float64]


class KllSketch:
    """A KLL sketch after Deequ's ``QuantileNonSample`` (k = 2048, c = 0.64), deterministic.

    Feeding a batch gives what feeding its items one by one gives, since compactions depend on counts alone
    (:mod:`~airflow_model_monitor.analysis.kll_schedule`): level by level, each compaction takes the next block of that
    level's stream of items, so a whole batch is sorted in a few calls.
    """

    __slots__ = ("_buffers", "_compacted")

    def __init__(self) -> None:
        self._buffers: list[Doubles] = [np.empty(0)]
        self._compacted: list[int] = [0]

    @classmethod
    def from_levels(cls, levels: Iterable[Sequence[float]]) -> KllSketch:
        """A sketch of given buffers, lowest first, as a file holds them; none of them counts as compacted."""
        sketch = cls()
        sketch._buffers = [np.array(level, dtype=np.float64) for level in levels] or [np.empty(0)]
        sketch._compacted = [0] * len(sketch._buffers)
        return sketch

    @property
    def levels(self) -> tuple[Doubles, ...]:
        """The items of each level in the order of the buffer, lowest first; one of level ``i`` stands for ``2**i``."""
        return tuple(self._buffers)

    @property
    def weight(self) -> int:
        """How many values the items stand for."""
        return sum(len(buffer) << level for level, buffer in enumerate(self._buffers))

    def add(self, values: Doubles) -> None:
        """Add values in their order.

        :param values: doubles, one axis. NaN sorts above infinity and -0.0 below 0.0, as Java orders doubles.
        """
        if not len(values):
            return
        lengths = [len(buffer) for buffer in self._buffers]
        compactions = add_items(lengths, len(values))
        self._buffers[0] = np.concatenate((self._buffers[0], values))
        self._carry_out(compactions)

    def merge(self, other: KllSketch) -> KllSketch:
        """A new sketch of both: buffers appended level by level, then compacted as far as the original does.

        The result depends on the order; it is not the sketch of the concatenated values, only as accurate as that.
        """
        merged = KllSketch()
        height = max(len(self._buffers), len(other._buffers))
        merged._buffers = [
            np.concatenate((_level(self._buffers, level), _level(other._buffers, level))) for level in range(height)
        ]
        merged._compacted = self._compacted + [0] * (height - len(self._compacted))
        merged._carry_out(settle([len(buffer) for buffer in merged._buffers]))
        return merged

    def _carry_out(self, compactions: list[Compaction]) -> None:
        """Level by level, lowest first: the blocks one level promotes are the tail of the next level's stream."""
        blocks: dict[int, list[int]] = {}
        for level, length in compactions:
            blocks.setdefault(level, []).append(length // 2 * 2)
        for level in sorted(blocks):
            stream, lengths = self._buffers[level], blocks[level]
            ordered = sort_blocks(stream, lengths, presorted_runs=level > 0)
            before = self._compacted[level]
            promoted = [block[promotion_offset(before + i) :: 2] for i, block in enumerate(ordered)]
            self._compacted[level] = before + len(lengths)
            # A copy: a view would keep the whole batch alive.
            self._buffers[level] = stream[sum(lengths) :].copy()
            if level + 1 == len(self._buffers):
                self._buffers.append(np.empty(0))
                self._compacted.append(0)
            self._buffers[level + 1] = np.concatenate((self._buffers[level + 1], *promoted))


def _level(buffers: list[Doubles], level: int) -> Doubles:
    return buffers[level] if level < len(buffers) else np.empty(0)
