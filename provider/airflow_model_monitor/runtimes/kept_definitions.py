"""The job definitions of one schedule: made once, removed when nothing uses them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from airflow_model_monitor.runtimes.schedule_api import AlreadyThereError, NotNowError, NotThereError, ScheduleApi
from airflow_model_monitor.runtimes.settling import Settling
from airflow_model_monitor.service.definition_name import is_owned_by, owner_mark
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import MonitoringType


class KeptDefinitions:
    """Makes and removes the definitions of a schedule.

    :param api: where they are kept
    :param schedule: name of the schedule they are for
    :param settling: how long to wait for a lock to go
    :param log: told what is done
    """

    def __init__(self, api: ScheduleApi, schedule: str, settling: Settling, log: Callable[[str], None]) -> None:
        self._api = api
        self._schedule = schedule
        self._settling = settling
        self._log = log

    def make(self, definition: JobDefinition) -> JobDefinition:
        """Make the definition, under a name of its content.

        One that is there already says the same, because it has the same name: a request that was retried, or a task
        that was killed after it.
        """
        named = definition.named(self._schedule)
        try:
            self._api.create_definition(named)
        except AlreadyThereError:
            return named
        self._log(f"Made the {named.monitoring_type} job definition {named.name}")
        return named

    def remove(self, monitoring_type: MonitoringType, name: str) -> bool:
        """Delete a definition that no schedule uses, waiting for the lock of the one that did.

        SageMaker keeps a definition locked while its schedule is still being updated or deleted.

        :returns: whether it is gone; False when another schedule uses it, or a lock outlasts the wait
        """
        for _ in self._settling.looks():
            others = [one for one in self._api.schedules_with(name) if one != self._schedule]
            if others:
                self._log(f"Left the job definition {name}: {', '.join(others)} uses it")
                return False
            try:
                self._api.delete_definition(monitoring_type, name)
            except NotThereError:
                return True
            except NotNowError as error:
                self._log(f"The job definition {name} cannot be deleted yet: {error}")
                continue
            self._log(f"Deleted the job definition {name}")
            return True
        return False

    def sweep(self, monitoring_type: MonitoringType, *, keep: str | None) -> None:
        """Delete what this schedule's earlier changes left behind: definitions with its mark, but the one it uses.

        :param keep: the definition in use; None when there is none
        :raises RuntimeError: one stays locked
        """
        mine = [
            name
            for name in self._api.definition_names(monitoring_type, owner_mark(self._schedule))
            if is_owned_by(name, self._schedule) and name != keep
        ]
        for name in mine:
            self.require_removed(monitoring_type, name)

    def require_removed(self, monitoring_type: MonitoringType, name: str) -> None:
        """Delete a definition; one that another schedule uses stays.

        :raises RuntimeError: it stays locked
        """
        if not self.remove(monitoring_type, name) and not self._used_by_others(name):
            raise RuntimeError(
                f"the {monitoring_type} job definition {name}, which the schedule {self._schedule} uses no longer, is "
                f"still locked after {self._settling.longest:.0f} s; run the task again to have it deleted"
            )

    def _used_by_others(self, name: str) -> bool:
        return any(one != self._schedule for one in self._api.schedules_with(name))


def same_content(one: JobDefinition, other: JobDefinition) -> bool:
    """Whether two definitions say the same, whatever they are called; what is described comes without its tags."""
    return dataclasses.replace(one, name=None, tags={}) == dataclasses.replace(other, name=None, tags={})
