"""Counters and timers of our tasks, through Airflow's own metrics (``[metrics]`` in its configuration).

Every name begins with ``model_monitor.``; docs/how-to/observability.md lists them. Where metrics are off, and they are
unless somebody switches them on, nothing happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow_model_monitor._compat import stats

_PREFIX = "model_monitor."


def job_ended(
    *,
    monitor: str,
    monitoring_type: str,
    runtime: str,
    took: timedelta,
    status: str,
    rows: int,
    found: Mapping[str, int],
) -> None:
    """A job has published a result.

    :param took: from the start of its task
    :param status: ``Completed`` or ``CompletedWithViolations``
    :param found: violations by check
    """
    tags = {"monitor": monitor, "monitoring_type": monitoring_type, "runtime": runtime}
    stats().timing(f"{_PREFIX}job.duration", took, tags=tags)
    _count("job.ended", 1, {**tags, "status": status})
    _count("rows", rows, tags)
    for check, number in found.items():
        _count("violations", number, {**tags, "check": check})


def job_without_result(*, monitor: str, monitoring_type: str, runtime: str, status: str) -> None:
    """A job has published nothing.

    :param status: ``Failed``, or ``NoData``
    """
    tags = {"monitor": monitor, "monitoring_type": monitoring_type, "runtime": runtime, "status": status}
    _count("job.ended", 1, tags)


def retraining_decided(*, allowed: bool, stopped_by: str | None) -> None:
    """Guards have answered.

    :param stopped_by: the guard that said no
    """
    if allowed:
        _count("retraining.begun", 1, {})
    else:
        _count("retraining.stopped", 1, {"guard": stopped_by or "none"})


def retraining_ended(*, outcome: str, took: timedelta) -> None:
    """A retraining has come to an outcome.

    :param took: from the run that began it
    """
    stats().timing(f"{_PREFIX}retraining.duration", took, tags={"outcome": outcome})
    _count("retraining.ended", 1, {"outcome": outcome})


def model_deployed(*, model: str) -> None:
    """Another version of a model serves.

    :param model: name of the folder of its versions
    """
    _count("model.deployed", 1, {"model": model})


def alarm_told(*, state: str) -> None:
    """A watcher has made an event of an alarm's message."""
    _count("alarm.told", 1, {"state": state})


def _count(name: str, number: int, tags: dict[str, Any]) -> None:
    stats().incr(f"{_PREFIX}{name}", number, tags=tags)
