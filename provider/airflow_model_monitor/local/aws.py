"""The local SageMaker as one object: what it keeps, its clock, and those who work for it.

**For everybody who adds a part** (alarms, endpoints, durable S3): a part is an object with ``start()`` and ``stop()``
that is given the :class:`LocalAws` and hangs itself in, see :mod:`~airflow_model_monitor.local.parts`:

* ``aws.journal.section(name)`` keeps documents (:mod:`~airflow_model_monitor.local.journal`).
* ``aws.publish`` is called with the metric records of every job that publishes.
* ``aws.moto_ready()`` comes before anything touches moto's backends in this process, ``aws.sync()`` after it changed
  them: what moto keeps (objects, queues, topics, rules) is then restored, and kept.
* ``aws.model_url`` is asked where a model (``model_name`` of an analysis configuration) answers; replace it.
* ``aws.before_move`` functions are called before a simulated clock is moved: write down what belongs to the time
  before.
* ``aws.when_moved`` functions are called with the time after each step of a simulated clock, and about once a second by
  a real one: evaluate alarms there.
* ``aws.when_changed`` functions are called with ``processing-job``, ``training-job`` or ``monitoring-schedule`` and the
  document when its status has become another.
* ``aws.when_ended`` functions are called with an execution's document when it has come to its end.
* ``aws.routes["/_model_monitor/x"]`` answers further addresses, ``aws.answerers`` are asked before anybody else;
  ``aws.before_moto`` functions wrap moto's WSGI application, to look at requests and answers.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.local.clock import Clock, open_clock
from airflow_model_monitor.local.journal import Journal
from airflow_model_monitor.local.settings import ACCOUNT, Settings

if TYPE_CHECKING:
    from airflow_model_monitor.local.job_queue import JobQueue
    from airflow_model_monitor.local.scheduler import Scheduler

Route = Callable[[Mapping[str, Any], str, bytes], tuple[int, Any]]
"""WSGI environment, method and body to HTTP status and JSON document."""
Answerer = Callable[[dict[str, Any], Any], Iterable[bytes] | None]
"""Answers a WSGI request; None leaves it to others."""
Publish = Callable[[str, str, Sequence[Mapping[str, Any]], datetime], None]
"""Region, namespace and records (``PutMetricData`` members, ``Timestamp`` as ISO text) of one job, and when it sent
them by its own time."""


class LocalAws:
    """One local SageMaker; there is at most one in a process, for moto keeps its state in the process.

    :raises JournalError: the data folder cannot be used
    """

    def __init__(self, settings: Settings | None = None) -> None:
        from airflow_model_monitor.local.alerts import Alerts
        from airflow_model_monitor.local.executions import Executions
        from airflow_model_monitor.local.job_queue import JobQueue
        from airflow_model_monitor.local.processing_jobs import ProcessingJobs
        from airflow_model_monitor.local.scheduler import Scheduler
        from airflow_model_monitor.local.schedules import Schedules
        from airflow_model_monitor.local.training_jobs import TrainingJobs

        self.settings = settings or Settings()
        self.account = ACCOUNT
        self.journal = Journal(self.settings.data)
        self.clock: Clock = open_clock(self.journal.section("clock"), self.settings.clock)
        self.lock = threading.RLock()
        """Held by whoever reads resources in order to change them."""
        self.url = ""
        """The server's own address, once it listens."""
        self.ready = False
        """Whether everything is as it was before the last stop, and work has begun."""
        self.work = self._work_folder()
        self.publish: Publish = lambda region, namespace, records, arrived: None
        self.moto_ready: Callable[[], None] = lambda: None
        self.sync: Callable[[], None] = lambda: None
        self.listened: Callable[[], bool] = lambda: False
        """Whether EventBridge may have rules."""
        self.model_url: Callable[[str, str], str | None] = lambda region, model: None
        self.when_moved: list[Callable[[datetime], None]] = []
        self.when_changed: list[Callable[[str, Mapping[str, Any]], None]] = []
        self.when_ended: list[Callable[[Mapping[str, Any]], None]] = []
        self.before_move: list[Callable[[], None]] = []
        self.routes: dict[str, Route] = {}
        self.answerers: list[Answerer] = []
        self.before_moto: list[Callable[[Any], Any]] = []
        self.schedules = Schedules(self)
        self.executions = Executions(self)
        self.processing_jobs = ProcessingJobs(self)
        self.training_jobs = TrainingJobs(self)
        self.alerts = Alerts(self)
        self.queue: JobQueue = JobQueue(self)
        self.scheduler: Scheduler = Scheduler(self)

    def start(self) -> None:
        """Begin to work; what was interrupted goes on."""
        self.queue.resume()
        self.scheduler.start()
        self.ready = True

    def stop(self) -> None:
        """Start nothing more and stop all jobs; they are resumed when their journal is opened again."""
        self.scheduler.stop()
        self.queue.stop()

    def close(self) -> None:
        """Let go of everything; nothing can be changed any more."""
        self.journal.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def epoch(self) -> float:
        """The clock's time as the API has it: seconds since 1970, to the millisecond."""
        return epoch(self.clock.now())

    def arn(self, region: str, kind: str, name: str) -> str:
        """The address of a resource, e.g. of kind ``monitoring-schedule``."""
        partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        return f"arn:{partition}:sagemaker:{region}:{self.account}:{kind}/{name}"

    def _work_folder(self) -> Path:
        if self.settings.data is None:
            return Path(tempfile.mkdtemp(prefix="model-monitor-local-aws-"))
        folder = self.settings.data / "work"
        # Of jobs that a killed server left behind.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder


def epoch(moment: datetime) -> float:
    """A moment as the API has it."""
    return round(moment.timestamp(), 3)
