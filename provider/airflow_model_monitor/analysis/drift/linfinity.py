"""L-infinity distances and their correction for small samples."""

from __future__ import annotations

from math import sqrt

from airflow_model_monitor.contract.monitoring_config import ComparisonMethod

# c(alpha) at alpha = 0.003: Knuth, The Art of Computer Programming, volume 2, 3rd edition, 3.3.1, equation (15).
C_ALPHA = 1.8


def comparable(distance: float, n: float, m: float, method: ComparisonMethod) -> float:
    """Turn a plain L-infinity distance into the one a threshold is held against.

    ``Simple`` leaves it alone. ``Robust`` takes off what two samples of one distribution would show by chance in the
    Kolmogorov-Smirnov test, and never falls below zero.

    :param distance: largest difference of two shares, 0 to 1
    :param n: size of the one sample
    :param m: size of the other
    """
    if method == "Simple":
        return distance
    return max(0.0, distance - C_ALPHA * sqrt((n + m) / (n * m)))
