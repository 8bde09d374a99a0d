"""The names that moved between Airflow 3.0 and 3.3, under one roof.

Everything else comes from ``airflow.sdk``, where it has stood since 3.0. Features that only newer Airflows have are
asked for here and nowhere else.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn

try:  # 3.2 and newer: the SDK's own configuration and exceptions
    from airflow.sdk.configuration import conf
    from airflow.sdk.exceptions import (
        AirflowFailException,
        AirflowSensorTimeout,
        AirflowSkipException,
        TaskDeferralTimeout,
        TaskDeferred,
    )
except ImportError:  # 3.0 and 3.1
    from airflow.configuration import conf  # type: ignore[no-redef, assignment]
    from airflow.exceptions import (  # type: ignore[no-redef, assignment]
        AirflowFailException,
        AirflowSensorTimeout,
        AirflowSkipException,
        TaskDeferralTimeout,
        TaskDeferred,
    )

try:  # 3.1 and newer
    from airflow.sdk import BaseHook
except ImportError:  # 3.0
    from airflow.hooks.base import BaseHook  # type: ignore[no-redef]

from airflow.triggers.base import BaseEventTrigger, BaseTrigger, TriggerEvent

try:  # 3.3 and newer: events are acknowledged when they are stored
    from airflow.triggers.shared_stream import SharedStreamProducer

    HAS_ACKNOWLEDGED_STREAMS = True
except ImportError:
    SharedStreamProducer = object  # type: ignore[misc, assignment]
    HAS_ACKNOWLEDGED_STREAMS = False

#: Whether the triggerer tells a trigger that its task was killed (3.3 and newer): only then is ``on_kill`` called.
TRIGGERS_LEARN_OF_KILLS = hasattr(BaseTrigger, "on_kill")


def skip_tasks(task_ids: Sequence[str]) -> NoReturn:
    """End the running task as a success, and skip others of its DAG run.

    Airflow's ``SkipMixin`` would do it too, and takes every DAG file on Airflow 3.0 a second and a half to import.
    """
    try:  # 3.2 and newer
        from airflow.sdk.exceptions import DownstreamTasksSkipped
    except ImportError:
        from airflow.exceptions import DownstreamTasksSkipped  # type: ignore[no-redef, assignment]
    raise DownstreamTasksSkipped(tasks=list(task_ids))


def stats() -> Any:
    """Airflow's metrics: something with ``incr(name, count, tags=…)`` and ``timing(name, timedelta, tags=…)``."""
    try:  # 3.2 and newer
        from airflow.sdk.observability import stats as module
    except ImportError:
        from airflow.stats import Stats

        return Stats
    return module if hasattr(module, "incr") else module.Stats  # 3.2 has them in a class only


def question_operator() -> type[Any] | None:
    """The operator that asks a person to choose (human in the loop); None before Airflow 3.1."""
    import airflow

    if tuple(int(part) for part in airflow.__version__.split(".")[:2]) < (3, 1):
        return None
    try:
        from airflow.providers.standard.operators.hitl import HITLOperator
    except ImportError:  # a standard provider older than 1.3
        return None
    return HITLOperator


def answered_within(operator: type[Any], time: timedelta) -> dict[str, timedelta]:
    """The argument that says how long a question of :func:`question_operator` stays open."""
    # Before 1.13 of the standard provider, which Airflow 3.1 came with, the time to answer was the time to execute.
    known = inspect.signature(operator.__init__).parameters
    return {"response_timeout" if "response_timeout" in known else "execution_timeout": time}


__all__ = [
    "HAS_ACKNOWLEDGED_STREAMS",
    "TRIGGERS_LEARN_OF_KILLS",
    "AirflowFailException",
    "AirflowSensorTimeout",
    "AirflowSkipException",
    "BaseEventTrigger",
    "BaseHook",
    "BaseTrigger",
    "SharedStreamProducer",
    "TaskDeferralTimeout",
    "TaskDeferred",
    "TriggerEvent",
    "answered_within",
    "conf",
    "question_operator",
    "skip_tasks",
    "stats",
]
