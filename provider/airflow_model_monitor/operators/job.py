"""What every operator that asks for a job has in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast, get_args

from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.operators.log_stream import LogStream

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.runtimes.base import RunResult

Runtime = Literal["worker"]


class JobOperator(ConnectedOperator):
    """Builds a job request and hands it to a runtime; never computes. The base of our operators, not one itself.

    :param monitoring_schedule_name: name of the monitor, a literal: assets carry it. Letters, digits, inner hyphens.
    :param environment: further variables of the job, such as ``{"memory_limit": "1GB"}``. (templated)
    :param runtime: where the job runs: ``"worker"``, in this task.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = ("environment", *ConnectedOperator.template_fields)
    template_fields_renderers = {"environment": "json"}  # noqa: RUF012  as in BaseOperator

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        environment: Mapping[str, str] | None = None,
        runtime: Runtime = "worker",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        one_of("runtime", runtime, get_args(Runtime))
        self.monitoring_schedule_name = monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.environment = dict(environment or {})
        self.runtime = runtime

    @abstractmethod
    def execute(self, context: Context) -> Any:
        """Build the request, run it with :meth:`run_job`, and tell what came of it."""

    def run_job(self, request: ProcessingJobRequest, *, headers: Mapping[str, str] | None = None) -> RunResult:
        """Run the job where ``runtime`` says, and return what it published.

        :param headers: of requests to a model behind HTTP.
        :raises MonitoringJobFailed: it ended with the contract's failure status; the text is its exit message.
        :raises JobInputsHadNoData: there is no data in the window.
        """
        from airflow_model_monitor.runtimes.worker import Worker

        addresses = [*(one.uri for one in request.inputs), *(one.uri for one in request.outputs)]
        remote = next((address for address in addresses if address.startswith(("s3://", "s3a://"))), "")
        with LogStream(self.log.info) as stream:
            worker = Worker(
                storage_options=self.hook.storage_options(remote),
                session=self.hook,
                headers=headers,
                stream=cast("TextIO", stream),
            )
            result = worker.run(request)
        if result.metrics_skipped:
            self.log.warning(
                "CloudWatch takes no records older than two weeks or with such names: %s of %s were left out",
                result.metrics_skipped,
                result.metrics_skipped + result.metrics_published,
            )
        self.log.info("%s Files: %s", result.message, result.revision.url)
        return result
