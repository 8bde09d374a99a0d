"""One look at SageMaker for all triggers of a process that wait for an execution.

A triggerer runs hundreds of triggers in one event loop. Asking for each would exceed what an account may ask, so those
with the same settings share a poller: one task that lists executions once per interval, whatever the number of
triggers, in one thread at a time. It holds nothing that a restart could lose: triggers come back from Airflow's
database, and what they wait for stands in SageMaker.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import math
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from asgiref.sync import sync_to_async

from airflow_model_monitor.hooks.aws_failure import is_expired, is_transient
from airflow_model_monitor.hooks.aws_reader import AwsReader, AwsSettings
from airflow_model_monitor.service.due_execution import DueExecution
from airflow_model_monitor.service.execution_listing import MAX_PAGES, ExecutionList, execution_lists, lists_by_schedule
from airflow_model_monitor.service.monitoring_execution import MonitoringExecution
from airflow_model_monitor.triggers.call_budget import CallBudget

_LOG = logging.getLogger(__name__)

CALLS_A_MINUTE: Final = 100
_SHORTEST_BACK_OFF: Final = 0.05  # seconds, doubled with each failure, as an interval is
_LONGEST_BACK_OFF: Final = 600.0
# Looks with credentials that are refused even when they are read anew, before the triggers are told.
_REFUSALS: Final = 5
# Triggers come in crowds, after a restart all at once: the first look waits until they are together.
_LONGEST_GATHERING: Final = 3.0  # seconds

_pollers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[AwsSettings, ExecutionPoller]]
_pollers = weakref.WeakKeyDictionary()
_pollers_lock = threading.Lock()


class Waiting:
    """What one trigger waits for.

    :param due: the execution
    :param interval: seconds between two looks that this trigger is content with
    :param appears_before: when a look that does not find it ends the waiting; None: never
    """

    def __init__(self, due: DueExecution, interval: float, appears_before: datetime | None) -> None:
        loop = asyncio.get_running_loop()
        self.due = due
        self.interval = interval
        self.appears_before = appears_before
        self.since = loop.time()
        self.looked = False
        #: The execution as it was last seen; None before it appears.
        self.seen: MonitoringExecution | None = None
        #: The execution, once it has ended; None for one that did not appear; or the error that ends the waiting.
        self.ended: asyncio.Future[MonitoringExecution | None] = loop.create_future()

    def tell(self, execution: MonitoringExecution) -> None:
        """Hand over what a look found."""
        self.seen = execution
        if execution.outcome is not None and not self.ended.done():
            self.ended.set_result(execution)

    def miss(self) -> None:
        """Hand over that a whole look did not find it. What was seen before is not absent, whatever a list says."""
        late = self.appears_before is not None and datetime.now(UTC) >= self.appears_before
        if late and self.seen is None and not self.ended.done():
            self.ended.set_result(None)

    def fail(self, error: Exception) -> None:
        """End the waiting with an error."""
        if not self.ended.done():
            self.ended.set_exception(error)
            # Told or not: a trigger that was cancelled meanwhile is nobody's loss.
            self.ended.exception()


class ExecutionPoller:
    """Looks for the executions of everybody who waits, and ends when nobody does.

    To be used in one event loop: see :func:`waiting_for`.

    :param settings: how AWS is reached
    :param reader: what is asked; by default SageMaker, through the settings
    """

    def __init__(self, settings: AwsSettings, reader: AwsReader | None = None) -> None:
        self._reader = reader or AwsReader(settings)
        self._call: Callable[..., Awaitable[dict[str, Any]]] = sync_to_async(self._reader.call, thread_sensitive=False)
        self._budget = CallBudget(CALLS_A_MINUTE)
        self._waiting: set[Waiting] = set()
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.get_running_loop().time()
        self._last_look: float | None = None
        self._failures = 0
        self._refusals = 0
        self._pages_of_all = 4

    @property
    def idle(self) -> bool:
        """Whether nobody waits."""
        return not self._waiting

    def join(self, waiting: Waiting) -> None:
        """Look for this one too."""
        self._waiting.add(waiting)
        self._came.set()
        if self._task is None or self._task.done():
            # A context of its own: what it logs belongs to no single task.
            self._task = asyncio.get_running_loop().create_task(
                self._run(), name="model-monitor-executions", context=contextvars.Context()
            )

    def leave(self, waiting: Waiting) -> None:
        """Look for this one no longer; the last one to leave stops the poller."""
        self._waiting.discard(waiting)
        if not self._waiting and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._pause()
                await self._look()
        except Exception as error:  # noqa: BLE001  whatever it is, whoever waits has to hear of it
            _LOG.exception("Looking for monitoring executions failed")
            for one in self._waiting:
                one.fail(error)
        finally:
            self._reader.close()

    async def _pause(self) -> None:
        """Until the next look: an interval after the last one, earlier for newcomers, later after failures."""
        loop = asyncio.get_running_loop()
        while True:
            self._came.clear()
            left = self._next_look() - loop.time()
            if left <= 0:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), left)

    def _next_look(self) -> float:
        interval = min((one.interval for one in self._waiting), default=60.0)
        first_newcomer = min((one.since for one in self._waiting if not one.looked), default=math.inf)
        gathered = first_newcomer + min(interval / 10, _LONGEST_GATHERING)
        if self._last_look is None:
            return gathered
        if self._failures:
            pause = max(interval, _SHORTEST_BACK_OFF) * 2 ** min(self._failures, 10)
            return self._last_look + min(pause, max(interval, _LONGEST_BACK_OFF))
        # A triggerer that has just started makes its triggers for a while; later newcomers have just been looked for by
        # their workers.
        young = self._last_look - self._started < interval
        soon = self._last_look + interval / (10 if young else 4)
        return min(self._last_look + interval, max(gathered, soon))

    async def _look(self) -> None:
        crowd = set(self._waiting)
        failed: list[Exception] = []
        for listed in execution_lists({one.due for one in crowd}, pages_of_all=self._pages_of_all):
            try:
                await self._read(listed, crowd)
            except Exception as error:  # noqa: BLE001  judged, and told to whom it concerns
                if self._goes_on_after(error):
                    failed.append(error)
                else:
                    wanted = set(listed.wanted)
                    for one in crowd.intersection(self._waiting):
                        if one.due in wanted:
                            one.fail(error)
            # One list may be unlucky; after the second one the service is.
            if len(failed) > 1:
                break
        if failed:
            self._failures += 1
            _LOG.warning(
                "ListMonitoringExecutions failed for %s waiting triggers, time %s in a row; looking again later: %s",
                len(crowd),
                self._failures,
                failed[-1],
            )
        else:
            self._failures = self._refusals = 0
        self._last_look = asyncio.get_running_loop().time()
        for one in crowd:
            one.looked = True

    async def _read(self, listed: ExecutionList, crowd: set[Waiting]) -> None:
        """All pages of a list that are needed, and what stands in them handed out."""
        wanted = set(listed.wanted)
        crowd = {one for one in crowd if one.due in wanted}
        missing: dict[str, list[DueExecution]] = {}
        for due in listed.wanted:
            missing.setdefault(due.schedule, []).append(due)
        found: dict[DueExecution, MonitoringExecution] = {}
        token: str | None = None
        pages = 0
        try:
            while missing and pages < MAX_PAGES:
                await self._budget.spend()
                answer = await self._call(listed.page(token))
                pages += 1
                _match(answer, missing, found)
                token = answer.get("NextToken")
                if not token:
                    break
        finally:
            # Also what stood on the pages before one that failed.
            for one in crowd:
                if one.due in found:
                    one.tell(found[one.due])
        truncated = bool(missing and token)
        if not truncated:
            for one in crowd:
                if one.due not in found:
                    one.miss()
        if listed.schedule is None:
            self._pages_of_all = max(1, pages)
            if truncated:
                _LOG.warning(
                    "ListMonitoringExecutions gave more than %s pages; the %s schedules not seen are asked for singly",
                    MAX_PAGES,
                    len(missing),
                )
                for single in lists_by_schedule([due for dues in missing.values() for due in dues]):
                    await self._read(single, crowd)

    def _goes_on_after(self, error: Exception) -> bool:
        """Whether to look again after an error."""
        if is_transient(error):
            return True
        if not is_expired(error):
            return False
        self._refusals += 1
        return self._refusals < _REFUSALS


@contextlib.contextmanager
def waiting_for(
    due: DueExecution, settings: AwsSettings, interval: float, appears_before: datetime | None = None
) -> Iterator[Waiting]:
    """Wait for an execution in the running event loop, together with all who wait there with the same settings.

    :param due: the execution
    :param settings: how AWS is reached
    :param interval: seconds between two looks; the most impatient of all counts
    :param appears_before: when a look that does not find it ends the waiting; None: never
    """
    with _pollers_lock:
        pollers = _pollers.setdefault(asyncio.get_running_loop(), {})
    poller = pollers.get(settings)
    if poller is None:
        poller = pollers[settings] = ExecutionPoller(settings)
    waiting = Waiting(due, interval, appears_before)
    poller.join(waiting)
    try:
        yield waiting
    finally:
        poller.leave(waiting)
        if poller.idle and pollers.get(settings) is poller:
            del pollers[settings]


def _match(
    answer: dict[str, Any], missing: dict[str, list[DueExecution]], found: dict[DueExecution, MonitoringExecution]
) -> None:
    """Move what a page holds from ``missing`` to ``found``. The latest come first, so the first match is the newest."""
    for summary in answer.get("MonitoringExecutionSummaries", ()):
        looked_for = missing.get(summary.get("MonitoringScheduleName"))
        if not looked_for:
            continue
        execution = MonitoringExecution.from_api(summary)
        for due in [due for due in looked_for if due.matches(execution)]:
            found[due] = execution
            looked_for.remove(due)
        if not looked_for:
            del missing[execution.schedule]
