"""The largest gap between the shares of one category in two samples."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_model_monitor.analysis.drift.linfinity import comparable
from airflow_model_monitor.contract.monitoring_config import ComparisonMethod


def categorical_linfinity(
    current: Mapping[str, int], baseline: Mapping[str, int], method: ComparisonMethod = "Robust"
) -> float | None:
    """Distance of two categorical columns, 0 to 1; None when one of them has no values.

    :param current: rows per category of the current data, ``NullValue`` for nulls
    :param baseline: rows per category of the baseline
    :param method: ``Robust`` corrects for small samples, ``Simple`` does not
    """
    n, m = float(sum(current.values())), float(sum(baseline.values()))
    if not n or not m:
        return None
    gap = max(abs(current.get(key, 0) / n - baseline.get(key, 0) / m) for key in current.keys() | baseline.keys())
    return comparable(gap, n, m, method)
