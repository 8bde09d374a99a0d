"""The definition of a monitoring job: all that its schedule repeats, and nothing about any one run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_model_monitor.contract.environment import OUTPUT_PATH
from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingNetwork
from airflow_model_monitor.service import job_definition_api as api
from airflow_model_monitor.service.definition_name import owned_name
from airflow_model_monitor.service.job_name import job_name
from airflow_model_monitor.service.monitor_kind import NOT_FOR_ALL, MonitoringType, MonitorKind, kind_of, takers_of
from airflow_model_monitor.service.monitoring_input import EndpointInput, MonitoringInput


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDefinition:
    """What ``Create{DataQuality,ModelQuality,ModelBias,ModelExplainability}JobDefinition`` says, or an inline one.

    Image, role and cluster may be None for jobs that run here; SageMaker insists on them.

    :param monitoring_type: which of the four monitors; ``DataQuality`` for a container of one's own
    :param source: the endpoint or the batch transform jobs that are watched
    :param output_uri: root of the results
    :param name: of the definition; None for an inline one, and before :meth:`named` gives one
    :param image_uri: the container of the analysis
    :param config_uri: address of analysis_config.json; bias and explainability
    :param problem_type: ``Regression``, ``BinaryClassification`` or ``MulticlassClassification``; model quality
    :param ground_truth_uri: root of the labels, ``yyyy/mm/dd/hh`` is read below it; model quality and bias
    :param environment: further variables of the jobs
    :param publish_cloudwatch_metrics: None leaves it to the container
    :param baseline_constraints: address of constraints.json; of bias and explainability analysis.json
    :param baseline_statistics: address of statistics.json; data quality
    :param baselining_job_name: the job that made the baseline
    :param max_runtime_in_seconds: stop a job after this long
    :param tags: of the definition; not of the jobs
    :raises ValueError: an argument that this monitor does not take, or lacks
    """

    monitoring_type: MonitoringType
    source: MonitoringInput
    output_uri: str
    name: str | None = None
    image_uri: str | None = None
    container_entrypoint: tuple[str, ...] | None = None
    container_arguments: tuple[str, ...] | None = None
    record_preprocessor_script: str | None = None
    post_analytics_processor_script: str | None = None
    config_uri: str | None = None
    problem_type: str | None = None
    ground_truth_uri: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    publish_cloudwatch_metrics: bool | None = True
    baseline_constraints: str | None = None
    baseline_statistics: str | None = None
    baselining_job_name: str | None = None
    output_local_path: str = OUTPUT_PATH
    output_upload_mode: str | None = "Continuous"
    output_kms_key: str | None = None
    cluster: ProcessingCluster | None = None
    network: ProcessingNetwork | None = None
    max_runtime_in_seconds: int | None = None
    role_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kind = kind_of(self.monitoring_type)
        for argument in sorted(NOT_FOR_ALL):
            value = getattr(self, argument)
            if value is None and argument in kind.needs:
                raise ValueError(f"{argument}: None; {self.monitoring_type} cannot do without it")
            if value is not None and argument not in kind.takes:
                takers = " or ".join(map(repr, takers_of(argument)))
                raise ValueError(
                    f"{argument}: {value!r}; it is for monitoring_type {takers}, and this is {self.monitoring_type!r}; "
                    "leave it out"
                )

    @property
    def kind(self) -> MonitorKind:
        """Which of the four monitors it is."""
        return kind_of(self.monitoring_type)

    @property
    def endpoint(self) -> str | None:
        """The endpoint that is watched; None for batch transform."""
        return self.source.endpoint if isinstance(self.source, EndpointInput) else None

    def to_api(self) -> dict[str, Any]:
        """The parameters of ``Create{monitoring_type}JobDefinition``; what is None or empty is left out."""
        request: dict[str, Any] = {} if self.name is None else {"JobDefinitionName": self.name}
        request |= api.to_api(api.named_layout(self.monitoring_type), self)
        if self.tags:
            request["Tags"] = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        return request

    @classmethod
    def from_api(cls, document: Mapping[str, Any]) -> JobDefinition:
        """The definition in such parameters, or in what ``Describe{monitoring_type}JobDefinition`` answers.

        :raises ContractError: naming the member that is missing or of a wrong type
        """
        monitoring_type = api.type_of(document)
        root = JsonNode(dict(document), f"{monitoring_type}JobDefinition")
        name, tags = root.optional("JobDefinitionName"), root.optional("Tags")
        return cls(
            monitoring_type=monitoring_type,
            name=None if name is None else name.text(),
            tags={} if tags is None else {tag.child("Key").text(): tag.child("Value").text() for tag in tags.items()},
            **api.from_api(api.named_layout(monitoring_type), root),
        )

    def to_inline_api(self) -> dict[str, Any]:
        """The API's MonitoringJobDefinition, which stands in its schedule and has neither name nor tags."""
        return api.to_api(api.INLINE, self)

    @classmethod
    def from_inline_api(cls, node: JsonNode) -> JobDefinition:
        """The definition in a MonitoringJobDefinition.

        :raises ContractError: naming the member that is missing or of a wrong type
        """
        return cls(monitoring_type="DataQuality", **api.from_api(api.INLINE, node))

    def named(self, schedule: str | None = None) -> JobDefinition:
        """The definition under a name made of what it says, so that the same definition is never made twice.

        :param schedule: the schedule it belongs to, whose name is then part of the definition's
            (:mod:`airflow_model_monitor.service.definition_name`)
        """
        document = json.dumps({**self.to_api(), "JobDefinitionName": None}, sort_keys=True)
        if schedule is not None:
            return dataclasses.replace(self, name=owned_name(schedule, f"{self.monitoring_type}\x00{document}"))
        return dataclasses.replace(self, name=job_name(self.kind.definition_prefix, document))
