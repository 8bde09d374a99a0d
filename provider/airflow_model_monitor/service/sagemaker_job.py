"""How a job runs on SageMaker: the part of a request that says nothing about data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from airflow_model_monitor.contract.compatibility import SAGEMAKER
from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingJobRequest, ProcessingNetwork
from airflow_model_monitor.service.images import Image, image_uri, is_aws_image
from airflow_model_monitor.service.job_kind import job_kind
from airflow_model_monitor.service.limits import check_request

PUBLISH_METRICS: Final = "publish_cloudwatch_metrics"
#: Variables that only this package's engine reads.
ENGINE_VARIABLES = (
    "compatibility",
    "exact_rows",
    "file_generation",
    "enable_scripts",
    "script_time_limit_seconds",
    "script_memory_limit_mb",
    "memory_limit",
    "threads",
    "report_enabled",
    "label_choice",
    "seed",
    "coverage",
    "merge_revision",
    "retry_seconds",
    "request_seconds",
    "request_rows",
    "endpoint_url",
    "model_uri",
    "execution_record",
)
#: Variables of the analyzer that our merger reads too, and AWS's does not know.
MERGER_ENGINE_VARIABLES = ("sagemaker_endpoint_name", "sagemaker_monitoring_schedule_name")


@dataclass(frozen=True, slots=True)
class SageMakerJob:
    """Role, image and machines of a processing job.

    :param role_arn: role the job assumes
    :param region: region whose analyzer image to use; needed unless ``image`` is given
    :param image: container image: the request's own when None, and where it names none AWS's analyzer of the region
        (for a merge its merger, for bias and explainability Clarify's); or this package's image, which obeys the same
        contracts, or any other
    :param volume_size_gb: size of the disk of each machine, gigabytes
    :param max_runtime_in_seconds: stop the job after this long; None leaves SageMaker's own limit (one day)
    """

    role_arn: str
    region: str | None = None
    image: str | None = None
    instance_type: str = "ml.m5.xlarge"
    instance_count: int = 1
    volume_size_gb: int = 30
    volume_kms_key: str | None = None
    output_kms_key: str | None = None
    max_runtime_in_seconds: int | None = None
    network: ProcessingNetwork | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def image_uri(self) -> str:
        """The image an analysis runs.

        :raises ValueError: neither an image nor a region that has one
        """
        return self._image("analyzer")

    def _image(self, role: Image) -> str:
        if self.image is not None:
            return self.image
        if self.region is None:
            raise ValueError(f"region: None; give the AWS region, whose {role} image is then used, or image=")
        return image_uri(self.region, role)

    def applied_to(self, request: ProcessingJobRequest, *, check: bool = True) -> ProcessingJobRequest:
        """The request with image, role and machines.

        Settings of this package's engine are not sent to AWS's images, which do not know them. Metrics are switched
        off: AWS's image fails when it is to publish them outside a schedule, and what another image writes for
        CloudWatch nobody would send. The runtime publishes them from the files of the job.

        :param check: whether to compare it with the limits of the service model
        :raises ValueError: SageMaker would refuse it (limits of the service model), or the image is AWS's and it is
            asked for what it cannot do
        """
        image = self.image or request.image_uri or self._image(job_kind(request))
        environment = _for_aws_image(request) if is_aws_image(image) else dict(request.environment)
        if environment.get(PUBLISH_METRICS) == "Enabled":
            environment[PUBLISH_METRICS] = "Disabled"
        complete = dataclasses.replace(
            request,
            environment=environment,
            image_uri=image,
            role_arn=self.role_arn,
            cluster=ProcessingCluster(
                self.instance_type, self.instance_count, self.volume_size_gb, self.volume_kms_key
            ),
            max_runtime_in_seconds=self.max_runtime_in_seconds,
            output_kms_key=self.output_kms_key,
            network=self.network,
            tags=self.tags,
        )
        if check:
            check_request(complete)
        return complete


def _for_aws_image(request: ProcessingJobRequest) -> dict[str, str]:
    environment = request.environment
    if environment.get("compatibility", SAGEMAKER) != SAGEMAKER:
        raise ValueError(
            f"compatibility: {environment['compatibility']!r}, but AWS's image knows only 'sagemaker' (it is the "
            "original). Run on this package's engine (runtime=\"worker\", or its image), or ask for 'sagemaker'."
        )
    if job_kind(request) == "clarify" and "dataset_format" in environment:
        raise ValueError(
            "image: None, but how a monitor's data is handed to AWS's Clarify image without a schedule is not "
            "published. Use runtime=\"worker\" or this package's image; baselines run on AWS's image too."
        )
    return known_to_aws_images(environment)


def known_to_aws_images(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a job without those that only this package's engine reads."""
    ours = ENGINE_VARIABLES + (MERGER_ENGINE_VARIABLES if "ground_truth_source" in environment else ())
    return {name: value for name, value in environment.items() if name not in ours}
