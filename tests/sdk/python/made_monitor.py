"""A monitor that AWS's SDK made, beside the same one said with this package's types."""

from __future__ import annotations

from typing import Any

import provider_path  # noqa: F401 - what comes from there is imported next
from call_recorder import CallRecorder
from sent import only

from airflow_model_monitor.contract.processing_job import ProcessingCluster
from airflow_model_monitor.service import monitoring_input
from airflow_model_monitor.service import monitoring_schedule_calls as schedules
from airflow_model_monitor.service.images import image_uri
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.job_definition_calls import create_definition
from airflow_model_monitor.service.monitor_kind import KINDS, MonitoringType
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.schedule_config import ScheduleConfig

REGION = "us-west-2"
ENDPOINT = "churn-requests"
HOURLY = ScheduleConfig("cron(0 * ? * * *)")
DAILY = ScheduleConfig("cron(0 5 ? * * *)")


class Made:
    """Both at once: what was sent stands in ``created`` and ``scheduled``, ours in ``definition``.

    :param arguments: of ours, where they are not the simplest
    """

    def __init__(self, monitoring_type: MonitoringType, role: str, calls: CallRecorder, **arguments: Any) -> None:
        kind = KINDS[monitoring_type]
        self.created = only(calls, f"Create{monitoring_type}JobDefinition")
        self.scheduled = only(calls, "CreateMonitoringSchedule")
        self.definition = JobDefinition(
            monitoring_type=monitoring_type,
            name=self.created["JobDefinitionName"],
            image_uri=image_uri(REGION, kind.image),
            role_arn=role,
            **{
                "source": monitoring_input.EndpointInput(endpoint=ENDPOINT),
                "cluster": ProcessingCluster(),
                **arguments,
            },
        )

    def agrees(self, timing: ScheduleConfig | None = HOURLY) -> None:
        """Assert that both calls are those of this package."""
        assert create_definition(self.definition).parameters == self.created
        schedule = self.schedule(timing)
        assert schedules.create_schedule(schedule, definition=self.definition).parameters == self.scheduled

    def schedule(self, timing: ScheduleConfig | None = HOURLY) -> MonitoringSchedule:
        return MonitoringSchedule(
            name=self.scheduled["MonitoringScheduleName"],
            timing=timing,
            definition_name=self.definition.name,
            monitoring_type=self.definition.monitoring_type,
            tags=self.definition.tags,
        )
