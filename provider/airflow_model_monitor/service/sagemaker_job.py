"""How a job runs on SageMaker: the part of a request that says nothing about data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_model_monitor.contract.compatibility import SAGEMAKER
from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingJobRequest, ProcessingNetwork
from airflow_model_monitor.service.images import image_uri, is_aws_image
from airflow_model_monitor.service.limits import check_request

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
)


@dataclass(frozen=True, slots=True)
class SageMakerJob:
    """Role, image and machines of a processing job.

    :param role_arn: role the job assumes
    :param region: region whose analyzer image to use; needed unless ``image`` is given
    :param image: container image: AWS's analyzer of the region when None, or this package's image (which obeys the same
        contract) or any other
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
        """The image the job runs.

        :raises ValueError: neither an image nor a region that has one
        """
        if self.image is not None:
            return self.image
        if self.region is None:
            raise ValueError("region: None; give the AWS region, whose analyzer image is then used, or image=")
        return image_uri(self.region)

    @property
    def runs_aws_image(self) -> bool:
        """Whether the image is AWS's own, which knows one behaviour and no settings of ours."""
        return is_aws_image(self.image_uri)

    def applied_to(self, request: ProcessingJobRequest) -> ProcessingJobRequest:
        """The request with image, role and machines.

        Settings of this package's engine are not sent to AWS's images, which do not know them.

        :raises ValueError: SageMaker would refuse it (limits of the service model), or the image is AWS's and it is
            asked for what it cannot do
        """
        complete = dataclasses.replace(
            request,
            environment=_for_aws_image(request.environment) if self.runs_aws_image else request.environment,
            image_uri=self.image_uri,
            role_arn=self.role_arn,
            cluster=ProcessingCluster(
                self.instance_type, self.instance_count, self.volume_size_gb, self.volume_kms_key
            ),
            max_runtime_in_seconds=self.max_runtime_in_seconds,
            output_kms_key=self.output_kms_key,
            network=self.network,
            tags=self.tags,
        )
        check_request(complete)
        return complete


def _for_aws_image(environment: Mapping[str, str]) -> dict[str, str]:
    if environment.get("compatibility", SAGEMAKER) != SAGEMAKER:
        raise ValueError(
            f"compatibility: {environment['compatibility']!r}, but AWS's image knows only 'sagemaker' (it is the "
            "original). Run on this package's engine (runtime=\"worker\", or its image), or ask for 'sagemaker'."
        )
    if environment.get("publish_cloudwatch_metrics") == "Enabled":
        raise ValueError(
            "publish_cloudwatch_metrics: True, but AWS's image publishes metrics only in jobs that a "
            'MonitoringSchedule started and fails in all others. Use runtime="worker", which publishes them itself, '
            "or leave it False."
        )
    return {name: value for name, value in environment.items() if name not in ENGINE_VARIABLES}
