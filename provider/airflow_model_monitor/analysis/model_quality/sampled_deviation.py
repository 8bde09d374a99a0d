"""How far each metric strays: its standard deviation over random samples of the rows.

The original takes five samples of 80 % of the rows without replacement, from 200 rows on; the divisor is five. Its
samples are different in every run. Ours follow from a seed, so that a repeat writes the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLES: Final = 5
LEAST_ROWS: Final = 200
Sample = NDArray[np.bool_]
"""For each row whether the sample keeps it."""


def sampled_deviations(rows: int, seed: str, measure: Callable[[Sample], Mapping[str, float]]) -> Mapping[str, float]:
    """Standard deviations by metric; empty with fewer than 200 rows, where there are none.

    :param rows: rows to sample from
    :param seed: any text; equal texts give equal samples, on any machine and with any release of NumPy
    :param measure: the metrics of the rows a sample keeps, the same names for each sample
    """
    if rows < LEAST_ROWS:
        return {}
    measured = [measure(sample) for sample in samples(rows, seed)]
    with np.errstate(over="ignore", invalid="ignore"):
        return {name: float(np.std([metrics[name] for metrics in measured])) for name in measured[0]}


def samples(rows: int, seed: str) -> Iterator[Sample]:
    """Five samples, each of four fifths of the rows, rounded down.

    Only PCG64's raw numbers are used: NumPy promises these for good, but not what its generators make of them.
    """
    generator = np.random.PCG64(int.from_bytes(sha256(seed.encode()).digest(), "big"))
    size = rows * 4 // 5
    for _ in range(SAMPLES):
        lots = generator.random_raw(rows)
        yield lots <= np.partition(lots, size - 1)[size - 1]
