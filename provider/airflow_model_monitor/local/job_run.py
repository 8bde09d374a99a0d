"""One job that is run once: from its turn to its end, whatever kind of job it is."""

from __future__ import annotations

import shutil
import sys
import tempfile
import traceback
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.exit_message import LONGEST
from airflow_model_monitor.local.aws import epoch
from airflow_model_monitor.local.clock import Stopwatch
from airflow_model_monitor.local.errors import ServiceError
from airflow_model_monitor.local.job_child import Orders
from airflow_model_monitor.local.jobs import TERMINAL, Jobs

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

LONGEST_RUN: Final = 86_400
"""Seconds, where a request does not say; SageMaker's default."""


class JobRun(ABC):
    """A job that is run once.

    :param jobs: those of its kind
    :param start: when it starts, by the clock
    """

    def __init__(self, aws: LocalAws, jobs: Jobs, key: str, start: datetime) -> None:
        self.aws, self.jobs, self.key = aws, jobs, key
        self.watch = Stopwatch(aws.clock, start)
        self.orders = Orders()

    def stop(self) -> None:
        """End the process; the job is then ``Stopped``."""
        self.orders.stop.set()

    def interrupt(self) -> None:
        """Kill the process and leave the job as it is."""
        self.orders.interrupt.set()

    def run(self) -> None:
        """Run the job to its end.

        :raises Interrupted: :meth:`interrupt` was called
        """
        kind = self.jobs.KIND
        document = self.jobs.get_key(self.key)
        if document[kind.status] in TERMINAL:
            return
        if document[kind.status] == "Stopping":
            self.end("Stopped")
            return
        self.change(**{kind.started: epoch(self.watch.now())})
        folder = Path(tempfile.mkdtemp(prefix="job-", dir=self.aws.work))
        try:
            self.work(document, folder)
        except ServiceError as error:
            self.end("Failed", reason=f"{error.code}: {error.message}")
        except Exception as error:  # noqa: BLE001 - a job comes to an end whatever happens
            traceback.print_exc(file=sys.stderr)
            self.end("Failed", reason=f"InternalServerError: {type(error).__name__}: {error}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @abstractmethod
    def work(self, document: Mapping[str, Any], folder: Path) -> None:
        """Do what is to be done, and :meth:`end` the job.

        :param folder: for its files; it is removed afterwards
        :raises ServiceError: the job's failure
        """

    def end(self, status: str, *, reason: str | None = None, **members: Any) -> None:
        """Write down how the job came to its end."""
        kind = self.jobs.KIND
        if reason:
            members["FailureReason"] = reason[:LONGEST]
        self.change(**{kind.status: status, kind.ended: epoch(self.watch.now()), **members})

    def change(self, **members: Any) -> None:
        """Change members of the job."""
        self.jobs.change(self.key, self.watch.now(), **members)


def algorithm_error(said: str, exit_code: int) -> str:
    """The failure reason of a job whose process failed; the exit code stands in it however much was said.

    :param said: by the process; empty where it said nothing
    """
    start, end = "AlgorithmError: ", f", exit code: {exit_code}"
    text = said.strip() or "See job logs for more information"
    return f"{start}{text[: LONGEST - len(start) - len(end)]}{end}"
