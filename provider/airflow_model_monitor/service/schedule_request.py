"""What somebody asks of a schedule, argument by argument: a new one, or a change of one that is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingNetwork
from airflow_model_monitor.service import sdk_arguments as sdk
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import MonitoringType, kind_of
from airflow_model_monitor.service.monitoring_input import BATCH_PATH, ENDPOINT_PATH, MonitoringInput, input_from_api
from airflow_model_monitor.service.schedule_config import ScheduleConfig
from airflow_model_monitor.service.worker_settings import WorkerSettings

_AS_THEY_ARE: Final = (
    *("image_uri", "config_uri", "problem_type", "record_preprocessor_script", "post_analytics_processor_script"),
    *("baselining_job_name", "output_kms_key", "max_runtime_in_seconds", "role_arn", "publish_cloudwatch_metrics"),
)
_COMMANDS: Final = ("container_entrypoint", "container_arguments")
_CLUSTER: Final = {
    "instance_type": "instance_type",
    "instance_count": "instance_count",
    "volume_size_in_gb": "volume_size_gb",
    "volume_kms_key": "volume_kms_key",
}
#: Variables of this package's engine that are not lost when others are replaced.
_OURS: Final = ("compatibility", "report_enabled", "enable_scripts")
_SETTINGS: Final = tuple(field.name for field in dataclasses.fields(WorkerSettings))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRequest:
    """The arguments; None for what is not said.

    Inputs, output, baseline files, network, tags and the expression are taken as objects of AWS's SDK too
    (:mod:`airflow_model_monitor.service.sdk_arguments`). The others are members of
    :class:`~airflow_model_monitor.service.job_definition.JobDefinition`, of its cluster, or of
    :class:`~airflow_model_monitor.service.worker_settings.WorkerSettings`.

    :param environment: takes the place of all variables there are, those of the worker and of this package's engine
        aside
    :param further_environment: variables beside those that are there
    :param baseline_uri: a folder that holds the baseline's files, instead of ``constraints`` and ``statistics``
    :raises ValueError: arguments that exclude each other
    """

    endpoint_input: Any = None
    batch_transform_input: Any = None
    ground_truth_input: str | None = None
    output_uri: Any = None
    baseline_uri: str | None = None
    constraints: Any = None
    statistics: Any = None
    baselining_job_name: str | None = None
    problem_type: str | None = None
    record_preprocessor_script: str | None = None
    post_analytics_processor_script: str | None = None
    config_uri: str | None = None
    schedule_expression: Any = None
    data_analysis_start_time: str | None = None
    data_analysis_end_time: str | None = None
    publish_cloudwatch_metrics: bool | None = None
    environment: Mapping[str, str] | None = None
    image_uri: str | None = None
    container_entrypoint: list[str] | None = None
    container_arguments: list[str] | None = None
    role_arn: str | None = None
    instance_type: str | None = None
    instance_count: int | None = None
    volume_size_in_gb: int | None = None
    volume_kms_key: str | None = None
    output_kms_key: str | None = None
    max_runtime_in_seconds: int | None = None
    network_config: Any = None
    tags: Any = None
    captured_data_uri: str | None = None
    variant_name: str | None = None
    labels_days_after: int | None = None
    model_conn_id: str | None = None
    baselining_output_uri: str | None = None
    further_environment: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.endpoint_input is not None and self.batch_transform_input is not None:
            raise ValueError(
                f"endpoint_input={self.endpoint_input!r}, batch_transform_input={self.batch_transform_input!r}: a "
                "monitor watches an endpoint or batch transform jobs; give one of the two"
            )
        for name, value in (self.environment or {}).items():
            if not isinstance(value, str):
                raise ValueError(f"environment[{name!r}]={value!r}: variables are texts; give {str(value)!r}")
        for argument in ("constraints", "statistics"):
            if self.baseline_uri is not None and getattr(self, argument) is not None:
                raise ValueError(
                    f"baseline_uri={self.baseline_uri!r}, {argument}={getattr(self, argument)!r}: baseline_uri is the "
                    "folder of both files; give the folder or the files"
                )

    def definition(self, monitoring_type: MonitoringType, *, with_cluster: bool) -> JobDefinition:
        """A new definition, without a name.

        :param with_cluster: whether machines are stated that were not asked for: one ml.m5.xlarge
        :raises ValueError: something is missing, or means nothing to this monitor
        """
        if self.endpoint_input is None and self.batch_transform_input is None:
            raise ValueError(
                "endpoint_input=None, batch_transform_input=None: say what the monitor watches, an endpoint or batch "
                "transform jobs"
            )
        if self.output_uri is None:
            raise ValueError("output_uri=None: say where the results go, e.g. 's3://bucket/reports'")
        made = JobDefinition(
            monitoring_type=monitoring_type,
            source=self._source(None),
            cluster=ProcessingCluster() if with_cluster else None,
            **{"publish_cloudwatch_metrics": None, **self._output(), **self._members(monitoring_type)},
        )
        return self.applied(made)

    def applied(self, definition: JobDefinition) -> JobDefinition:
        """An existing definition with what is said here, and nothing else, changed.

        :raises ValueError: something means nothing to this monitor
        """
        changes: dict[str, Any] = self._members(definition.monitoring_type)
        if self.endpoint_input is not None or self.batch_transform_input is not None:
            changes["source"] = self._source(definition.source)
        if self.output_uri is not None:
            changes |= self._output()
        machines = {to: getattr(self, name) for name, to in _CLUSTER.items() if getattr(self, name) is not None}
        if machines:
            changes["cluster"] = dataclasses.replace(definition.cluster or ProcessingCluster(), **machines)
        environment = self._environment(definition)
        if environment is not None:
            changes["environment"] = environment
        return dataclasses.replace(definition, **changes)

    def timing(self, present: ScheduleConfig | None = None) -> ScheduleConfig | None:
        """The schedule's timing with what is said here changed; None leaves it to SageMaker.

        :raises ValueError: a window of analysis without an expression
        """
        stated = {
            "expression": sdk.expression(self.schedule_expression),
            "data_analysis_start_time": self.data_analysis_start_time,
            "data_analysis_end_time": self.data_analysis_end_time,
        }
        given = {name: value for name, value in stated.items() if value is not None}
        if present is not None:
            return dataclasses.replace(present, **given)
        if given and "expression" not in given:
            name = next(iter(given))
            raise ValueError(
                f"{name}={given[name]!r}: a window belongs to a schedule_expression, and there is none; give "
                "schedule_expression='NOW', or one such as 'cron(0 * ? * * *)'"
            )
        return ScheduleConfig(**given) if given else None

    def tag_map(self) -> dict[str, str]:
        """The tags as a mapping."""
        return {} if self.tags is None else sdk.tags(self.tags)

    def _members(self, monitoring_type: MonitoringType) -> dict[str, Any]:
        """Members of the definition that are said, but for input, output, machines and environment."""
        found = {name: getattr(self, name) for name in _AS_THEY_ARE}
        found |= {name: None if (words := getattr(self, name)) is None else tuple(words) for name in _COMMANDS}
        found["ground_truth_uri"] = sdk.file_address(self.ground_truth_input, "ground_truth_input")
        found["baseline_constraints"] = sdk.file_address(self.constraints, "constraints")
        found["baseline_statistics"] = sdk.file_address(self.statistics, "statistics")
        if self.baseline_uri is not None:
            folder, kind = self.baseline_uri.rstrip("/"), kind_of(monitoring_type)
            found["baseline_constraints"] = f"{folder}/{kind.baseline_file}"
            if "baseline_statistics" in kind.takes:
                found["baseline_statistics"] = f"{folder}/statistics.json"
        if self.network_config is not None:
            members = sdk.network(self.network_config)
            found["network"] = ProcessingNetwork.from_api(JsonNode(members, "network_config"))
        if self.tags is not None:
            found["tags"] = self.tag_map()
        return {name: value for name, value in found.items() if value is not None}

    def _source(self, present: MonitoringInput | None) -> MonitoringInput:
        """The input; members that are not said are those of the present one of the same kind."""
        if self.endpoint_input is not None:
            member, path, given = "EndpointInput", ENDPOINT_PATH, sdk.endpoint_input(self.endpoint_input)
        else:
            member, path = "BatchTransformInput", BATCH_PATH
            given = sdk.batch_transform_input(self.batch_transform_input)
        before = {} if present is None else present.to_api().get(member, {})
        common = {"LocalPath": path, "S3InputMode": "File", "S3DataDistributionType": "FullyReplicated"}
        return input_from_api(JsonNode({member: {**common, **before, **given}}, "monitoring input"))

    def _output(self) -> dict[str, Any]:
        members = sdk.output(self.output_uri)
        names = {"S3Uri": "output_uri", "LocalPath": "output_local_path", "S3UploadMode": "output_upload_mode"}
        return {names[member]: value for member, value in members.items()}

    def _environment(self, definition: JobDefinition) -> dict[str, str] | None:
        """The variables, where any are said: given ones take the place of all, settings of ours stay."""
        given = WorkerSettings(**{name: getattr(self, name) for name in _SETTINGS}).to_environment()
        given |= self.further_environment
        if self.environment is None and not given:
            return None
        settings, plain = WorkerSettings.of(definition)
        variables = plain.environment
        if self.environment is not None:
            ours = {name: value for name, value in plain.environment.items() if name in _OURS}
            variables = {**ours, **self.environment}
        return {**variables, **settings.to_environment(), **given}
