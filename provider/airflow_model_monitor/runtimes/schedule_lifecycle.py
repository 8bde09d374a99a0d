"""A monitoring schedule from its creation to its end, whoever keeps it.

Every step may be repeated: a task that was killed anywhere, or whose request was answered by a reset, is run again and
comes to the same end. What SageMaker accepts it still works on (``Pending``), and refuses everything else meanwhile, so
each step waits before and after.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal, NamedTuple

from airflow_model_monitor.runtimes.awaited_schedule import AwaitedSchedule
from airflow_model_monitor.runtimes.kept_definitions import KeptDefinitions, same_content
from airflow_model_monitor.runtimes.schedule_api import (
    AlreadyThereError,
    KeptSchedule,
    NotThereError,
    ScheduleApi,
    ScheduleStatus,
)
from airflow_model_monitor.runtimes.settling import Settling
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import MONITORING_TYPES, MonitoringType
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.schedule_config import ScheduleConfig

IfExists = Literal["update", "skip", "fail"]
Change = Literal["created", "updated", "unchanged", "started", "stopped", "deleted"]


class MonitoringScheduleFailedError(RuntimeError):
    """SageMaker accepted the schedule and then failed it; the text holds its reason."""


class WantedSchedule(NamedTuple):
    """What a schedule shall be.

    :param definition: what it runs, without a name
    :param timing: when; None leaves it to what there is, or else to SageMaker
    :param inline: whether the definition stands in the schedule itself
    :param tags: of the schedule, given when it is made
    """

    definition: JobDefinition
    timing: ScheduleConfig | None = None
    inline: bool = False
    tags: dict[str, str] | None = None


class ScheduleChange(NamedTuple):
    """What was done, and the schedule as it is now; None when it is gone."""

    change: Change
    kept: KeptSchedule | None


class ScheduleLifecycle:
    """Creates, changes, starts, stops and deletes one schedule.

    :param api: where schedules are kept
    :param name: of the schedule
    :param settling: how long to wait for what is ``Pending``
    :param log: told what is done
    """

    def __init__(self, api: ScheduleApi, name: str, *, log: Callable[[str], None], settling: Settling | None = None):
        self._api = api
        self._name = name
        self._log = log
        settling = settling or Settling()
        self._awaited = AwaitedSchedule(api, name, settling, log)
        self._definitions = KeptDefinitions(api, name, settling, log)

    def create(self, wanted: WantedSchedule, if_exists: IfExists = "update") -> ScheduleChange:
        """Make the schedule, or make an existing one what is wanted.

        Made again as it is, nothing changes. A timing that is not wanted otherwise stays.

        :raises AlreadyThereError: it exists, and ``if_exists`` is ``"fail"``
        :raises MonitoringScheduleFailedError: SageMaker failed it; what was made of it is taken back
        :raises TimeoutError: it stays ``Pending``
        """
        kept = self._awaited.settled()
        if kept is None:
            try:
                return self._create(wanted)
            except AlreadyThereError:
                # Somebody else made it a moment ago, or a request of ours was sent twice.
                kept = self._awaited.existing()
        if if_exists == "update":
            return self._change(kept, wanted.definition, wanted.timing or kept.schedule.timing, inline=wanted.inline)
        self._definitions.sweep(wanted.definition.monitoring_type, keep=kept.schedule.definition_name)
        if if_exists == "fail":
            raise AlreadyThereError(
                f"there is a monitoring schedule {self._name}, and if_exists='fail'; delete it, choose another name, "
                "or give if_exists='update'"
            )
        return ScheduleChange("unchanged", kept)

    def update(
        self,
        definition: Callable[[JobDefinition], JobDefinition],
        timing: Callable[[ScheduleConfig | None], ScheduleConfig | None],
    ) -> ScheduleChange:
        """Change what the schedule says, and nothing else.

        :param definition: makes the new definition out of the present one
        :param timing: makes the new timing out of the present one
        :raises NotThereError: there is no such schedule
        """
        kept = self._awaited.existing()
        schedule = kept.schedule
        if schedule.inline_definition is not None:
            return self._change(kept, definition(schedule.inline_definition), timing(schedule.timing), inline=True)
        present = self._present_definition(schedule)
        if present is None:
            raise NotThereError(
                f"the schedule {self._name} runs the job definition {schedule.definition_name}, and there is none; "
                "create the schedule again with CreateMonitoringScheduleOperator"
            )
        changed = definition(present)
        if not same_content(changed, present):
            tags = self._api.definition_tags(present.monitoring_type, present.name or "")
            changed = dataclasses.replace(changed, tags={**tags, **changed.tags})
        return self._change(kept, changed, timing(schedule.timing), inline=False)

    def start(self) -> ScheduleChange:
        """Let executions start again.

        :raises NotThereError: there is no such schedule
        """
        return self._switch("Scheduled", "started", self._api.start_schedule)

    def stop(self) -> ScheduleChange:
        """Let no more executions start; one that runs goes on.

        :raises NotThereError: there is no such schedule
        """
        return self._switch("Stopped", "stopped", self._api.stop_schedule)

    def delete(self) -> ScheduleChange:
        """Delete the schedule and the definitions that nothing else uses. Without a schedule there is nothing to do but
        to remove what an earlier, interrupted attempt left.
        """
        kept = self._awaited.settled()
        types: tuple[MonitoringType, ...] = MONITORING_TYPES
        if kept is not None:
            self._delete_schedule(kept)
            schedule = kept.schedule
            if schedule.definition_name is not None and schedule.monitoring_type is not None:
                self._definitions.require_removed(schedule.monitoring_type, schedule.definition_name)
                types = (schedule.monitoring_type,)
        for monitoring_type in types:
            self._definitions.sweep(monitoring_type, keep=None)
        return ScheduleChange("unchanged" if kept is None else "deleted", None)

    def _create(self, wanted: WantedSchedule) -> ScheduleChange:
        named = None if wanted.inline else self._definitions.make(wanted.definition)
        schedule = self._schedule(named, wanted.definition, wanted.timing, wanted.tags)
        try:
            self._api.create_schedule(schedule, named)
        except AlreadyThereError as error:
            # A request whose answer was lost is sent again by boto3, and then meets its first try.
            if not self._holds(schedule, error):
                raise
        except Exception as error:
            if not self._holds(schedule, error):
                self._take_back(wanted.definition.monitoring_type, error, keep=None)
                raise
        kept = self._awaited.settled()
        if kept is None or kept.status == "Failed":
            reason = "it is gone" if kept is None else kept.failure_reason
            failed = MonitoringScheduleFailedError(f"the monitoring schedule {self._name} could not be made: {reason}")
            self._take_back(wanted.definition.monitoring_type, failed, keep=None, schedule=kept)
            raise failed
        self._log(f"Made the monitoring schedule {self._name}: {kept.status}")
        self._definitions.sweep(wanted.definition.monitoring_type, keep=schedule.definition_name)
        return ScheduleChange("created", kept)

    def _change(
        self, kept: KeptSchedule, definition: JobDefinition, timing: ScheduleConfig | None, *, inline: bool
    ) -> ScheduleChange:
        """Make a settled schedule say this, with the timing as given."""
        before, kind = kept.schedule, definition.monitoring_type
        named = None
        if not inline:
            named = self._present_definition(before)
            if named is None or not same_content(named, definition):
                named = self._definitions.make(definition)
        schedule = self._schedule(named, definition, timing, None)
        change: Change = "unchanged"
        # A schedule that failed is updated in any case: whatever it lacked may be there by now.
        if schedule.config() != before.config() or kept.status == "Failed":
            try:
                self._awaited.when_ready(lambda: self._api.update_schedule(schedule, named))
            except Exception as error:
                if not self._holds(schedule, error):
                    self._take_back(kind, error, keep=before.definition_name)
                    raise
            kept, change = self._awaited.existing(), "updated"
            if kept.status == "Failed":
                raise MonitoringScheduleFailedError(
                    f"the monitoring schedule {self._name} was updated, and failed: {kept.failure_reason}"
                )
            self._log(f"Updated the monitoring schedule {self._name}: {kept.status}")
        orphan = before.definition_name
        if orphan is not None and before.monitoring_type is not None and orphan != schedule.definition_name:
            self._definitions.require_removed(before.monitoring_type, orphan)
        self._definitions.sweep(kind, keep=schedule.definition_name)
        return ScheduleChange(change, kept)

    def _switch(self, status: ScheduleStatus, change: Change, call: Callable[[str], None]) -> ScheduleChange:
        kept = self._awaited.existing()
        if kept.status == status:
            return ScheduleChange("unchanged", kept)
        self._awaited.when_ready(lambda: call(self._name))
        # What was accepted may be described as it was for a moment longer.
        seen = self._awaited.seen(lambda now: now is None or now.status in (status, "Failed"))
        if seen is None or seen.status == "Failed":
            reason = "it is gone" if seen is None else seen.failure_reason
            raise MonitoringScheduleFailedError(f"the monitoring schedule {self._name} could not be {change}: {reason}")
        self._log(f"The monitoring schedule {self._name} is {change}")
        return ScheduleChange(change, seen)

    def _delete_schedule(self, kept: KeptSchedule) -> None:
        try:
            self._awaited.when_ready(lambda: self._api.delete_schedule(self._name))
        except NotThereError:
            return
        seen = self._awaited.seen(lambda now: now is None or (now.status == "Failed" and kept.status != "Failed"))
        if seen is not None:
            raise MonitoringScheduleFailedError(
                f"the monitoring schedule {self._name} could not be deleted: {seen.failure_reason}"
            )
        self._log(f"Deleted the monitoring schedule {self._name}")

    def _take_back(
        self, kind: MonitoringType, error: Exception, *, keep: str | None, schedule: KeptSchedule | None = None
    ) -> None:
        """Undo what was made before ``error``, which goes on to be raised and is told what could not be undone."""
        try:
            if schedule is not None:
                self._delete_schedule(schedule)
            self._definitions.sweep(kind, keep=keep)
        except Exception as second:  # noqa: BLE001  the first error is the one to be raised
            error.add_note(f"What was made of {self._name} could not be taken back ({second!r}); run the task again.")
            self._log(error.__notes__[-1])

    def _holds(self, schedule: MonitoringSchedule, error: Exception) -> bool:
        """Whether the schedule says this in spite of an error: the answer to a request may be lost on the way."""
        try:
            kept = self._api.describe_schedule(self._name)
        except Exception as second:  # noqa: BLE001  likewise
            error.add_note(f"Nor could the schedule be described afterwards: {second!r}")
            return False
        held = kept is not None and kept.schedule.config() == schedule.config()
        if held:
            self._log(f"Took effect in spite of {error!r}")
        return held

    def _present_definition(self, schedule: MonitoringSchedule) -> JobDefinition | None:
        if schedule.definition_name is None or schedule.monitoring_type is None:
            return None
        return self._api.describe_definition(schedule.monitoring_type, schedule.definition_name)

    def _schedule(
        self,
        named: JobDefinition | None,
        definition: JobDefinition,
        timing: ScheduleConfig | None,
        tags: dict[str, str] | None,
    ) -> MonitoringSchedule:
        return MonitoringSchedule(
            name=self._name,
            timing=timing,
            definition_name=None if named is None else named.name,
            monitoring_type=None if named is None else named.monitoring_type,
            inline_definition=definition if named is None else None,
            tags=tags or {},
        )
