"""A monitoring schedule: when which definition runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import MONITORING_TYPES, MonitoringType
from airflow_model_monitor.service.schedule_config import ScheduleConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringSchedule:
    """What ``CreateMonitoringSchedule`` and ``UpdateMonitoringSchedule`` say.

    Either a definition of its own is named, or an inline one is given (data quality, or a container of one's own).
    An update replaces the whole: what it leaves out is gone. So take what :meth:`from_api` reads, and change that.

    :param name: of the schedule
    :param timing: when executions start; None lets SageMaker pick a time of the day
    :param definition_name: the job definition
    :param monitoring_type: which of the four monitors the definition is for
    :param inline_definition: the definition itself, instead of both
    :param tags: of the schedule; an update cannot change them
    :raises ValueError: neither a named nor an inline definition, or both
    """

    name: str
    timing: ScheduleConfig | None = None
    definition_name: str | None = None
    monitoring_type: MonitoringType | None = None
    inline_definition: JobDefinition | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.definition_name is None) == (self.inline_definition is None):
            given = None if self.inline_definition is None else "a definition"
            raise ValueError(
                f"definition_name: {self.definition_name!r}, inline_definition: {given}; give exactly one of them. "
                "A definition of its own can be tagged, and is what most permission policies ask for"
            )
        if (self.definition_name is None) != (self.monitoring_type is None):
            raise ValueError(
                f"monitoring_type: {self.monitoring_type!r}; it goes with definition_name, and "
                f"{self.definition_name!r} was given. Allowed are {', '.join(map(repr, MONITORING_TYPES))}"
            )

    def config(self) -> dict[str, Any]:
        """The API's MonitoringScheduleConfig; what is None is left out."""
        config: dict[str, Any] = {}
        if self.inline_definition is not None:
            config["MonitoringJobDefinition"] = self.inline_definition.to_inline_api()
        else:
            config["MonitoringJobDefinitionName"] = self.definition_name
            config["MonitoringType"] = self.monitoring_type
        if self.timing is not None:
            config["ScheduleConfig"] = self.timing.to_api()
        return config

    def to_api(self) -> dict[str, Any]:
        """The parameters of ``CreateMonitoringSchedule``. Tags are always sent, as AWS's own SDK does."""
        return {
            "MonitoringScheduleName": self.name,
            "MonitoringScheduleConfig": self.config(),
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
        }

    @classmethod
    def from_api(cls, document: Mapping[str, Any]) -> MonitoringSchedule:
        """The schedule in such parameters, or in what ``DescribeMonitoringSchedule`` answers (which has no tags).

        :raises ContractError: naming the member that is missing or of a wrong type
        """
        root = JsonNode(dict(document), "MonitoringSchedule")
        config = root.child("MonitoringScheduleConfig")
        name, timing = config.optional("MonitoringJobDefinitionName"), config.optional("ScheduleConfig")
        inline, tags = config.optional("MonitoringJobDefinition"), root.optional("Tags")
        stated = None
        if name is not None:
            # An answer has the type both inside and outside.
            place = config if config.has("MonitoringType") else root
            stated = cast(MonitoringType, place.child("MonitoringType").one_of(*MONITORING_TYPES))
        return cls(
            name=root.child("MonitoringScheduleName").text(),
            timing=None if timing is None else ScheduleConfig.from_api(timing),
            definition_name=None if name is None else name.text(),
            monitoring_type=stated,
            inline_definition=None if inline is None else JobDefinition.from_inline_api(inline),
            tags={} if tags is None else {tag.child("Key").text(): tag.child("Value").text() for tag in tags.items()},
        )


def default_output_uri(bucket: str, schedule: str) -> str:
    """Where AWS's SDK has a monitor write when it is not told."""
    return f"s3://{bucket}/model-monitor/monitoring/{schedule}/results"
