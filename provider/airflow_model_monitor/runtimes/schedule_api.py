"""What keeps monitoring schedules and their job definitions: SageMaker, or a folder of one's own.

:class:`~airflow_model_monitor.runtimes.schedule_lifecycle.ScheduleLifecycle` speaks to either through this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import MonitoringType
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule

ScheduleStatus = Literal["Pending", "Failed", "Scheduled", "Stopped"]


class AlreadyThereError(RuntimeError):
    """Something by that name exists (``ResourceInUse``)."""


class NotThereError(LookupError):
    """There is nothing by that name (``ResourceNotFound``)."""


class NotNowError(RuntimeError):
    """Refused for what the thing is doing right now: a schedule is ``Pending``, a definition is locked by one."""


@dataclass(frozen=True, slots=True)
class KeptSchedule:
    """A schedule as it is kept.

    :param schedule: what it says
    :param status: ``Pending`` while SageMaker works on it
    :param failure_reason: why its status is ``Failed``
    :param arn: its ARN; of one in a folder one that only looks like it
    :param document: what ``DescribeMonitoringSchedule`` answers
    """

    schedule: MonitoringSchedule
    status: ScheduleStatus
    failure_reason: str | None = None
    arn: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


class ScheduleApi(Protocol):
    """The calls about schedules and definitions. Errors that are not named here pass as they are.

    :raises NotThereError: what is started, stopped, changed or deleted does not exist
    :raises AlreadyThereError: what is created exists
    :raises NotNowError: it is ``Pending``, or locked
    """

    def describe_schedule(self, name: str) -> KeptSchedule | None: ...

    def create_schedule(self, schedule: MonitoringSchedule, definition: JobDefinition | None) -> None: ...

    def update_schedule(self, schedule: MonitoringSchedule, definition: JobDefinition | None) -> None: ...

    def start_schedule(self, name: str) -> None: ...

    def stop_schedule(self, name: str) -> None: ...

    def delete_schedule(self, name: str) -> None: ...

    def schedules_with(self, definition_name: str) -> tuple[str, ...]:
        """Names of the schedules that use a definition."""
        ...

    def describe_definition(self, monitoring_type: MonitoringType, name: str) -> JobDefinition | None: ...

    def definition_tags(self, monitoring_type: MonitoringType, name: str) -> dict[str, str]:
        """Tags of a definition, which :meth:`describe_definition` does not tell."""
        ...

    def create_definition(self, definition: JobDefinition) -> None: ...

    def delete_definition(self, monitoring_type: MonitoringType, name: str) -> None: ...

    def definition_names(self, monitoring_type: MonitoringType, name_contains: str) -> tuple[str, ...]:
        """Names of the definitions of a monitor that contain a text."""
        ...
