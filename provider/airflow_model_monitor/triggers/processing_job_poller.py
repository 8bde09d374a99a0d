"""One look at SageMaker for all triggers of a process that wait for a processing job.

Each trigger asking for its own job would exceed what an account may ask as soon as there are hundreds. Those with the
same settings share a task that lists the newest jobs once per interval, whatever the number of triggers; a few jobs,
and those no page of the list holds, are described singly, within a budget of calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import random
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from asgiref.sync import sync_to_async

from airflow_model_monitor.triggers.call_budget import CallBudget
from airflow_model_monitor.triggers.processing_services import processing_service

if TYPE_CHECKING:
    from airflow_model_monitor.hooks.aws_reader import AwsSettings

_LOG = logging.getLogger(__name__)

CALLS_A_MINUTE: Final = 100
#: Up to so many jobs are described: that needs no permission to list.
FEW: Final = 4
MOST_PAGES: Final = 20
ENDED: Final = ("Completed", "Failed", "Stopped")
#: A service that answers nothing but errors for longer than this is an error of whoever waits.
LONGEST_OUTAGE: Final = 900.0
_LONGEST_BACK_OFF: Final = 300.0
_LONGEST_GATHERING: Final = 3.0
_LOOKS_BEFORE_VANISHED: Final = 3

_pollers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[AwsSettings, ProcessingJobPoller]]
_pollers = weakref.WeakKeyDictionary()


async def ended(settings: AwsSettings, name: str, interval: float) -> str | None:
    """Wait for a job's end: ``Completed``, ``Failed`` or ``Stopped``; None when there is no such job (any more).

    :param settings: how AWS is reached
    :param interval: seconds between two looks
    :raises Exception: what the service answers, where asking again does not help
    """
    pollers = _pollers.setdefault(asyncio.get_running_loop(), {})
    poller = pollers.setdefault(settings, ProcessingJobPoller(settings))
    return await poller.ended(name, interval)


class _Waiting:
    def __init__(self, name: str, interval: float) -> None:
        self.name = name
        self.interval = interval
        self.missing = 0
        self.outcome: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()


class ProcessingJobPoller:
    """Looks for the jobs of everybody who waits, and ends when nobody does. To be used in one event loop."""

    def __init__(self, settings: AwsSettings) -> None:
        self._settings = settings
        self._budget = CallBudget(CALLS_A_MINUTE)
        self._waiting: set[_Waiting] = set()
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._last_look: float | None = None
        self._failing_since: float | None = None
        self._failures = 0
        self._may_list = True

    async def ended(self, name: str, interval: float) -> str | None:
        """The status a job has ended with; None when it is gone."""
        one = _Waiting(name, interval)
        self._waiting.add(one)
        self._came.set()
        if self._task is None or self._task.done():
            # A context of its own: what it logs belongs to no single task.
            self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())
        try:
            return await one.outcome
        finally:
            self._waiting.discard(one)
            if not self._waiting and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await self._pause()
            crowd = set(self._waiting)
            try:
                await self._look(crowd)
                self._failing_since, self._failures = None, 0
            except Exception as error:  # noqa: BLE001  judged, and told to whom it concerns
                self._failures += 1
                self._failing_since = self._failing_since or loop.time()
                if not _goes_on(error) or loop.time() - self._failing_since > LONGEST_OUTAGE:
                    _tell(crowd, error)
                else:
                    _LOG.warning("No answer about %s processing jobs (%s); asking again", len(crowd), error)
            self._last_look = loop.time()

    async def _pause(self) -> None:
        """Until the next look: an interval after the last one, soon for newcomers, later after failures."""
        loop = asyncio.get_running_loop()
        if self._came.is_set():
            interval = min(one.interval for one in self._waiting)
            # Triggers come in crowds, after a restart all at once.
            soon = min(interval / 10, _LONGEST_GATHERING)
            if self._last_look is not None:
                soon = max(soon, self._last_look + interval / 4 - loop.time())
            self._came.clear()
            await asyncio.sleep(soon)
            return
        interval = min((one.interval for one in self._waiting), default=0.0)
        backed_off = min(interval * 2 ** min(self._failures, 6), max(interval, _LONGEST_BACK_OFF))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), backed_off * random.uniform(0.9, 1.1))

    async def _look(self, crowd: set[_Waiting]) -> None:
        names = {one.name for one in crowd}
        found = await self._listed(names) if self._may_list and len(names) > FEW else {}
        _hand_out(crowd, found)
        for name in sorted(names - found.keys()):
            waiting = [one for one in crowd if one.name == name]
            try:
                job = await self._ask("describe", name)
            except Exception as error:
                if _goes_on(error):
                    raise
                _tell(waiting, error)
                continue
            for one in waiting:
                one.missing = one.missing + 1 if job is None else 0
                if one.missing >= _LOOKS_BEFORE_VANISHED and not one.outcome.done():
                    one.outcome.set_result(None)
            _hand_out(waiting, {} if job is None else {name: job.status})

    async def _listed(self, names: set[str]) -> dict[str, str]:
        """Status by name of those that stand on the first pages."""
        found: dict[str, str] = {}
        token: str | None = None
        for _ in range(MOST_PAGES):
            try:
                page, token = await self._ask("newest", token)
            except Exception as error:
                from airflow_model_monitor.runtimes.aws_failure import error_code

                if error_code(error) not in ("AccessDeniedException", "AccessDenied"):
                    raise
                _LOG.warning(
                    "Processing jobs may not be listed (%s): each is asked for singly, which takes longer", error
                )
                self._may_list = False
                break
            found |= {name: status for name, status in page.items() if name in names}
            if token is None or names <= found.keys():
                break
        return found

    async def _ask(self, operation: str, argument: str | None) -> Any:
        await self._budget.spend()

        def ask() -> Any:
            return getattr(processing_service(self._settings), operation)(argument)

        # asgiref rather than asyncio.to_thread: see ExecutionPublishedTrigger.
        return await sync_to_async(ask, thread_sensitive=False)()


def _hand_out(crowd: Iterable[_Waiting], found: dict[str, str]) -> None:
    for one in crowd:
        if found.get(one.name) in ENDED and not one.outcome.done():
            one.outcome.set_result(found[one.name])


def _tell(crowd: Iterable[_Waiting], error: Exception) -> None:
    for one in crowd:
        if not one.outcome.done():
            one.outcome.set_exception(error)
            # Told or not: a trigger that was cancelled meanwhile is nobody's loss.
            one.outcome.exception()


def _goes_on(error: Exception) -> bool:
    from airflow_model_monitor.runtimes.aws_failure import is_expired, is_transient

    return is_transient(error) or is_expired(error)
