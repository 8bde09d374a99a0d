"""Processes that are forked from one in which Airflow is imported already (:mod:`demo.preloaded`)."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from demo import home

if TYPE_CHECKING:
    from airflow.sdk import DAG

R = TypeVar("R")


class ForkedProcess:
    """One process, with settings and a log file of its own; it does what it is asked to in order.

    :param root: what the DAGs work on
    :param name: of the folder for Airflow's things below it
    :param approval: how retrainings are approved: ``automatic``, or ``later``
    :param nice: how much it lets others go first
    """

    def __init__(self, root: Path, name: str, *, approval: str = "automatic", nice: int = 0) -> None:
        self._root, self._name = root, name
        (root / name).mkdir(parents=True, exist_ok=True)
        settings = home.environment(root, name, approval=approval)
        context = get_context("forkserver")
        context.set_forkserver_preload(["demo.preloaded"])
        log = str(root / f"{name}.log")
        self._pool = ProcessPoolExecutor(1, context, initializer=_begin, initargs=(settings, log, nice))

    def submit(self, work: Callable[..., R], *arguments: Any) -> Future[R]:
        """Have it done there, once all that was asked for before is done."""
        return self._pool.submit(work, *arguments)

    def processor_seconds(self) -> tuple[float, float]:
        """Processor time it took so far, and what the process it was forked from took to import everything.

        Nobody waits for a forked process but the one it was forked from, so no parent can be asked for this.
        """
        return self.submit(_processor_seconds).result()

    def close(self) -> None:
        """End it."""
        self._pool.shutdown(cancel_futures=True)


@cache
def dags() -> dict[str, DAG]:
    """The example DAGs, read with the settings of this process.

    :raises RuntimeError: a file could not be imported
    """
    bag = home.dag_bag(home.DAGS)
    if bag.import_errors:
        raise RuntimeError(f"the example DAGs could not be imported: {bag.import_errors}")
    return dict(bag.dags)


def _begin(settings: dict[str, str], log: str, nice: int) -> None:
    import demo.preloaded  # noqa: F401  here already, if this was forked from where it is

    os.nice(nice)
    os.environ.update(settings)
    # What Airflow prints goes to a file, whichever way it prints it.
    with open(log, "ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    _own_database()


def _own_database() -> None:
    """The database that the settings of this process name takes the place of the one Airflow was imported with."""
    from airflow import settings

    settings.dispose_orm(do_log=False)
    settings.configure_vars()
    settings.configure_orm()


def _processor_seconds() -> tuple[float, float]:
    from demo.preloaded import PROCESSOR_SECONDS

    used = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in used), PROCESSOR_SECONDS
