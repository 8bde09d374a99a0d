"""Schedules and job definitions kept in a folder, answered as SageMaker answers: the same documents, and at once.

Nothing is ever ``Pending`` here. Addresses may be any that fsspec opens; role, image and machines may be left out,
because the jobs run in an Airflow worker.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.runtimes.schedule_api import AlreadyThereError, KeptSchedule, NotThereError
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import MonitoringType
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.run_time_cap import check_run_time
from airflow_model_monitor.service.schedule_config import check_schedule_config
from airflow_model_monitor.service.schedule_store import Document, ScheduleStore

#: The beginning of ARNs: no AWS account, no region of AWS's.
_ARN: Final = "arn:aws:sagemaker:self-hosted:000000000000"


class StoredSchedules:
    """The calls, answered from a store.

    :param store: where the documents are
    :param now: the present, for the times in the documents
    """

    def __init__(self, store: ScheduleStore, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._now = now

    def describe_schedule(self, name: str) -> KeptSchedule | None:
        """The schedule; None where there is none."""
        document = self._store.schedule(name)
        return None if document is None else kept_schedule(document)

    def create_schedule(self, schedule: MonitoringSchedule, definition: JobDefinition | None) -> None:
        """Write a new schedule's document."""
        _check(schedule, definition)

        def change(present: Document | None) -> Document:
            if present is not None:
                raise AlreadyThereError(f"there is a schedule {schedule.name} in {self._store.url}")
            moment = format_utc(self._now())
            return {
                "MonitoringScheduleArn": f"{_ARN}:monitoring-schedule/{schedule.name}",
                "MonitoringScheduleName": schedule.name,
                "MonitoringScheduleStatus": "Scheduled",
                "CreationTime": moment,
                "LastModifiedTime": moment,
                **_configured(schedule, definition),
                "Tags": schedule.to_api()["Tags"],
            }

        self._store.change(schedule.name, change)

    def update_schedule(self, schedule: MonitoringSchedule, definition: JobDefinition | None) -> None:
        """Write an existing schedule's document anew; its status, tags and time of creation stay."""
        _check(schedule, definition)
        config = _configured(schedule, definition)
        self._change(schedule.name, lambda present: {**_without_watched(present), **config})

    def start_schedule(self, name: str) -> None:
        """Have the scheduler's runs look at it."""
        self._change(name, lambda present: {**present, "MonitoringScheduleStatus": "Scheduled"})

    def stop_schedule(self, name: str) -> None:
        """Have the scheduler's runs pass it over."""
        self._change(name, lambda present: {**present, "MonitoringScheduleStatus": "Stopped"})

    def delete_schedule(self, name: str) -> None:
        """Remove the schedule."""
        if not self._store.delete_schedule(name):
            raise self._no_schedule(name)

    def schedules_with(self, definition_name: str) -> tuple[str, ...]:
        """Names of the schedules that use a definition."""
        return tuple(
            one["MonitoringScheduleName"]
            for one in self._store.schedules()
            if one["MonitoringScheduleConfig"].get("MonitoringJobDefinitionName") == definition_name
        )

    def describe_definition(self, monitoring_type: MonitoringType, name: str) -> JobDefinition | None:
        """The definition; None where there is none."""
        document = self._store.definition(monitoring_type, name)
        return None if document is None else JobDefinition.from_api(document)

    def definition_tags(self, monitoring_type: MonitoringType, name: str) -> dict[str, str]:
        """Tags of a definition."""
        definition = self.describe_definition(monitoring_type, name)
        return {} if definition is None else dict(definition.tags)

    def create_definition(self, definition: JobDefinition) -> None:
        """Write a definition's document."""
        name, kind = definition.name or "", definition.monitoring_type
        document = {
            "JobDefinitionArn": f"{_ARN}:{definition.kind.definition_prefix}/{name}",
            **definition.to_api(),
            "CreationTime": format_utc(self._now()),
        }
        if not self._store.create_definition(kind, name, document):
            raise AlreadyThereError(f"there is a {kind} job definition {name} in {self._store.url}")

    def delete_definition(self, monitoring_type: MonitoringType, name: str) -> None:
        """Remove a definition."""
        if not self._store.delete_definition(monitoring_type, name):
            raise NotThereError(f"there is no {monitoring_type} job definition {name} in {self._store.url}")

    def definition_names(self, monitoring_type: MonitoringType, name_contains: str) -> tuple[str, ...]:
        """Names of the definitions of a monitor that contain a text."""
        return tuple(name for name in self._store.definition_names(monitoring_type) if name_contains in name)

    def _change(self, name: str, change: Callable[[Document], Document]) -> None:
        moment = format_utc(self._now())

        def changed(present: Document | None) -> Document:
            if present is None:
                raise self._no_schedule(name)
            wanted = change(present)
            return wanted if wanted == present else {**wanted, "LastModifiedTime": moment}

        self._store.change(name, changed)

    def _no_schedule(self, name: str) -> NotThereError:
        return NotThereError(f"there is no schedule {name} in {self._store.url}")


def kept_schedule(document: Document) -> KeptSchedule:
    """The schedule in a document of the store.

    :raises ContractError: naming the member that is missing or of a wrong type
    """
    schedule = MonitoringSchedule.from_api(document)
    return KeptSchedule(
        schedule, document["MonitoringScheduleStatus"], arn=document["MonitoringScheduleArn"], document=document
    )


def _configured(schedule: MonitoringSchedule, definition: JobDefinition | None) -> dict[str, Any]:
    runs = schedule.inline_definition or definition
    watched = {} if runs is None or runs.endpoint is None else {"EndpointName": runs.endpoint}
    typed = {} if schedule.monitoring_type is None else {"MonitoringType": schedule.monitoring_type}
    return {**typed, "MonitoringScheduleConfig": schedule.config(), **watched}


def _without_watched(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in ("EndpointName", "MonitoringType")}


def _check(schedule: MonitoringSchedule, definition: JobDefinition | None) -> None:
    runs = schedule.inline_definition or definition
    if schedule.timing is not None:
        check_schedule_config(schedule.timing)
    if runs is not None:
        check_run_time(runs.max_runtime_in_seconds, runs.kind, schedule.timing)
