"""What a schedule in a folder of one's own says beyond SageMaker's.

SageMaker asks the endpoint where its traffic is captured; here the definition's environment says it. So do a few
settings of this package's own, which the API has no members for: the environment is the one map in it that is free.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.monitor import Monitor
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Variables of a definition that are not for its jobs, but for whoever plans and runs them.

    :param captured_data_uri: destination of the endpoint's data capture; not for batch transform
    :param variant_name: the production variant whose traffic is read
    :param labels_days_after: for how many days after the window labels are looked for
    :param model_conn_id: Airflow connection of type HTTP to the model that an explainability job asks
    :param baselining_output_uri: folder the baselining job wrote to, where only the job is named
    """

    captured_data_uri: str | None = None
    variant_name: str | None = None
    labels_days_after: int | None = None
    model_conn_id: str | None = None
    baselining_output_uri: str | None = None

    def to_environment(self) -> dict[str, str]:
        """The variables; what is None is left out."""
        stated = ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self))
        return {name: str(value) for name, value in stated if value is not None}

    @classmethod
    def of(cls, definition: JobDefinition) -> tuple[WorkerSettings, JobDefinition]:
        """The settings in a definition, and the definition without them.

        :raises ValueError: ``labels_days_after`` is no whole number
        """
        names = {field.name for field in dataclasses.fields(cls)}
        stated: dict[str, Any] = {name: value for name, value in definition.environment.items() if name in names}
        days = stated.get("labels_days_after")
        if days is not None:
            if not days.isdecimal():
                raise ValueError(
                    f"labels_days_after: {days!r} in the environment of {definition.name}; allowed are whole numbers"
                )
            stated["labels_days_after"] = int(days)
        others = {name: value for name, value in definition.environment.items() if name not in names}
        return cls(**stated), dataclasses.replace(definition, environment=others)


def monitor_of(schedule: MonitoringSchedule, definition: JobDefinition | None) -> tuple[Monitor, WorkerSettings]:
    """The monitor of a schedule that is kept in a folder.

    :param definition: the one it names; None where it is inline
    :raises ValueError: something that is needed to find its data is missing
    """
    runs = schedule.inline_definition or definition
    if runs is None:
        raise ValueError(f"the schedule {schedule.name} runs the job definition {schedule.definition_name}; it is gone")
    settings, plain = WorkerSettings.of(runs)
    if schedule.inline_definition is not None:
        schedule = dataclasses.replace(schedule, inline_definition=plain)
    monitor = Monitor.of(
        schedule,
        plain,
        captured_data_uri=settings.captured_data_uri,
        variant=settings.variant_name or "AllTraffic",
        labels=LabelWindow(days_after=settings.labels_days_after or 0),
        baselining_output_uri=settings.baselining_output_uri,
    )
    return monitor, settings
