"""What every operator that asks for a monitoring job has in common."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol, TextIO, cast, get_args

from airflow.sdk import BaseOperator

from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility
from airflow_model_monitor.links.report import ReportLink
from airflow_model_monitor.operators.log_stream import LogStream

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
    from airflow_model_monitor.service.revisions import Revision

Runtime = Literal["worker"]


class FormatObject(Protocol):
    """A format of ``airflow_model_monitor.contract.dataset_format``, such as ``Csv(header=True)``."""

    def to_json(self) -> str: ...


DatasetFormat = Mapping[str, Any] | str | FormatObject


class MonitoringJobOperator(BaseOperator):
    """Builds a job request and hands it to a runtime; never computes. The base of our operators, not one itself.

    :param monitoring_schedule_name: name of the monitor, a literal: assets carry it. Letters, digits, inner hyphens.
    :param dataset_format: what the data is: an object of ``contract.dataset_format``, a mapping or JSON text in
        SageMaker's form, such as ``{"csv": {"header": True}}``. (templated)
    :param record_preprocessor_script: Python file with ``preprocess_handler``; needs ``enable_scripts``. (templated)
    :param post_analytics_processor_script: Python file with ``postprocess_handler``; needs ``enable_scripts``.
        (templated)
    :param enable_scripts: allow the two scripts to run, in a subprocess with limits of time and memory.
    :param compatibility: ``"corrected"`` mends the original's bugs, ``"sagemaker"`` reproduces them to the byte; see
        ``docs/compatibility.md``.
    :param exact_rows: up to this many rows the arithmetic is the original's, value by value; default 200,000.
    :param report: write an HTML report beside the contract files.
    :param environment: further variables of the job, such as ``{"memory_limit": "1GB"}``. (templated)
    :param runtime: where the job runs: ``"worker"``, in this task.
    :param aws_conn_id: Airflow connection for addresses on S3 and for CloudWatch; local folders need none. None means
        boto3's own credentials. (templated)
    :param region_name: AWS region, where the connection names none. (templated)
    :param verify: TLS verification, as boto3 takes it. (templated)
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    """

    template_fields: Sequence[str] = (
        "dataset_format",
        "record_preprocessor_script",
        "post_analytics_processor_script",
        "environment",
        "aws_conn_id",
        "region_name",
        "verify",
    )
    template_fields_renderers = {"dataset_format": "json", "environment": "json"}  # noqa: RUF012  as in BaseOperator
    operator_extra_links = (ReportLink(),)
    ui_color = "#e8f4ea"

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        dataset_format: DatasetFormat | None,
        record_preprocessor_script: str | None = None,
        post_analytics_processor_script: str | None = None,
        enable_scripts: bool = False,
        compatibility: Compatibility = CORRECTED,
        exact_rows: int | None = None,
        report: bool = True,
        environment: Mapping[str, str] | None = None,
        runtime: Runtime = "worker",
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        one_of("compatibility", compatibility, get_args(Compatibility))
        one_of("runtime", runtime, get_args(Runtime))
        if exact_rows is not None and exact_rows < 0:
            raise ValueError(f"exact_rows={exact_rows!r}: expected a number of rows, 0 or more")
        for argument, script in (
            ("record_preprocessor_script", record_preprocessor_script),
            ("post_analytics_processor_script", post_analytics_processor_script),
        ):
            if script is not None and not enable_scripts:
                raise ValueError(
                    f"{argument}={script!r}: user scripts run only when switched on; give enable_scripts=True"
                )
        self.monitoring_schedule_name = monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.dataset_format = _plain(dataset_format)
        self.record_preprocessor_script = record_preprocessor_script
        self.post_analytics_processor_script = post_analytics_processor_script
        self.enable_scripts = enable_scripts
        self.compatibility = compatibility
        self.exact_rows = exact_rows
        self.report = report
        self.environment = dict(environment or {})
        self.runtime = runtime
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config

    @abstractmethod
    def execute(self, context: Context) -> Any:
        """Build the request, run it with :meth:`run_job`, and tell what came of it."""

    @cached_property
    def hook(self) -> ModelMonitorHook:
        """The connection's hook; it looks nothing up before an address needs it."""
        from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook

        return ModelMonitorHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )

    def run_job(self, request: ProcessingJobRequest) -> Revision:
        """Run the job where ``runtime`` says, and return what it published.

        :raises MonitoringJobFailed: it ended with the contract's failure status; the text is its exit message.
        :raises JobInputsHadNoData: there is no data in the window.
        """
        from airflow_model_monitor.runtimes.worker import Worker

        addresses = [*(one.uri for one in request.inputs), *(one.uri for one in request.outputs)]
        remote = next((address for address in addresses if address.startswith(("s3://", "s3a://"))), "")
        with LogStream(self.log.info) as stream:
            worker = Worker(
                storage_options=self.hook.storage_options(remote), session=self.hook, stream=cast("TextIO", stream)
            )
            result = worker.run(request)
        if result.metrics_skipped:
            self.log.warning(
                "CloudWatch takes no records older than two weeks or with such names: %s of %s were left out",
                result.metrics_skipped,
                result.metrics_skipped + result.metrics_published,
            )
        self.log.info("%s Files: %s", result.message, result.revision.url)
        return result.revision

    @property
    def connection(self) -> dict[str, Any]:
        """The connection arguments that find a result again, for the report's page."""
        return {"aws_conn_id": self.aws_conn_id, "region_name": self.region_name, "verify": self.verify}

    @property
    def format_text(self) -> str | None:
        """``dataset_format`` as the job's environment spells it; None for the request's default."""
        given = self.dataset_format
        return json.dumps(given) if isinstance(given, Mapping) else given

    @property
    def job_environment(self) -> dict[str, str]:
        """The variables of our engine, which AWS's images do not know."""
        settings = {
            "compatibility": self.compatibility,
            "enable_scripts": "true" if self.enable_scripts else "false",
            "report_enabled": "true" if self.report else "false",
        }
        if self.exact_rows is not None:
            settings["exact_rows"] = str(self.exact_rows)
        return {**settings, **self.environment}


def one_of(argument: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a literal that is not among the allowed.

    :raises ValueError: naming argument, value and what is allowed.
    """
    if value not in allowed:
        raise ValueError(f"{argument}={value!r}: expected one of {', '.join(map(repr, allowed))}")


def _plain(dataset_format: DatasetFormat | None) -> Mapping[str, Any] | str | None:
    # Airflow serialises and renders texts and mappings; of other objects it would only keep the repr.
    if dataset_format is None or isinstance(dataset_format, str | Mapping):
        return dataset_format
    return dataset_format.to_json()
