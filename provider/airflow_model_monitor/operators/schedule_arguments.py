"""The arguments that say what a monitoring schedule is: the same for making one and for changing one."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.assets.literal import is_literal, is_output
from airflow_model_monitor.operators.monitoring_schedule import MonitoringScheduleOperator
from airflow_model_monitor.service import sdk_arguments as sdk
from airflow_model_monitor.service.images import is_aws_image
from airflow_model_monitor.service.schedule_config import check_schedule_config
from airflow_model_monitor.service.schedule_request import ScheduleRequest

if TYPE_CHECKING:
    from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleChange, ScheduleLifecycle
    from airflow_model_monitor.service.job_definition import JobDefinition
    from airflow_model_monitor.service.uploads import Upload

SCRIPTS = ("record_preprocessor_script", "post_analytics_processor_script")
#: The arguments that are members of a ScheduleRequest, by the same names.
ARGUMENTS: Sequence[str] = (
    *("endpoint_input", "batch_transform_input", "ground_truth_input", "output_uri"),
    *("baseline_uri", "constraints", "statistics", "baselining_job_name", "problem_type", *SCRIPTS),
    *("schedule_expression", "data_analysis_start_time", "data_analysis_end_time"),
    *("publish_cloudwatch_metrics", "environment", "image_uri", "container_entrypoint", "container_arguments"),
    *("role_arn", "instance_type", "instance_count", "volume_size_in_gb", "volume_kms_key", "output_kms_key"),
    *("max_runtime_in_seconds", "network_config", "tags"),
    *("captured_data_uri", "variant_name", "labels_days_after", "model_conn_id", "baselining_output_uri"),
)
_WORKER_ONLY = ("captured_data_uri", "variant_name", "labels_days_after", "model_conn_id", "baselining_output_uri")
#: Objects of AWS's SDK become what Airflow can serialise and render.
_PLAIN = {
    "endpoint_input": lambda given: given if isinstance(given, str) else sdk.endpoint_input(given),
    "batch_transform_input": sdk.batch_transform_input,
    "ground_truth_input": lambda given: sdk.file_address(given, "ground_truth_input"),
    "output_uri": lambda given: given if isinstance(given, str) else sdk.output(given),
    "constraints": lambda given: sdk.file_address(given, "constraints"),
    "statistics": lambda given: sdk.file_address(given, "statistics"),
    "schedule_expression": sdk.expression,
    "network_config": sdk.network,
    "tags": sdk.tags,
}


class ScheduleArgumentsOperator(MonitoringScheduleOperator):
    """Makes or changes a schedule. The base of two operators, not one itself.

    Wherever AWS's SageMaker SDK has an object for an argument, the object is accepted too, of SDK 2 or 3; the API's own
    mapping as well.

    :param endpoint_input: the endpoint that is watched: its name, or an ``EndpointInput``, whose attributes say where
        features, predictions and probabilities stand and which window is looked at. (templated)
    :param batch_transform_input: instead, a ``BatchTransformInput``. (templated)
    :param ground_truth_input: root of the labels. Model quality and bias. (templated)
    :param output_uri: root of the results, an address or a ``MonitoringOutput``. (templated)
    :param baseline_uri: folder of the baseline. (templated)
    :param constraints: instead, the address of ``constraints.json`` (of ``analysis.json`` for bias and
        explainability), or a ``Constraints`` object. (templated)
    :param statistics: the address of ``statistics.json``, or a ``Statistics`` object. Data quality. (templated)
    :param baselining_job_name: the job that made the baseline. (templated)
    :param problem_type: ``"Regression"``, ``"BinaryClassification"`` or ``"MulticlassClassification"``. Model quality.
    :param record_preprocessor_script: a script's address; a local file is uploaded below ``output_uri``. (templated)
    :param post_analytics_processor_script: likewise. (templated)
    :param schedule_expression: when executions start: ``"cron(0 * ? * * *)"`` every hour, ``"cron(0 H ? * * *)"``
        daily, ``"cron(0 H/N ? * * *)"`` every N hours, ``"NOW"`` once; what ``CronExpressionGenerator`` returns.
        (templated)
    :param data_analysis_start_time: beginning of the data an execution looks at, counted from when it is due:
        ``"-PT5H"``. (templated)
    :param data_analysis_end_time: its end: ``"-PT0H"``. (templated)
    :param publish_cloudwatch_metrics: whether executions publish metrics to Amazon CloudWatch.
    :param environment: further variables of the jobs. (templated)
    :param image_uri: the container, where it is not AWS's. (templated)
    :param container_entrypoint: of a container of your own.
    :param container_arguments: of a container of your own.
    :param role_arn: the role that SageMaker's jobs assume. (templated)
    :param instance_type: of SageMaker's jobs, e.g. ``"ml.m5.xlarge"``.
    :param instance_count: how many of them.
    :param volume_size_in_gb: of each one's volume.
    :param volume_kms_key: that encrypts it.
    :param output_kms_key: that encrypts the results.
    :param max_runtime_in_seconds: stop a job after this long.
    :param network_config: a ``NetworkConfig``.
    :param tags: a mapping, or a list of ``{"Key": …, "Value": …}``.
    :param captured_data_uri: destination of the endpoint's data capture, which SageMaker knows by itself. This and all
        below are for ``runtime="worker"``. (templated)
    :param variant_name: the production variant whose traffic is read; default ``AllTraffic``. (templated)
    :param labels_days_after: for how many days after the window labels are looked for; default 0.
    :param model_conn_id: Airflow connection of type HTTP to the model that an explainability job asks. (templated)
    :param baselining_output_uri: folder the job ``baselining_job_name`` wrote to. (templated)
    :param enable_scripts: allow the two scripts to run in the worker, in a subprocess with limits.

    The other arguments are those of
    :class:`~airflow_model_monitor.operators.monitoring_schedule.MonitoringScheduleOperator`.
    """

    template_fields: Sequence[str] = (
        *("endpoint_input", "batch_transform_input", "ground_truth_input", "output_uri"),
        *("baseline_uri", "constraints", "statistics", "baselining_job_name", *SCRIPTS),
        *("schedule_expression", "data_analysis_start_time", "data_analysis_end_time", "environment", "image_uri"),
        *("role_arn", "captured_data_uri", "variant_name", "model_conn_id", "baselining_output_uri", "analysis_config"),
        *MonitoringScheduleOperator.template_fields,
    )
    template_fields_renderers = {  # noqa: RUF012  as in BaseOperator
        **dict.fromkeys(("endpoint_input", "batch_transform_input", "environment", "analysis_config"), "json")
    }

    def __init__(
        self,
        *,
        endpoint_input: Any = None,
        batch_transform_input: Any = None,
        ground_truth_input: Any = None,
        output_uri: Any = None,
        baseline_uri: str | None = None,
        constraints: Any = None,
        statistics: Any = None,
        baselining_job_name: str | None = None,
        problem_type: str | None = None,
        record_preprocessor_script: str | None = None,
        post_analytics_processor_script: str | None = None,
        analysis_config: Any = None,
        schedule_expression: Any = None,
        data_analysis_start_time: str | None = None,
        data_analysis_end_time: str | None = None,
        publish_cloudwatch_metrics: bool | None = None,
        environment: dict[str, str] | None = None,
        image_uri: str | None = None,
        container_entrypoint: Sequence[str] | None = None,
        container_arguments: Sequence[str] | None = None,
        role_arn: str | None = None,
        instance_type: str | None = None,
        instance_count: int | None = None,
        volume_size_in_gb: int | None = None,
        volume_kms_key: str | None = None,
        output_kms_key: str | None = None,
        max_runtime_in_seconds: int | None = None,
        network_config: Any = None,
        tags: Any = None,
        captured_data_uri: str | None = None,
        variant_name: str | None = None,
        labels_days_after: int | None = None,
        model_conn_id: str | None = None,
        baselining_output_uri: str | None = None,
        enable_scripts: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.endpoint_input = _plain("endpoint_input", endpoint_input)
        self.batch_transform_input = _plain("batch_transform_input", batch_transform_input)
        self.ground_truth_input = _plain("ground_truth_input", ground_truth_input)
        self.output_uri = _plain("output_uri", output_uri)
        self.baseline_uri = baseline_uri
        self.constraints = _plain("constraints", constraints)
        self.statistics = _plain("statistics", statistics)
        self.baselining_job_name = baselining_job_name
        self.problem_type = problem_type
        self.record_preprocessor_script = record_preprocessor_script
        self.post_analytics_processor_script = post_analytics_processor_script
        self.analysis_config = analysis_config
        self.schedule_expression = _plain("schedule_expression", schedule_expression)
        self.data_analysis_start_time = data_analysis_start_time
        self.data_analysis_end_time = data_analysis_end_time
        self.publish_cloudwatch_metrics = publish_cloudwatch_metrics
        self.environment = environment
        self.image_uri = image_uri
        self.container_entrypoint = None if container_entrypoint is None else list(container_entrypoint)
        self.container_arguments = None if container_arguments is None else list(container_arguments)
        self.role_arn = role_arn
        self.instance_type = instance_type
        self.instance_count = instance_count
        self.volume_size_in_gb = volume_size_in_gb
        self.volume_kms_key = volume_kms_key
        self.output_kms_key = output_kms_key
        self.max_runtime_in_seconds = max_runtime_in_seconds
        self.network_config = _plain("network_config", network_config)
        self.tags = _plain("tags", tags)
        self.captured_data_uri = captured_data_uri
        self.variant_name = variant_name
        self.labels_days_after = labels_days_after
        self.model_conn_id = model_conn_id
        self.baselining_output_uri = baselining_output_uri
        self.enable_scripts = enable_scripts
        self._check_worker_arguments()
        self._check_timing()

    @abstractmethod
    def change(self, lifecycle: ScheduleLifecycle) -> ScheduleChange:
        """Make or change the schedule."""

    @property
    def request(self) -> ScheduleRequest:
        """What the arguments say, rendered or not."""
        said = {name: getattr(self, name) for name in ARGUMENTS}
        return ScheduleRequest(**said, further_environment={"enable_scripts": "true"} if self.enable_scripts else {})

    @property
    def is_known(self) -> bool:
        """Whether every argument is known while the DAG is parsed."""
        return all(is_literal(getattr(self, name)) for name in (*ARGUMENTS, "analysis_config"))

    def staged(self, definition: JobDefinition) -> JobDefinition:
        """The definition with its local scripts uploaded below its output.

        They go to a folder named by their content, so that a repeated task makes no other definition.
        """
        from airflow_model_monitor.service.folder import Folder
        from airflow_model_monitor.service.uploads import is_local, stage_local_scripts

        scripts = [uri for name in SCRIPTS if (uri := getattr(self, name)) is not None and is_local(uri)]
        if not scripts:
            return definition
        root = definition.output_uri.rstrip("/")
        content = hashlib.sha256(b"\0".join(Path(uri.removeprefix("file://")).read_bytes() for uri in scripts))
        staged, uploads = stage_local_scripts(definition, f"{root}/_scripts/{content.hexdigest()[:16]}")
        for upload in uploads:
            self._upload(Folder(upload.uri.rpartition("/")[0], self.hook.storage_options(upload.uri)), upload)
        return staged

    def _upload(self, folder: Any, upload: Upload) -> None:
        folder.create(upload.source.name, upload.source.read_bytes())
        self.log.info("Uploaded %s to %s", upload.source, upload.uri)

    def _check_worker_arguments(self) -> None:
        if self.runtime == "sagemaker":
            for name in _WORKER_ONLY:
                if getattr(self, name) is not None:
                    raise ValueError(
                        f"{name}={getattr(self, name)!r}: it is for runtime='worker'; SageMaker knows by itself where "
                        "an endpoint's traffic is captured, and looks for labels in the window's own hours"
                    )
            return
        own = self.image_uri if self.image_uri is None or not is_aws_image(self.image_uri) else None
        for name, value in (
            ("image_uri", own),
            ("container_entrypoint", self.container_entrypoint),
            ("container_arguments", self.container_arguments),
        ):
            if value is not None:
                raise ValueError(
                    f"{name}={value!r}: the worker runs this package's own engine and no container; leave it out, or "
                    "use runtime='sagemaker'"
                )
        for name in SCRIPTS:
            if getattr(self, name) is not None and not self.enable_scripts:
                raise ValueError(
                    f"{name}={getattr(self, name)!r}: user scripts run only when switched on; give enable_scripts=True"
                )

    def _check_timing(self) -> None:
        names = ("schedule_expression", "data_analysis_start_time", "data_analysis_end_time")
        if self.schedule_expression is None or not all(is_literal(getattr(self, name)) for name in names):
            return
        timing = ScheduleRequest(**{name: getattr(self, name) for name in names}).timing()
        if timing is not None:
            check_schedule_config(timing)


def _plain(argument: str, given: Any) -> Any:
    """An argument as something Airflow serialises and renders; other tasks' outputs and templates as they are."""
    if given is None or is_output(given) or not is_literal(given):
        return given
    return _PLAIN[argument](given)
