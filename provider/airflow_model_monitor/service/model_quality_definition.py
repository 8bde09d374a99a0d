"""The definition of a model-quality monitor: all that its schedule repeats, and nothing about any one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_model_monitor.contract.dataset_format import Csv, Json
from airflow_model_monitor.contract.merge_environment import DATASET_SOURCE
from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingNetwork
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.request_parts import check_address, check_source
from airflow_model_monitor.service.requests_merge import SAME_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSource:
    """Captured traffic of an endpoint.

    :param endpoint: its name
    :param captured_data_uri: destination of data capture; ``<endpoint>/<variant>/yyyy/mm/dd/hh`` is read below it
    :param variant: production variant
    """

    endpoint: str
    captured_data_uri: str
    variant: str = "AllTraffic"

    def __post_init__(self) -> None:
        check_source(self.endpoint, self.captured_data_uri, self.variant)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTransformSource:
    """Output of batch transform jobs with GenerateInferenceId.

    :param transform_output_uri: a folder ``yyyy/mm/dd/hh`` for each hour is read below it
    :param dataset_format: of the output
    """

    transform_output_uri: str
    dataset_format: Csv | Json

    def __post_init__(self) -> None:
        check_address("transform_output_uri", self.transform_output_uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQualityDefinition:
    """What ``CreateModelQualityJobDefinition`` and its schedule say.

    :param monitor: name of the monitoring schedule
    :param source: where captured data comes from
    :param ground_truth_uri: root of the labels; ``yyyy/mm/dd/hh`` is read below it
    :param output_uri: root of the results
    :param attributes: the problem, and where prediction and probability stand
    :param baseline_constraints: address of constraints.json; None judges by none
    :param start_time_offset: beginning of the window, from the scheduled time: an API duration such as ``-P8D``
    :param end_time_offset: its end; by default the window is the hour before the scheduled time
    :param labels: in which hours labels are looked for; the original looks in the window's own
    :param local_path: container folder of the data
    :param environment: further variables of both jobs, such as ``label_choice`` of this package's engine
    :param image_uri: the analyzer's image; None for a job in a worker
    :raises ValueError: what is no name or address
    """

    monitor: str
    source: EndpointSource | BatchTransformSource
    ground_truth_uri: str
    output_uri: str
    attributes: ModelQualityAttributes
    baseline_constraints: str | None = None
    start_time_offset: str = "-PT1H"
    end_time_offset: str = "-PT0H"
    labels: LabelWindow = SAME_HOURS
    local_path: str = DATASET_SOURCE
    post_analytics_processor_script: str | None = None
    publish_cloudwatch_metrics: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    image_uri: str | None = None
    role_arn: str | None = None
    cluster: ProcessingCluster | None = None
    max_runtime_in_seconds: int | None = None
    output_kms_key: str | None = None
    network: ProcessingNetwork | None = None

    def __post_init__(self) -> None:
        checked_name("monitor", self.monitor)
        check_address("ground_truth_uri", self.ground_truth_uri)
        check_address("output_uri", self.output_uri)

    @property
    def endpoint(self) -> str | None:
        """The endpoint that is watched; None for batch transform."""
        return self.source.endpoint if isinstance(self.source, EndpointSource) else None
