"""The parts a local SageMaker is put together from, beside what every one has.

A part is a class that is given the :class:`~airflow_model_monitor.local.aws.LocalAws` when it is made, before the
server listens: there it takes its journal sections and hangs in its routes and functions. ``start()`` is called once
the server listens (``aws.url`` is known) and before unfinished executions are resumed: put back there what moto has
forgotten.
``stop()`` is called before the journal is closed. Add your class to :data:`PARTS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from airflow_model_monitor.local.cloudwatch.service import CloudWatch
from airflow_model_monitor.local.kept.service import Kept
from airflow_model_monitor.local.serving.service import Serving
from airflow_model_monitor.local.state_events import StateEvents

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws


class Part(Protocol):
    """Something a local SageMaker has beside schedules and jobs."""

    def start(self) -> None:
        """The server listens."""

    def stop(self) -> None:
        """The server stops."""


PARTS: Final[tuple[Callable[[LocalAws], Part], ...]] = (Kept, CloudWatch, Serving, StateEvents)
