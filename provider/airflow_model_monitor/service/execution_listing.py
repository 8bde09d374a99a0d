"""How executions are asked for: as few pages of ``ListMonitoringExecutions`` as will hold all that are looked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.due_execution import DueExecution
from airflow_model_monitor.service.monitoring_execution_calls import list_executions

MAX_PAGES: Final = 100
"""Pages of one list. An account with more executions in one stretch of time is asked schedule by schedule."""

# Windows further apart than this are asked for apart: what lies between them would only be leafed through.
_GAP: Final = timedelta(hours=6)
# Neither documented nor tested is whether the filters take in their own instants: so they are a second wider.
_EDGE: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ExecutionList:
    """One list that is asked for, page by page, the latest execution first.

    :param schedule: the only one asked for; None asks for all of the account's
    :param due_from: as in :class:`~airflow_model_monitor.service.due_execution.DueExecution`
    :param due_before: likewise
    :param wanted: the executions it is asked for
    """

    schedule: str | None
    due_from: datetime
    due_before: datetime
    wanted: tuple[DueExecution, ...]

    def page(self, next_token: str | None = None) -> ApiCall:
        """The call of one page.

        :param next_token: of the page before
        """
        return list_executions(
            self.schedule,
            scheduled_after=self.due_from - _EDGE,
            scheduled_before=self.due_before + _EDGE,
            next_token=next_token,
        )


def execution_lists(wanted: Collection[DueExecution], *, pages_of_all: int = 4) -> tuple[ExecutionList, ...]:
    """The lists that hold all of these.

    One list of the whole account serves any number of schedules; a few schedules are asked for one by one, because
    the account may have many others.

    :param wanted: what is looked for
    :param pages_of_all: how many pages the list of the whole account is thought to take; so many schedules and fewer
        are asked for one by one
    """
    found: list[ExecutionList] = []
    for cluster in _clusters(wanted):
        schedules = sorted({one.schedule for one in cluster})
        if len(schedules) <= pages_of_all:
            found += lists_by_schedule(cluster)
        else:
            found.append(_list(None, cluster))
    return tuple(found)


def lists_by_schedule(wanted: Collection[DueExecution]) -> tuple[ExecutionList, ...]:
    """A list of each schedule's own."""
    by_schedule: dict[str, list[DueExecution]] = {}
    for one in wanted:
        by_schedule.setdefault(one.schedule, []).append(one)
    return tuple(
        _list(schedule, cluster) for schedule, ones in sorted(by_schedule.items()) for cluster in _clusters(ones)
    )


def _list(schedule: str | None, wanted: Sequence[DueExecution]) -> ExecutionList:
    return ExecutionList(
        schedule, min(one.due_from for one in wanted), max(one.due_before for one in wanted), tuple(wanted)
    )


def _clusters(wanted: Collection[DueExecution]) -> Iterator[list[DueExecution]]:
    cluster: list[DueExecution] = []
    end: datetime | None = None
    for one in sorted(set(wanted), key=lambda one: (one.due_from, one.due_before, one.schedule)):
        if end is not None and one.due_from - end > _GAP:
            yield cluster
            cluster = []
        cluster.append(one)
        end = one.due_before if end is None else max(end, one.due_before)
    if cluster:
        yield cluster
